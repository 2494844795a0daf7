package build

import (
	"context"
	"errors"
	"sync"
)

// All makes everything that the demo runs: what npm makes beside what Go makes.
func All(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var tracks sync.WaitGroup
	var errs [2]error
	for i, track := range [][]func(context.Context) error{
		{Frontend, previewHost},
		{Backend, CollectorBinary, demoBinary},
	} {
		tracks.Go(func() {
			for _, make := range track {
				if errs[i] = make(ctx); errs[i] != nil {
					cancel() // the other track's work is in vain
					return
				}
			}
		})
	}
	tracks.Wait()
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	return errors.Join(errs[:]...)
}
