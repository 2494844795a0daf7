package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

const (
	idleConnections = 5000
	slowConnections = 200
	// shortTimeout is the read_header_timeout of these trials, to be quick.
	shortTimeout = 2 * time.Second
)

func clientTrials() []trial {
	return []trial{
		{
			group: "Clients", name: "idle", done: "5,000 connections that have had one answer each and stay open, beside a load",
			promised: "traffic is answered; 64 KiB of memory for each connection at most", run: idle,
		},
		{
			group: "Clients", name: "slow heads", done: "200 connections to the gateway and 200 to the control API send a byte of their headers every 100 ms; `read_header_timeout` is 2 s",
			promised: "they are ended; traffic and the control API answer meanwhile",
			run: func(ctx context.Context, s *stage) {
				slowloris(ctx, s, "GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ", true)
			},
		},
		{
			group: "Clients", name: "slow bodies", done: "200 connections to the gateway and 200 to the control API send a byte of their bodies every 100 ms for 5 s",
			promised: "traffic and the control API answer meanwhile, and SIGTERM ends the Collector within 15 s",
			run: func(ctx context.Context, s *stage) {
				slowloris(ctx, s, "POST /recordings/query HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n", false)
			},
		},
	}
}

func idle(ctx context.Context, s *stage) {
	c := s.collector(ctx, options{})
	s.warm(ctx, c)
	l := s.load(ctx, c, loadOptions{name: "idle"})
	s.more(ctx, l, 300)
	before, mark := l.p99(0)

	connections := make([]net.Conn, idleConnections)
	var answered atomic.Int64
	var opening sync.WaitGroup
	for worker := range 16 {
		opening.Go(func() {
			for i := worker; i < len(connections); i += 16 {
				conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", c.gateway)
				if err != nil {
					continue
				}
				connections[i] = conn
				_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
				fmt.Fprint(conn, "GET /idle HTTP/1.1\r\nHost: x\r\n\r\n")
				response, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					continue
				}
				if _, err := io.Copy(io.Discard, response.Body); err == nil && response.StatusCode == http.StatusOK {
					answered.Add(1)
				}
				response.Body.Close()
			}
		})
	}
	opening.Wait()
	defer func() {
		for _, conn := range connections {
			if conn != nil {
				conn.Close()
			}
		}
	}()
	s.promise(answered.Load() == idleConnections, "%d of %d connections were answered", answered.Load(), idleConnections)
	s.more(ctx, l, 600)
	after, _ := l.p99(mark)
	l.end()
	s.saw("p99 of the load %d ms before, %d ms with them", before.Milliseconds(), after.Milliseconds())
	s.unharmed(l)
	s.memory(c, idleConnections*64/1024+64, "64 KiB for each connection, and 64 for the load")
}

// slowloris sends start and then single bytes on many connections, to the gateway and to the control API.
func slowloris(ctx context.Context, s *stage, start string, endsThem bool) {
	c := s.collector(ctx, options{headerTimeout: shortTimeout})
	s.warm(ctx, c)
	l := s.load(ctx, c, loadOptions{name: "slow"})
	s.more(ctx, l, 300)
	before, mark := l.p99(0)
	var ended atomic.Int64
	var clients sync.WaitGroup
	slow, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, address := range []string{c.gateway, c.control} {
		for range slowConnections {
			clients.Go(func() {
				if dribble(slow, address, start) {
					ended.Add(1)
				}
			})
		}
	}
	refused := 0
	for slow.Err() == nil {
		asked, done := context.WithTimeout(ctx, 5*time.Second)
		status, _, err := probe.Fetch(asked, http.MethodGet, "http://"+c.control+"/scenarios/mode", "")
		done()
		if err != nil || status != http.StatusOK {
			refused++
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-slow.Done():
		}
	}
	after, _ := l.p99(mark)
	s.promise(refused == 0, "the control API failed to answer %d times meanwhile", refused)
	s.saw("p99 of the load %d ms before, %d ms meanwhile", before.Milliseconds(), after.Milliseconds())
	if endsThem {
		clients.Wait()
		s.promise(ended.Load() == 2*slowConnections, "%d of %d slow connections were ended", ended.Load(), 2*slowConnections)
	}
	s.unharmed(l)
	l.end()
	s.memory(c, 2*slowConnections*64/1024+64, "64 KiB for each connection, and 64 for the load")
	s.terminate(c)
	clients.Wait()
}

// dribble sends single bytes until ctx ends, and reports whether the other side ended the connection before.
func dribble(ctx context.Context, address, start string) bool {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	defer conn.Close()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = io.Copy(io.Discard, conn)
	}()
	fmt.Fprint(conn, start)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-gone:
			return true
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
		if _, err := conn.Write([]byte("1")); err != nil {
			return true
		}
	}
}
