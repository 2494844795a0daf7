package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

const loopback = "127.0.0.1"

// portVariable returns MOCKFORGE_DEMO_<NAME>_PORT.
func portVariable(name string) string { return "MOCKFORGE_DEMO_" + strings.ToUpper(name) + "_PORT" }

// choosePorts settles every port: the preferred one where it is free, else any free one with a line that says so. A
// port that the user chose and that is taken is an error.
func choosePorts(ports map[string]port, say func(format string, args ...any)) (map[string]int, error) {
	chosen := map[string]int{}
	// All listeners stay open until the end, so that no port is given out twice.
	var open []net.Listener
	defer func() {
		for _, l := range open {
			_ = l.Close()
		}
	}()
	listen := func(number int) (net.Listener, error) {
		l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(number)))
		if err == nil {
			open = append(open, l)
		}
		return l, err
	}
	for _, d := range defaults {
		p := ports[d.name]
		l, err := listen(p.number)
		if err != nil && p.fixed {
			return nil, fmt.Errorf("port %d on %s is taken: stop what uses it, or set %s to another port (0 picks a free one)", p.number, loopback, p.environment)
		}
		if err != nil {
			if l, err = listen(0); err != nil {
				return nil, fmt.Errorf("no free port on %s: %w", loopback, err)
			}
			say("Port %d is taken, %s uses %d instead (%s chooses it).", p.number, d.name, portOf(l), p.environment)
		}
		chosen[d.name] = portOf(l)
	}
	return chosen, nil
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }
