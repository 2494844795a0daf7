package scenario

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	countShards = 64
	// MaxCounted is how many consumers, routes and traces an engine keeps counts of, those of all its faults together.
	// Those that were not seen for longest begin anew.
	MaxCounted = 128 << 10
)

// counts are the counts of an engine by key, in parts with a lock each, so that exchanges seldom wait for each other.
type counts struct {
	seed   maphash.Seed
	shards [countShards]struct {
		sync.Mutex
		cells *simplelru.LRU[uint64, *atomic.Uint64]
	}
}

func newCounts() *counts { return &counts{seed: maphash.MakeSeed()} }

func (c *counts) cell(key uint64) *atomic.Uint64 {
	shard := &c.shards[key%countShards]
	shard.Lock()
	defer shard.Unlock()
	if shard.cells == nil {
		// The only error is that of a size below 1.
		shard.cells, _ = simplelru.NewLRU[uint64, *atomic.Uint64](MaxCounted/countShards, nil)
	}
	cell, known := shard.cells.Get(key)
	if !known {
		cell = new(atomic.Uint64)
		shard.cells.Add(key, cell)
	}
	return cell
}

// counted is what one fault counts: all exchanges together, or those of each key of its scope.
type counted struct {
	scope  Scope
	all    atomic.Uint64
	counts *counts
	salt   uint64
}

func newCounted(scope Scope, counts *counts, salt uint64) *counted {
	return &counted{scope: scope, counts: counts, salt: salt}
}

// cell returns where x is counted. The hash has a seed that no caller knows, so that none can choose a name that is counted
// as another one's.
func (c *counted) cell(x *Exchange) *atomic.Uint64 {
	var key uint64
	switch c.scope {
	case PerConsumer:
		key = maphash.String(c.counts.seed, x.Consumer)
	case PerRoute:
		key = mix(maphash.String(c.counts.seed, x.Gateway)) ^ maphash.String(c.counts.seed, x.Route)
	case PerTrace:
		key = maphash.Bytes(c.counts.seed, x.TraceID[:])
	default:
		return &c.all
	}
	return c.counts.cell(mix(key ^ c.salt))
}
