package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/report"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
)

// Sizes of what the kinds of traffic carry, in bytes, and how many parts a stream has.
const (
	bodySize    = 10 << 20
	messageSize = 100
	streamParts = 1000
)

// traffic is a kind of traffic that the gateway is measured with.
type traffic struct {
	// name is the name of the flag -traffic.
	name, title string
	// unit is what is counted.
	unit string
	// at is the address that the client connects to.
	at func(addresses) string
	// dial opens a connection, whose exchanges end with ctx.
	dial func(ctx context.Context, address string) (way, error)
	// recorded reports whether a gateway with recording is measured, too: not where PostgreSQL would be all that is measured.
	recorded bool
}

// addresses are the addresses of a proxy: for HTTP/1.1 and WebSocket, for HTTP/1.1 and HTTP/2 with TLS, and for gRPC.
type addresses struct{ plain, secure, grpc string }

func (a addresses) ofPlain() string  { return a.plain }
func (a addresses) ofSecure() string { return a.secure }
func (a addresses) ofGRPC() string   { return a.grpc }

// way is one connection of a client, with one exchange at a time.
type way interface {
	// exchange returns how many units were answered.
	exchange(ctx context.Context) (int, error)
	close()
}

var kinds = []traffic{
	{name: "download", title: "answers of 10 MiB", unit: "answer", at: addresses.ofPlain, dial: dialDownload},
	{name: "upload", title: "requests of 10 MiB", unit: "request", at: addresses.ofPlain, dial: dialUpload},
	{name: "chunks", title: "answers of 1,000 flushed chunks of 100 bytes", unit: "answer", at: addresses.ofPlain, dial: dialChunks, recorded: true},
	{name: "grpc-unary", title: "gRPC, calls of 1 KiB each way", unit: "call", at: addresses.ofGRPC, dial: dialUnary, recorded: true},
	{name: "grpc-server", title: "gRPC, streams of 1,000 messages of 100 bytes from the server", unit: "message", at: addresses.ofGRPC, dial: dialServerStream},
	{name: "grpc-bidi", title: "gRPC, messages of 100 bytes there and back on a stream", unit: "message", at: addresses.ofGRPC, dial: dialBidi},
	{name: "websocket", title: "WebSocket, messages of 100 bytes there and back", unit: "message", at: addresses.ofPlain, dial: dialWebSocket},
	{name: "tls", title: "answers of 1 KiB over HTTP/1.1 with TLS", unit: "answer", at: addresses.ofSecure, dial: dialTLS, recorded: true},
	{name: "tls-h2", title: "answers of 1 KiB over HTTP/2 with TLS", unit: "answer", at: addresses.ofSecure, dial: dialTLSHTTP2, recorded: true},
}

// chosen returns the kinds with these names, all where there are none.
func chosen(names string) ([]traffic, error) {
	if names == "" {
		return kinds, nil
	}
	var found []traffic
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(kinds, func(k traffic) bool { return k.name == name })
		if i < 0 {
			return nil, fmt.Errorf("-traffic knows no %q", name)
		}
		found = append(found, kinds[i])
	}
	return found, nil
}

// trafficProxy is a proxy that is measured with all kinds.
type trafficProxy struct {
	contender
	addresses
	// settle waits until the proxy has nothing left to do; nil where it has never.
	settle func(context.Context) error
}

func measureTraffic(ctx context.Context, s settings, directory string, r *report.Report) (err error) {
	selected, err := chosen(s.traffic)
	if err != nil {
		return err
	}
	server, err := devpostgres.Start(ctx, devpostgres.Options{Private: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	proxies, stop, err := startTrafficProxies(ctx, s, directory, server.DSN())
	defer stop()
	if err != nil {
		return err
	}
	r.Section("Other traffic", fmt.Sprintf(
		"The same proxies with other traffic; rounds for each: %d of %s. The bare proxy is httputil.ReverseProxy here, too, over HTTP/2 without TLS for gRPC. "+
			"Recording is not measured where PostgreSQL would be all that is. With -before an earlier build is measured, too, and no kind may be slower than there; "+
			"the targets leave room for what two runs of one build differ by.", s.rounds, s.trafficRound))
	var figures, compared [][]string
	for _, k := range selected {
		fmt.Println(" ", k.title)
		met, err := k.measure(ctx, s, proxies)
		if err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		for _, p := range met {
			figures = append(figures, []string{
				k.title, p.name, spreadOf(p.rates).text(0), k.unit, spreadOf(p.perRequest).text(1), fmt.Sprint(p.failures),
			})
		}
		compared = append(compared, k.ratios(met)...)
	}
	r.Table([]string{"traffic", "way", "per second", "of", "processor time for each, µs", "failures"}, figures)
	r.Break()
	r.Table([]string{"traffic", "ratio, round by round", "throughput", "target, at least", "processor time", "target, at most"}, compared)
	return nil
}

// measure puts the proxies under load in turn, and returns what was met on them.
func (k traffic) measure(ctx context.Context, s settings, proxies []*trafficProxy) ([]*contender, error) {
	var measured []*trafficProxy
	for _, p := range proxies {
		if k.recorded || p.name != withRecorder {
			p := *p
			measured = append(measured, &p)
		}
	}
	for round := -1; round < s.rounds; round++ {
		long := s.trafficRound
		if round < 0 {
			long = min(long, warmUp)
		}
		for i := range measured {
			p := measured[(i+max(round, 0))%len(measured)]
			c := &p.contender
			press := func(ctx context.Context, long time.Duration) (outcome, error) {
				return pressWays(ctx, long, s.connections, func(ctx context.Context) (way, error) { return k.dial(ctx, k.at(p.addresses)) })
			}
			if err := c.measure(ctx, press, long, round >= 0); err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
			if p.settle != nil {
				if err := p.settle(ctx); err != nil {
					return nil, fmt.Errorf("%s: %w", p.name, err)
				}
			}
		}
	}
	met := make([]*contender, len(measured))
	for i, p := range measured {
		met[i] = &p.contender
	}
	return met, nil
}

// ratios compares the gateway with the others.
func (k traffic) ratios(met []*contender) [][]string {
	byName := map[string]*contender{}
	for _, c := range met {
		byName[c.name] = c
	}
	var rows [][]string
	for _, pair := range []comparison{
		{of: withMetrics, to: bareProxy},
		{of: withMetrics, to: withBefore, throughput: "0.95", processor: "1.05"},
		{of: withRecorder, to: withMetrics},
	} {
		if row := pair.row(byName); row != nil {
			rows = append(rows, append([]string{k.title}, row...))
		}
	}
	return rows
}
