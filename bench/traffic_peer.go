package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"time"

	"google.golang.org/grpc"
)

// serveTraffic serves the upstream of all kinds of traffic, and returns the addresses for HTTP and for gRPC.
func serveTraffic() ([]string, error) {
	plain, err := serveHTTP(trafficUpstream())
	if err != nil {
		return nil, err
	}
	listener, err := listen()
	if err != nil {
		return nil, err
	}
	server := grpc.NewServer()
	server.RegisterService(&echo, nil)
	go func() { _ = server.Serve(listener) }() // until the process ends
	return []string{plain, listener.Addr().String()}, nil
}

func trafficUpstream() http.Handler {
	large, part := make([]byte, bodySize), bytes.Repeat([]byte("x"), messageSize)
	mux := http.NewServeMux()
	mux.Handle("/", answersSmall())
	mux.HandleFunc(pathDownload, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", strconv.Itoa(len(large)))
		_, _ = w.Write(large)
	})
	mux.HandleFunc(pathUpload, func(w http.ResponseWriter, r *http.Request) {
		size, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, size)
	})
	mux.HandleFunc(pathChunks, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		flusher := http.NewResponseController(w)
		for range streamParts {
			if _, err := w.Write(part); err != nil || flusher.Flush() != nil {
				return
			}
		}
	})
	mux.HandleFunc(pathSocket, echoSocket)
	return mux
}

// serveBareTraffic serves httputil.ReverseProxy for all kinds of traffic, and returns its addresses: plain, with TLS, for gRPC.
func serveBareTraffic(plain, grpc, certificate, key string) ([]string, error) {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	to := &url.URL{Scheme: "http", Host: plain}
	first, err := serveHTTP(reverseProxy(to))
	if err != nil {
		return nil, err
	}
	listener, err := listen()
	if err != nil {
		return nil, err
	}
	secure := &http.Server{
		Handler: reverseProxy(to), ReadHeaderTimeout: time.Minute,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
	}
	go func() { _ = secure.ServeTLS(listener, "", "") }()
	second, err := serveBareGRPC(grpc)
	return []string{first, listener.Addr().String(), second}, err
}

// serveBareGRPC serves httputil.ReverseProxy over HTTP/2 without TLS on both sides.
func serveBareGRPC(to string) (string, error) {
	clear := new(http.Protocols)
	clear.SetUnencryptedHTTP2(true)
	proxy := &httputil.ReverseProxy{
		Rewrite:    func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: to}); r.SetXForwarded() },
		Transport:  &http.Transport{Protocols: clear, DisableCompression: true},
		BufferPool: &bufferPool{},
	}
	listener, err := listen()
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: proxy, Protocols: clear, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	return listener.Addr().String(), nil
}
