package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// The paths of the upstream.
const (
	pathSmall    = "/users/7"
	pathDownload = "/download"
	pathUpload   = "/upload"
	pathChunks   = "/chunks"
	pathSocket   = "/socket"
)

// httpWay makes the same request again and again.
type httpWay struct {
	transport         *http.Transport
	method, url, path string
	body              []byte
	// size is the size of the answer's body, proto its version.
	size  int64
	proto int
	// text is the answer's body; empty is not to look.
	text string
}

// upload is what is sent, and shared by all.
var upload = make([]byte, bodySize)

func dialDownload(_ context.Context, address string) (way, error) {
	return plainWay(address, httpWay{path: pathDownload, size: bodySize}), nil
}

func dialUpload(_ context.Context, address string) (way, error) {
	text := strconv.Itoa(bodySize)
	return plainWay(address, httpWay{method: http.MethodPost, path: pathUpload, body: upload, size: int64(len(text)), text: text}), nil
}

func dialChunks(_ context.Context, address string) (way, error) {
	return plainWay(address, httpWay{path: pathChunks, size: streamParts * messageSize}), nil
}

func dialTLS(_ context.Context, address string) (way, error) { return secureWay(address, 1), nil }

func dialTLSHTTP2(_ context.Context, address string) (way, error) { return secureWay(address, 2), nil }

func plainWay(address string, w httpWay) way {
	w.transport, w.url, w.proto = &http.Transport{}, "http://"+address+w.path, 1
	return w.ready()
}

func secureWay(address string, version int) way {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(version == 1)
	protocols.SetHTTP2(version == 2)
	w := httpWay{url: "https://" + address + pathSmall, size: answerSize, proto: version}
	// #nosec G402 -- the certificate was made for this run
	w.transport = &http.Transport{Protocols: protocols, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	return w.ready()
}

func (w httpWay) ready() *httpWay {
	w.transport.MaxConnsPerHost, w.transport.DisableCompression = 1, true
	return &w
}

func (w *httpWay) exchange(ctx context.Context) (int, error) {
	var body io.Reader
	if w.body != nil {
		body = bytes.NewReader(w.body)
	}
	request, err := http.NewRequestWithContext(ctx, w.method, w.url, body)
	if err != nil {
		return 0, err
	}
	response, err := w.transport.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	var text strings.Builder
	into := io.Discard
	if w.text != "" {
		into = &text
	}
	size, err := io.Copy(into, response.Body)
	if err != nil {
		return 0, err
	}
	if response.StatusCode != http.StatusOK || size != w.size || response.ProtoMajor != w.proto || text.String() != w.text {
		return 0, fmt.Errorf("%s answered %s over %s with %d bytes %q, want %d %q", w.url, response.Status, response.Proto, size, text.String(), w.size, w.text)
	}
	return 1, nil
}

func (w *httpWay) close() { w.transport.CloseIdleConnections() }
