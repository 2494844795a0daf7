package analysis

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// MaxAnalysed is how many recordings one analysis looks at.
const MaxAnalysed = 50_000

// Found is what an analysis of the newest recordings has found.
type Found struct {
	Patterns []Pattern
	// Analysed is how many recordings were looked at, Truncated whether there may have been more.
	Analysed  int
	Truncated bool
}

// DetectNewest does as Detect with what a store gives: newest returns the newest recordings, at most so many, oldest first.
func DetectNewest(ctx context.Context, newest func(limit int) iter.Seq2[recording.Recording, error]) (Found, error) {
	var found Found
	var err error
	found.Patterns, err = Detect(ctx, func(yield func(recording.Recording, error) bool) {
		for r, err := range newest(MaxAnalysed) {
			if found.Analysed++; !yield(r, err) {
				return
			}
		}
		found.Truncated = found.Analysed == MaxAnalysed
	}, Options{})
	if err != nil {
		return Found{}, err
	}
	return found, nil
}

// InOrderOfID returns patterns as they are stored: two who store the same ones never wait for each other in a circle.
func InOrderOfID(patterns []Pattern) []Pattern {
	return slices.SortedFunc(slices.Values(patterns), func(a, b Pattern) int { return cmp.Compare(a.ID, b.ID) })
}

// OneAtATime lets analyses run one after another: each takes memory and a processor. The zero value is not ready for use.
type OneAtATime chan struct{}

// NewOneAtATime returns one that is free.
func NewOneAtATime() OneAtATime { return make(OneAtATime, 1) }

// Do runs f when its turn has come; it returns the error of ctx where that ends before.
func (o OneAtATime) Do(ctx context.Context, f func() error) error {
	select {
	case o <- struct{}{}:
		defer func() { <-o }()
		return f()
	case <-ctx.Done():
		return ctx.Err()
	}
}
