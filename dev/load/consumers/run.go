// Package consumers is the demo's traffic. Each consumer has a name, which it sends as X-Consumer, and a habit that
// analysis can find again: a sequence, a frequency, a way to retry.
package consumers

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultRate is the number of requests per second that all consumers together send, about.
const DefaultRate = 30

// Options are the settings of the traffic.
type Options struct {
	// Target is host:port of the gateway.
	Target string
	// Rate is requests per second over all consumers, above 0 to 10000. The habits that have a period of their own
	// (reporting, streams) keep it.
	Rate float64
	// Logger gets a line when all requests begin to fail, and one when they work again; nil discards them.
	Logger *slog.Logger
	// Sent counts requests where it is not nil.
	Sent *atomic.Int64
}

func (o Options) validate() error {
	if _, _, err := net.SplitHostPort(o.Target); err != nil {
		return fmt.Errorf("target must be host:port: %w", err)
	}
	if !(o.Rate > 0 && o.Rate <= 10_000) {
		return fmt.Errorf("rate must be above 0 and at most 10000 requests per second, is %v", o.Rate)
	}
	return nil
}

// consumer is one client of the demo.
type consumer struct {
	name string
	// share is the part of the rate that the consumer sends; its habit runs share × rate ÷ requests times a second.
	share float64
	// requests is about how many requests the habit makes.
	requests float64
	// every, where set, is the habit's period instead of a share.
	every time.Duration
	habit func(context.Context, *session)
}

func all() []consumer {
	return []consumer{
		{name: "web-shop", share: 0.42, requests: 3, habit: browse},
		{name: "mobile-app", share: 0.26, requests: 2, habit: graphQLScreen},
		{name: "partner-batch", share: 0.14, requests: 3, habit: grpcBatch},
		{name: "account-service", share: 0.12, requests: 2, habit: loginThenUsers},
		{name: "retry-happy", share: 0.06, requests: 2, habit: payAndRetry},
		{name: "reporting", every: 30 * time.Second, habit: report},
		{name: "price-ticker", every: 5 * time.Second, habit: webSocketTicks},
		{name: "stock-display", every: 10 * time.Second, habit: watchEvents},
	}
}

// Run sends traffic until ctx ends, and returns when the last request is over. What the target answers or refuses is
// no error: the demo's point is that it fails at times.
func Run(ctx context.Context, options Options) error {
	if err := options.validate(); err != nil {
		return err
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	connections, err := dial(options.Target)
	if err != nil {
		return err
	}
	defer connections.close()
	health := &reachability{logger: options.Logger, target: options.Target}

	var running sync.WaitGroup
	for _, c := range all() {
		period := c.every
		if period == 0 {
			period = time.Duration(float64(time.Second) * c.requests / (c.share * options.Rate))
		}
		running.Go(func() {
			// A consumer has at most so many habits under way: when answers are slow the traffic does not pile up.
			slots := make(chan struct{}, 16)
			for repeat(ctx, period) {
				select {
				case slots <- struct{}{}:
				default:
					continue
				}
				running.Go(func() {
					defer func() { <-slots }()
					c.habit(ctx, newSession(c.name, connections, health, options.Sent))
				})
			}
		})
	}
	running.Wait()
	return nil
}
