package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

const loopback = "127.0.0.1"

// portVariable returns MOCKFORGE_DEMO_<NAME>_PORT.
func portVariable(name string) string { return "MOCKFORGE_DEMO_" + strings.ToUpper(name) + "_PORT" }

// choosePorts settles every port: the preferred one where it is free, else any free one with a line that says so. A
// port that the user chose and that is taken is an error.
func choosePorts(ctx context.Context, ports map[string]port, say func(format string, args ...any)) (map[string]int, error) {
	chosen := map[string]int{}
	// All listeners stay open until the end, so that no port is given out twice; those of probe are of this process alone.
	var open []net.Listener
	defer func() {
		for _, l := range open {
			_ = l.Close()
		}
	}()
	for _, d := range defaults {
		p := ports[d.name]
		if p.number != 0 {
			if l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(p.number))); err == nil {
				open = append(open, l)
				chosen[d.name] = p.number
				continue
			}
			if p.fixed {
				return nil, fmt.Errorf("port %d on %s is taken: stop what uses it, or set %s to another port (0 picks a free one)", p.number, loopback, p.environment)
			}
		}
		var err error
		if chosen[d.name], err = probe.FreePort(ctx); err != nil {
			return nil, err
		}
		if p.number != 0 {
			say("Port %d is taken, %s uses %d instead (%s chooses it).", p.number, d.name, chosen[d.name], p.environment)
		}
	}
	return chosen, nil
}
