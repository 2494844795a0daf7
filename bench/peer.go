package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// serveCommand is the first argument of this program where it serves one of the peers, in a process of its own as the
// Collector has one: `serve ROLE [UPSTREAM]`. The address is printed, and the end of standard input ends it.
const serveCommand = "serve"

// answerSize is that of the upstream's answers in bytes.
const answerSize = 1024

func serve(arguments []string) error {
	if len(arguments) == 0 {
		return errors.New("serve needs a role: upstream, reverseproxy or toxiproxy")
	}
	target := ""
	if len(arguments) > 1 {
		target = arguments[1]
	}
	var address string
	switch role := arguments[0]; role {
	case "upstream":
		answer := []byte(`{"name":"` + strings.Repeat("x", answerSize-11) + `"}`)
		listening, err := serveHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(answer)
		}))
		if err != nil {
			return err
		}
		address = listening
	case "reverseproxy":
		to, err := url.Parse("http://" + target)
		if err != nil {
			return err
		}
		if address, err = serveHTTP(reverseProxy(to)); err != nil {
			return err
		}
	case "toxiproxy":
		server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
		proxy := toxiproxy.NewProxy(server, "bench", "127.0.0.1:0", target)
		if err := proxy.Start(); err != nil {
			return err
		}
		address = proxy.Listen
	default:
		return fmt.Errorf("role must be upstream, reverseproxy or toxiproxy, is %q", role)
	}
	fmt.Println(address)
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

func serveHTTP(handler http.Handler) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // until the process ends
	return listener.Addr().String(), nil
}

// reverseProxy is the least that a proxy built on net/http does: connections and buffers are pooled, nothing is
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
