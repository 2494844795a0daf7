package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// patience bounds how long what is under way at the end of a round may still take.
const patience = 30 * time.Second

// pressWays keeps one exchange under way on each of some connections for so long.
func pressWays(ctx context.Context, long time.Duration, connections int, dial func(context.Context) (way, error)) (outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, long+patience)
	defer cancel()
	ways, err := dialAll(ctx, connections, dial)
	if err != nil {
		return outcome{}, err
	}
	start := time.Now()
	each, last := make([]outcome, connections), make([]error, connections)
	var workers sync.WaitGroup
	for i, w := range ways {
		workers.Go(func() {
			defer func() { w.close() }()
			for time.Since(start) < long && ctx.Err() == nil {
				begun := time.Now()
				units, err := w.exchange(ctx)
				if err == nil {
					each[i].requests += units
					each[i].latencies = append(each[i].latencies, time.Since(begun))
					continue
				}
				each[i].failures++
				last[i] = err
				again, err := dial(ctx)
				if err != nil {
					last[i] = err
					return
				}
				w.close()
				w = again
			}
		})
	}
	workers.Wait()
	total := together(each, time.Since(start))
	if ctx.Err() == nil && total.requests == 0 {
		return total, fmt.Errorf("nothing was answered: %w", errors.Join(last...))
	}
	return total, ctx.Err()
}

// dialAll opens all connections or none.
func dialAll(ctx context.Context, connections int, dial func(context.Context) (way, error)) ([]way, error) {
	var ways []way
	for range connections {
		w, err := dial(ctx)
		if err != nil {
			for _, w := range ways {
				w.close()
			}
			return nil, err
		}
		ways = append(ways, w)
	}
	return ways, nil
}
