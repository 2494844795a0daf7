package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/child"
	"github.com/mockforge/mockforge-observability-app/dev/report"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
)

// The rows of the comparison that others are compared with.
const (
	direct       = "no proxy"
	bareProxy    = "bare httputil.ReverseProxy"
	toxi         = "toxiproxy (TCP, no toxics)"
	withMetrics  = "gateway, metrics"
	withBefore   = "gateway before, metrics"
	withTracing  = "gateway, metrics and spans"
	withRecorder = "gateway, metrics and recording"
)

// warmUp opens the connections and lets pools fill.
const warmUp = 500 * time.Millisecond

// contender is one way to the upstream, with what was met on it in each round.
type contender struct {
	name              string
	process           *child.Child
	client            *client
	rates, p50s, p99s []float64
	// perRequest is the processor time of the proxy's process for each request in microseconds, database that of the
	// database behind it, which is settled at the end of the round.
	perRequest         []float64
	database           []float64
	requests, failures int
}

// round puts the contender under load for so long.
func (c *contender) round(ctx context.Context, long time.Duration, count bool) error {
	return c.measure(ctx, c.client.press, long, count)
}

// measure has press put the contender under load for so long.
func (c *contender) measure(ctx context.Context, press func(context.Context, time.Duration) (outcome, error), long time.Duration, count bool) error {
	before, err := c.process.CPU(ctx)
	if err != nil {
		return err
	}
	met, err := press(ctx, long)
	if err != nil {
		return err
	}
	after, err := c.process.CPU(ctx)
	if err != nil {
		return err
	}
	c.requests += met.requests
	c.failures += met.failures
	if count {
		c.rates = append(c.rates, met.rate())
		c.p50s = append(c.p50s, milliseconds(report.Quantile(met.latencies, 0.5)))
		c.p99s = append(c.p99s, milliseconds(report.Quantile(met.latencies, 0.99)))
		c.perRequest = append(c.perRequest, float64((after-before).Microseconds())/float64(met.requests))
	}
	return nil
}

func measureGateway(ctx context.Context, s settings, directory string, r *report.Report) (err error) {
	server, err := devpostgres.Start(ctx, devpostgres.Options{Private: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	if s.databaseCore >= 0 {
		if err := keepDatabase(ctx, server.PID(), s.databaseCore); err != nil {
			return err
		}
	}
	upstream, at, err := startPeer("upstream")
	if err != nil {
		return err
	}
	defer upstream.Kill()
	target := at[0]

	contenders := []*contender{{name: direct, process: upstream, client: newClient(target, s.connections)}}
	for _, peer := range []struct{ name, role string }{{bareProxy, "reverseproxy"}, {toxi, "toxiproxy"}} {
		process, at, err := startPeer(peer.role, target)
		if err != nil {
			return err
		}
		defer process.Kill()
		contenders = append(contenders, &contender{name: peer.name, process: process, client: newClient(at[0], s.connections)})
	}
	gateways := map[string]*gateway{}
	for _, options := range s.gateways(server.DSN()) {
		started, err := startGateway(ctx, directory, target, options)
		if err != nil {
			return err
		}
		defer func() { _ = started.Stop() }()
		gateways[options.title] = started
		contenders = append(contenders, &contender{name: options.title, process: started.Child, client: newClient(started.plain, s.connections)})
	}

	for round := -1; round < s.rounds; round++ {
		long := s.round
		if round < 0 {
			long = warmUp
		}
		for i := range contenders {
			// Each round begins with another contender, so that none has always the same one before it.
			c := contenders[(i+max(round, 0))%len(contenders)]
			if c.name != withRecorder {
				if err := c.round(ctx, long, round >= 0); err != nil {
					return err
				}
				continue
			}
			before, err := databaseCPU(ctx, server.PID())
			if err != nil {
				return err
			}
			requests := c.requests
			// What is still to be written must not burden the next.
			if err := errors.Join(c.round(ctx, long, round >= 0), settle(ctx, gateways[withRecorder])); err != nil {
				return err
			}
			after, err := databaseCPU(ctx, server.PID())
			if err != nil {
				return err
			}
			if round >= 0 {
				c.database = append(c.database, float64((after-before).Microseconds())/float64(c.requests-requests))
			}
		}
		fmt.Printf("  round %d of %d\n", round+1, s.rounds)
	}
	compare(r, contenders, s.databaseCore >= 0)
	if err := measureAccuracy(ctx, s, gateways[withRecorder], contenders[len(contenders)-1], server.DSN(), r); err != nil {
		return err
	}
	return reportRecordings(ctx, r, gateways[withRecorder], contenders[len(contenders)-1], server.DSN())
}

// gateways returns the gateways that are measured; the one with recording is the last.
func (s settings) gateways(dsn string) []gatewayOptions {
	all := []gatewayOptions{
		{title: withMetrics, name: "metrics", binary: s.collector},
		{title: withTracing, name: "spans", binary: s.collector, tracing: true},
	}
	if s.before != "" {
		all = append(all, gatewayOptions{title: withBefore, name: "before", binary: s.before})
	}
	return append(all, gatewayOptions{title: withRecorder, name: "recording", binary: s.collector, dsn: dsn})
}

func compare(r *report.Report, contenders []*contender, apart bool) {
	byName := map[string]*contender{}
	for _, c := range contenders {
		byName[c.name] = c
	}
	r.Section("The gateway beside other proxies", fmt.Sprintf(
		"Answers of %d bytes over HTTP/1.1, the same upstream and the same client for all, each proxy in a process of its own. "+
			"The client and the upstream use fasthttp's messages (the client over plain sockets, the upstream by its server), which cost a fraction of net/http's; the client checks all bytes of each answer. "+
			"Client, upstream and proxy share the cores, so that throughput tells less of the proxy than the processor time that its process takes per request. "+
			"Toxiproxy copies bytes without reading HTTP. The targets are those of the first step; the goals are 2.0 and toxiproxy's own processor time, 1.0 beside it, and 0.9 with recording.", answerSize))
	var rows [][]string
	for _, c := range contenders {
		used := spreadOf(c.perRequest).text(0)
		if c.name == direct {
			used = "" // that of the upstream
		}
		rows = append(rows, []string{
			c.name, spreadOf(c.rates).text(0), spreadOf(c.p50s).text(2), spreadOf(c.p99s).text(2), used, fmt.Sprint(c.failures),
		})
	}
	r.Table([]string{"way", "requests/s", "p50 ms", "p99 ms", "processor time per request, µs", "failures"}, rows)
	r.Break()
	rows = nil
	for _, pair := range []comparison{
		{of: withMetrics, to: bareProxy, throughput: "1.5", processor: "0.6"},
		{of: withMetrics, to: toxi, throughput: "0.7"},
		{of: withMetrics, to: withBefore, throughput: "0.95", processor: "1.05"},
		{of: withTracing, to: withMetrics},
		{of: withRecorder, to: withMetrics, throughput: "0.85"},
	} {
		if row := pair.row(byName); row != nil {
			rows = append(rows, row)
		}
	}
	r.Table([]string{"ratio, round by round", "throughput", "target, at least", "processor time", "target, at most"}, rows)
	recording, metrics := byName[withRecorder], byName[withMetrics]
	if apart {
		r.Break()
		r.Paragraph(fmt.Sprintf("PostgreSQL has a core for itself. It takes %s µs of its time for each recording, with its indexes.", spreadOf(recording.database).text(0)))
		return
	}
	alone := make([]float64, len(recording.rates))
	for i, rate := range recording.rates {
		alone[i] = 1 / (1/rate - recording.database[i]/1e6/float64(runtime.NumCPU())) / metrics.rates[i]
	}
	r.Break()
	r.Paragraph(fmt.Sprintf("PostgreSQL shares the cores too: it takes %s µs of processor time for each recording, with its indexes. "+
		"Without that, as on a machine of its own, recording on beside off would be %s of the throughput; calculated.",
		spreadOf(recording.database).text(0), spreadOf(alone).text(2)))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
