package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"github.com/valyala/fasthttp"
)

// serveCommand is the first argument of this program where it serves one of the peers, in a process of its own as the
// Collector has one: `serve ROLE [TARGET …]`. The addresses are printed, and the end of standard input ends it.
const serveCommand = "serve"

// answerSize is the size of the upstream's answers in bytes.
const answerSize = 1024

func serve(arguments []string) error {
	if len(arguments) == 0 {
		return errors.New("serve needs a role")
	}
	listening, err := serveRole(arguments[0], arguments[1:])
	if err != nil {
		return err
	}
	fmt.Println(strings.Join(listening, " "))
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// roles are what this program can serve, with the number of targets that each is told.
var roles = map[string]int{"upstream": 0, "reverseproxy": 1, "toxiproxy": 1, "traffic-upstream": 0, "traffic-proxy": 4}

// serveRole returns the addresses on which it listens until the process ends.
func serveRole(role string, targets []string) ([]string, error) {
	want, known := roles[role]
	if !known || len(targets) != want {
		return nil, fmt.Errorf("role must be one of %s, with its targets, is %q with %d", strings.Join(slices.Sorted(maps.Keys(roles)), ", "), role, len(targets))
	}
	switch role {
	case "reverseproxy":
		return one(serveHTTP(reverseProxy(&url.URL{Scheme: "http", Host: targets[0]})))
	case "toxiproxy":
		server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
		proxy := toxiproxy.NewProxy(server, "bench", "127.0.0.1:0", targets[0])
		err := proxy.Start() // It is told its port by this.
		return one(proxy.Listen, err)
	case "traffic-upstream":
		return serveTraffic()
	case "traffic-proxy":
		return serveBareTraffic(targets[0], targets[1], targets[2], targets[3])
	default:
		return one(serveSmall())
	}
}

func one(address string, err error) ([]string, error) { return []string{address}, err }

// smallAnswer is what the upstream answers with, in answerSize bytes.
var smallAnswer = []byte(`{"name":"` + strings.Repeat("x", answerSize-11) + `"}`)

// serveSmall is answersSmall by fasthttp, which leaves more of the cores to the proxies than net/http.
func serveSmall() (string, error) {
	listener, err := listen()
	if err != nil {
		return "", err
	}
	server := &fasthttp.Server{
		NoDefaultServerHeader: true,
		Handler: func(c *fasthttp.RequestCtx) {
			c.SetContentType("application/json")
			c.SetBody(smallAnswer)
		},
	}
	go func() { _ = server.Serve(listener) }() // until the process ends
	return listener.Addr().String(), nil
}

// answersSmall answers all requests with answerSize bytes.
func answersSmall() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(smallAnswer)
	})
}

func listen() (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
}

func serveHTTP(handler http.Handler) (string, error) {
	listener, err := listen()
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // until the process ends
	return listener.Addr().String(), nil
}

// reverseProxy returns the least that a proxy built on net/http does: connections and buffers are pooled, nothing is
// measured.
func reverseProxy(to *url.URL) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite:    func(r *httputil.ProxyRequest) { r.SetURL(to); r.SetXForwarded() },
		Transport:  &http.Transport{MaxIdleConns: 1000, MaxIdleConnsPerHost: 1000, DisableCompression: true},
		BufferPool: &bufferPool{},
	}
}

type bufferPool struct{ buffers sync.Pool }

// Get returns a buffer of 32 KiB, the size that ReverseProxy makes itself where it has no pool.
func (p *bufferPool) Get() []byte {
	if b, ok := p.buffers.Get().(*[]byte); ok {
		return *b
	}
	return make([]byte, 32<<10)
}

// Put takes a buffer back.
func (p *bufferPool) Put(b []byte) { p.buffers.Put(&b) }
