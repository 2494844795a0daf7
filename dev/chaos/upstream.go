package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// greeting is what the upstream answers where nothing else is asked for.
const greeting = "hello"

// upstream is the API behind the gateways, in the process of the suite.
type upstream struct {
	address string
	// whole is how many requests came to their end, begun how many came at all.
	whole, begun atomic.Int64
	// closed has the close codes that WebSockets were closed with by the gateway, 0 for those that were not.
	closed chan int

	mu    sync.Mutex
	paths []string
}

// upstream starts one, which the end of the trial ends.
func (s *stage) upstream(ctx context.Context) *upstream {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	s.must(err)
	u := &upstream{address: listener.Addr().String(), closed: make(chan int, 100)}
	mux := http.NewServeMux()
	mux.HandleFunc("/", u.answer)
	mux.HandleFunc("/sink", u.sink)
	mux.HandleFunc("/frames", u.frames)
	mux.HandleFunc("POST /bombs/grpc", grpcBomb)
	mux.HandleFunc("/bombs/gzip", gzipBomb)
	mux.HandleFunc("/bombs/headers", headerBomb)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Handler: mux, Protocols: protocols, ReadHeaderTimeout: time.Minute, MaxHeaderBytes: 16 << 20}
	go func() { _ = server.Serve(listener) }()
	s.later(server.Close)
	return u
}

// answer reads the request whole and greets.
func (u *upstream) answer(w http.ResponseWriter, r *http.Request) {
	u.begun.Add(1)
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	u.whole.Add(1)
	u.mu.Lock()
	if len(u.paths) < 10_000 {
		u.paths = append(u.paths, r.RequestURI)
	}
	u.mu.Unlock()
	fmt.Fprint(w, greeting)
}

// seen returns the targets of the requests that came to their end, the first ten thousand.
func (u *upstream) seen() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]string(nil), u.paths...)
}

// sink reads the messages of a WebSocket, compressed where the client offers that, and says how many bytes they had when it
// gets the text "end".
func (u *upstream) sink(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionContextTakeover, InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(-1)
	total := 0
	for {
		_, message, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		if string(message) == "end" {
			_ = conn.Write(r.Context(), websocket.MessageText, []byte(strconv.Itoa(total)))
			continue
		}
		total += len(message)
	}
}

// frames agrees to compression, and reads frames until the connection ends, whatever they are.
func (u *upstream) frames(w http.ResponseWriter, r *http.Request) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprintf(buffered, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
		acceptKey(r.Header.Get("Sec-WebSocket-Key")))
	if buffered.Flush() != nil {
		return
	}
	code := closeCode(buffered.Reader)
	select {
	case u.closed <- code:
	default:
	}
}

// zeros are a message of one MiB, whose compressed form is a thousandth of it.
var zeros = make([]byte, 1<<20)

// zipped returns so many MiB of zeros, compressed.
func zipped(mebibytes int) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	for range mebibytes {
		_, _ = w.Write(zeros) // into memory
	}
	_ = w.Close()
	return b.Bytes()
}

// bombMessages is how many messages the streams of the trials have.
const bombMessages = 500

// grpcBomb answers a call with so many messages, each of which is small as it is sent, and large when decompressed.
func grpcBomb(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Grpc-Encoding", "gzip")
	w.Header().Set("Trailer", "Grpc-Status")
	buffered := bufio.NewWriter(w)
	if _, err := buffered.Write(grpcFrame(0, []byte(greeting))); err != nil {
		return
	}
	message := grpcFrame(1, zipped(1))
	for range bombMessages {
		if _, err := buffered.Write(message); err != nil {
			return
		}
	}
	_ = buffered.Flush()
	w.Header().Set("Grpc-Status", "0")
}

// grpcFrame returns a message as it is on the wire; flag is 1 where it is compressed.
func grpcFrame(flag byte, message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{flag}, uint32(len(message))), message...)
}

// bombMebibytes is how large the bodies of the trials are when decompressed.
const bombMebibytes = 100

var bombBody = sync.OnceValue(func() []byte { return zipped(bombMebibytes) })

func gzipBomb(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Encoding", "gzip")
	_, _ = w.Write(bombBody())
}

// headerBomb answers with four MiB of headers.
func headerBomb(w http.ResponseWriter, _ *http.Request) {
	for i := range 4096 {
		w.Header().Set(fmt.Sprintf("X-Bomb-%d", i), strings.Repeat("x", 1000))
	}
	fmt.Fprint(w, greeting)
}
