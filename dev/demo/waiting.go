package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// waitFor asks url until it answers 200, or gives up with the last reason after limit. exited ends the wait where the
// process behind it has.
func waitFor(ctx context.Context, url string, limit time.Duration, exited <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	client := &http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	last := fmt.Errorf("no answer")
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		switch {
		case err == nil && response.StatusCode == http.StatusOK:
			return response.Body.Close()
		case err == nil:
			body, _ := io.ReadAll(io.LimitReader(response.Body, 300))
			_ = response.Body.Close()
			last = fmt.Errorf("%s: %s", response.Status, body)
		case ctx.Err() == nil:
			last = err
		}
		timer := time.NewTimer(100 * time.Millisecond)
		select {
		case <-timer.C:
		case <-exited:
			timer.Stop()
			return errExited
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%s is not up after %s: %w", url, limit, last)
		}
	}
}

var errExited = fmt.Errorf("it has ended")
