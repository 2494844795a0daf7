package recorder

import "time"

// portion is how many recordings are written at once: fewer after a batch that took too long, more again when there is time.
type portion struct {
	most int
	// limit is how long one write may take, as far as is known: the attempts' own limit, or what the server has ended earlier.
	limit, longest time.Duration
}

// leastLimit keeps a server that refuses at once from ruling out every larger batch.
const leastLimit = time.Second

func newPortion(limit time.Duration) portion {
	return portion{most: batchSize, limit: limit, longest: limit}
}

// whole reports whether batches are written as they come.
func (p *portion) whole() bool { return p.most == batchSize }

// tooMuch notes that n recordings were too many.
func (p *portion) tooMuch(n int, took time.Duration) {
	p.most = max(1, n/2)
	p.limit = min(p.limit, max(took, leastLimit))
}

// written notes that n recordings were written: twice as many are next, where they would take half of the limit at most.
func (p *portion) written(n int, took time.Duration) {
	if n < p.most || took > p.limit/4 {
		return
	}
	if p.most = min(2*p.most, batchSize); p.whole() {
		p.limit = p.longest
	}
}
