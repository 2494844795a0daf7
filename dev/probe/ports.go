package probe

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// machine is where the ports of this process come from. The range is below what systems give to outgoing connections (Linux from
// 32768, macOS and Windows from 49152), so that none of these takes a port before it is used, or while what listens there is
// started again. The limit leaves most blocks to other processes.
var machine = pool{least: 20_000, blocks: 120, size: 100, limit: 20}

// FreePort returns a TCP port of loopback on which nothing listens. Every process of the machine that asks has ports of its own
// as long as it lives, and gets each of them once. Only after nearly two thousand calls, or where other processes hold all the rest,
// it begins again with the oldest of those that nothing listens on. It fails where other processes hold all ports.
func FreePort(ctx context.Context) (int, error) { return machine.free(ctx) }

// FreeAddress returns an address of loopback, "127.0.0.1:port", with a port as FreePort has it.
func FreeAddress(ctx context.Context) (string, error) {
	port, err := FreePort(ctx)
	if err != nil {
		return "", err
	}
	return loopback(port), nil
}

// pool gives out the ports of a range. The range is cut into blocks, and a block belongs to the process that listens on its first
// port: processes need no file or service to agree on that, and the system ends the claim with the process, however it ends.
type pool struct {
	least  int // the first port of the first block
	blocks int
	size   int // ports of a block, with the first, which is never given out
	limit  int // blocks of one process at most

	mu     sync.Mutex
	claims []claim
	next   int // of the usable ports of all claims, in their order, the one to look at
}

// claim is a block of this process; its listener accepts nothing.
type claim struct {
	first    int
	listener net.Listener
}

func (p *pool) free(ctx context.Context) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	usable := p.size - 1
	for looked := 0; looked <= usable*len(p.claims); looked++ {
		if p.next == usable*len(p.claims) {
			claimed, err := p.claim(ctx)
			if err != nil {
				return 0, err
			}
			if !claimed {
				p.next = 0
			}
		}
		port := p.claims[p.next/usable].first + 1 + p.next%usable
		p.next++
		listener, err := listen(ctx, port)
		if err == nil {
			return port, listener.Close()
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
	return 0, errors.New("no free port on 127.0.0.1: something listens on every port of this process")
}

// claim takes another block, and reports whether there is one that this process may have. It fails where the process has none at
// all.
func (p *pool) claim(ctx context.Context) (bool, error) {
	if len(p.claims) == p.limit {
		return false, nil
	}
	var last error
	// From anywhere, so that what a process that is over has left behind does not meet the next one on its ports.
	for start, i := rand.IntN(p.blocks), 0; i < p.blocks; i++ {
		first := p.least + (start+i)%p.blocks*p.size
		listener, err := listen(ctx, first)
		if err == nil {
			p.claims = append(p.claims, claim{first, listener})
			return true, nil
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		last = err
	}
	if len(p.claims) > 0 {
		return false, nil
	}
	return false, fmt.Errorf("no free port on 127.0.0.1: other processes hold all from %d to %d: %w", p.least, p.least+p.blocks*p.size-1, last)
}

func listen(ctx context.Context, port int) (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(ctx, "tcp", loopback(port))
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
