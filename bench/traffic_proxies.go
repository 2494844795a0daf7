package main

import (
	"context"
	"fmt"
	"slices"
)

// startTrafficProxies starts the upstream of all kinds of traffic and the proxies in front of it. stop ends what was started, also
// where that has failed.
func startTrafficProxies(ctx context.Context, s settings, directory, dsn string) (proxies []*trafficProxy, stop func(), err error) {
	var ends []func()
	stop = func() {
		for _, end := range slices.Backward(ends) {
			end()
		}
	}
	pair, err := newCertificate(directory)
	if err != nil {
		return nil, stop, err
	}
	upstream, targets, err := startPeer("traffic-upstream")
	if err != nil {
		return nil, stop, err
	}
	ends = append(ends, upstream.Kill)
	if len(targets) != 2 {
		return nil, stop, fmt.Errorf("the upstream listens on %q", targets)
	}
	bare, at, err := startPeer("traffic-proxy", targets[0], targets[1], pair.certificate, pair.key)
	if err != nil {
		return nil, stop, err
	}
	ends = append(ends, bare.Kill)
	if len(at) != 3 {
		return nil, stop, fmt.Errorf("the bare proxy listens on %q", at)
	}
	proxies = append(proxies, &trafficProxy{contender: contender{name: bareProxy, process: bare}, addresses: addresses{at[0], at[1], at[2]}})

	gateways := []gatewayOptions{{title: withMetrics, name: "traffic-metrics", binary: s.collector}}
	if s.before != "" {
		gateways = append(gateways, gatewayOptions{title: withBefore, name: "traffic-before", binary: s.before})
	}
	gateways = append(gateways, gatewayOptions{title: withRecorder, name: "traffic-recording", binary: s.collector, dsn: dsn})
	for _, options := range gateways {
		options.grpc, options.pair = targets[1], pair
		g, err := startGateway(ctx, directory, targets[0], options)
		if err != nil {
			return nil, stop, err
		}
		ends = append(ends, func() { _ = g.Stop() })
		p := &trafficProxy{contender: contender{name: options.title, process: g.Child}, addresses: g.addresses}
		if options.dsn != "" {
			p.settle = func(ctx context.Context) error { return settle(ctx, g) }
		}
		proxies = append(proxies, p)
	}
	return proxies, stop, nil
}
