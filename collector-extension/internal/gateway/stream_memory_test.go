package gateway_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// allocated returns how many bytes were allocated while do ran, by all.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// heapInUse returns how many bytes of the heap are in use.
func heapInUse() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC() // Pools let go at the second.
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// frame returns one of a client, with a mask that changes nothing.
func frame(first byte, payload []byte) []byte {
	b := []byte{first, 0x80 | byte(len(payload))}
	if len(payload) > 125 {
		b = binary.BigEndian.AppendUint16([]byte{first, 0x80 | 126}, uint16(len(payload)))
	}
	return append(append(b, 0, 0, 0, 0), payload...)
}

// deflatedZeros returns n compressed messages of a megabyte of zeros each, each of which refers to those before it.
func deflatedZeros(t *testing.T, n int) []byte {
	t.Helper()
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	var message []byte
	for range 2 {
		packed.Reset()
		_, _ = w.Write(make([]byte, 1<<20))
		_ = w.Flush()
		message = frame(0xc2, bytes.TrimSuffix(packed.Bytes(), []byte("\x00\x00\xff\xff")))
		all = append(all, message...)
	}
	// From the second on, all are the same: there are only zeros before them.
	return append(all, bytes.Repeat(message, n-2)...)
}

// contents returns how much a recording keeps of bodies and messages.
func contents(r *recording.Recording) (n int) {
	n = len(r.Body.Content) + len(r.ResponseBody.Content)
	for _, m := range r.Messages {
		n += len(m.Body.Content)
	}
	return n
}

// Half a megabyte on the wire, half a gigabyte once it is decompressed.
func TestAWebSocketOfManyBombsKeepsToItsLimits(t *testing.T) {
	sends := deflatedZeros(t, 500)
	for _, extension := range []string{"permessage-deflate", deflateExtension} {
		url, sent := rawSocket(t, extension, "")
		g := serve(t, url)
		conn := dial(t, g.Addr)
		shakeHands(t, conn)
		var r *recording.Recording
		spent := allocated(func() {
			_, _ = conn.Write(append(sends, frame(0x88, []byte("\x03\xe8"))...))
			_ = conn.(interface{ CloseWrite() error }).CloseWrite()
			if got := <-sent; len(got) != len(sends)+8 {
				t.Errorf("the upstream got %d bytes of %d", len(got), len(sends)+8)
			}
			_ = conn.Close()
			r = g.next(t)
		})
		if kept := contents(r); kept > 1<<20 || r.Size() > 2<<20 {
			t.Errorf("%s: %d bytes are kept, in %d of memory; want 1 MiB at most", extension, kept, r.Size())
		}
		if spent > 128<<20 {
			t.Errorf("%s: %d bytes were allocated, want 128 MiB at most", extension, spent)
		}
		if len(r.Messages) != 500 || r.Messages[499].Body.Size == 0 || !r.Messages[499].Body.Truncated || len(r.Messages[499].Body.Content) > 0 {
			t.Errorf("%s: %d messages are recorded, the last as %d bytes", extension, len(r.Messages), len(r.Messages[499].Body.Content))
		}
	}
}

func TestACallOfManyBombsKeepsToItsLimits(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(make([]byte, 1<<20))
	_ = w.Close()
	one := append(binary.BigEndian.AppendUint32([]byte{1}, uint32(packed.Len())), packed.Bytes()...)
	all := bytes.Repeat(one, 500)
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Grpc-Encoding", "gzip")
		w.Header().Set("Trailer", "Grpc-Status")
		_, _ = w.Write(all)
		w.Header().Set("Grpc-Status", "0")
	})
	g := serve(t, u.URL)
	c := client(t, true)
	ask := request(t, "POST", g.URL+"/shop.Shop/Watch", "\x00\x00\x00\x00\x01a")
	ask.Header.Set("Content-Type", "application/grpc")
	var r *recording.Recording
	spent := allocated(func() {
		response, err := c.Do(ask)
		if err != nil {
			t.Error(err)
			return
		}
		if n, err := io.Copy(io.Discard, response.Body); n != int64(len(all)) || err != nil {
			t.Errorf("%d bytes came (%v), want %d", n, err, len(all))
		}
		response.Body.Close()
		r = g.next(t)
	})
	if kept := contents(r); kept > 1<<20 || r.Size() > 2<<20 {
		t.Errorf("%d bytes are kept, in %d of memory; want 1 MiB at most", kept, r.Size())
	}
	if spent > 128<<20 {
		t.Errorf("%d bytes were allocated, want 128 MiB at most", spent)
	}
	if last := r.Messages[len(r.Messages)-1]; len(r.Messages) != 500 || !last.Body.Truncated || len(last.Body.Content) > 0 {
		t.Errorf("%d messages are recorded, the last as %+v", len(r.Messages), last)
	}
	if string(r.Messages[0].Body.Content) != "a" {
		t.Errorf("of the request %q is kept", r.Messages[0].Body.Content)
	}
}

// countingSocket returns an upstream of WebSockets that reads what it is sent, and tells how much that was.
func countingSocket(t *testing.T, extension string) (url string, read *atomic.Int64) {
	read = new(atomic.Int64)
	return upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprint(buffered, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+extension+"\r\n")
		_ = buffered.Flush()
		for buffer := make([]byte, 32<<10); ; {
			n, err := buffered.Read(buffer)
			read.Add(int64(n))
			if err != nil {
				return
			}
		}
	}).URL, read
}

// What a client can make a connection hold: a message of it that is read, twice what a recording keeps, and the windows and
// buffers of decompression; and no more goroutines than a connection has in any case.
func TestAConnectionHoldsNoMoreThanItsBound(t *testing.T) {
	const (
		bound      = 1 << 20
		goroutines = 12
		accept     = "Sec-WebSocket-Accept: x\r\n"
		deflate    = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
		graphQL    = "Sec-WebSocket-Protocol: graphql-transport-ws\r\n"
	)
	for name, test := range map[string]struct {
		handshake string
		frames    func() []byte
	}{
		"unfinished compressed messages of what is no WebSocket": {deflate, func() []byte { return bytes.Repeat(frame(0x41, []byte{0xf2}), 50_000) }},
		"a message of very many frames":                          {accept + deflate, func() []byte { return append(frame(0x01, nil), bytes.Repeat(frame(0, []byte("x")), 100_000)...) }},
		"a compressed message of very many frames":               {accept + deflate, func() []byte { return append(frame(0x41, nil), bytes.Repeat(frame(0, nil), 100_000)...) }},
		"a message that is read, of very many frames":            {accept + graphQL, func() []byte { return append(frame(0x01, nil), bytes.Repeat(frame(0, nil), 100_000)...) }},
		"messages without end":                                   {accept + deflate, func() []byte { return bytes.Repeat(frame(0x81, []byte("hello")), 100_000) }},
		"operations without end": {accept + graphQL, func() []byte {
			var all []byte
			for i := range 20_000 {
				all = append(all, frame(0x81, fmt.Appendf(nil, `{"id":"%d","type":"subscribe","payload":{"query":"subscription S%d { x }"}}`, i, i))...)
			}
			return all
		}},
		"pings":      {accept, func() []byte { return bytes.Repeat(frame(0x89, bytes.Repeat([]byte("x"), 125)), 50_000) }},
		"zip bombs":  {accept + deflate, func() []byte { return deflatedZeros(t, 100) }},
		"large ones": {accept, func() []byte { return bytes.Repeat(frame(0x82, make([]byte, 60_000)), 200) }},
	} {
		for how, changes := range map[string][]change{"": nil, ", looked into": {inForce(untouchedMessages)}} {
			t.Run(name+how, func(t *testing.T) {
				url, read := countingSocket(t, test.handshake)
				g := serve(t, url, append(changes, func(o *gateway.Options, _ *confighttp.ServerConfig) { o.MaxBody = 64 << 10 })...)
				conn := dial(t, g.Addr)
				shakeHands(t, conn)
				frames := test.frames()
				before, running := heapInUse(), runtime.NumGoroutine()
				if _, err := conn.Write(frames); err != nil {
					t.Fatal(err)
				}
				// Held back are at most a header, and what is read before it passes.
				eventually(t, func() bool { return read.Load() >= int64(len(frames)-100) })
				if after := heapInUse(); after > before+bound {
					t.Errorf("%d bytes are held, want %d at most", after-before, bound)
				}
				if n := runtime.NumGoroutine() - running; n > goroutines {
					t.Errorf("%d goroutines, want %d at most", n, goroutines)
				}
				runtime.KeepAlive(frames)
				_ = conn.Close()
				if r := g.next(t); contents(r) > 64<<10 || strings.HasPrefix(r.Failure, "client broke") {
					t.Errorf("recorded %d bytes, failure %q", contents(r), r.Failure)
				}
			})
		}
	}
}
