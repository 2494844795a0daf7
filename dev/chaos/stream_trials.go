package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

// bodyLimit is what is recorded of an exchange at most, by the default of max_body_size_kb.
const bodyLimit = 1 << 20

// The bounds of memory, in MiB. They are arithmetic, not measurements: the queue of the recorder has 64 MiB at most, of which
// there is one; a batch has 8, of which there are four (made, two written, loaded); the garbage collector lets a heap grow to twice
// what lives.
const (
	oneStream   = 128
	eightAtOnce = 512
	whyOne      = "one recording of 1 MiB, what is decompressed of one message, and garbage, of which the 32 MiB that the distribution holds let be as much"
	whyEight    = "64 of the recorder's queue at most, 32 of its batches, and garbage"
)

func streamTrials() []trial {
	return []trial{
		{
			group: "Streams", name: "WebSocket", done: "one connection with a greeting and 500 compressed messages of 1 MiB of zeros, 517 kB on the wire",
			promised: "each message arrives; `max_body_size_kb` of all contents together is recorded at most, the greeting among it; memory stays bounded",
			run:      func(ctx context.Context, s *stage) { streams(ctx, s, 1, webSocketBomb) },
		},
		{
			group: "Streams", name: "eight WebSockets without PostgreSQL", done: "eight such connections at once while PostgreSQL is away, then it is back",
			promised: "the same, also while they are loaded from the disk", limit: 3 * time.Minute,
			run: func(ctx context.Context, s *stage) { streams(ctx, s, 8, webSocketBomb) },
		},
		{
			group: "Streams", name: "gRPC", done: "one call whose answer has a greeting and 500 messages of 1 MiB of zeros, compressed by gzip",
			promised: "the answer arrives as it was sent; `max_body_size_kb` of all contents together is recorded at most, the greeting among it; memory stays bounded",
			run:      func(ctx context.Context, s *stage) { streams(ctx, s, 1, callBomb) },
		},
		{
			group: "Streams", name: "eight calls of gRPC without PostgreSQL", done: "eight such calls at once while PostgreSQL is away, then it is back",
			promised: "the same", run: func(ctx context.Context, s *stage) { streams(ctx, s, 8, callBomb) },
		},
		{
			group: "Streams", name: "unfinished messages", done: "50,000 frames `41 81 mask byte` on a WebSocket with compression, each the beginning of a message while none before has ended, 350 kB",
			promised: "a protocol error: both sides are closed with 1002; memory stays bounded", run: unfinished,
		},
		{
			group: "Streams", name: "unfinished without compression", done: "the same with `01 81 mask byte`",
			promised: "the same", run: func(ctx context.Context, s *stage) { unfinishedFrames(ctx, s, 0x01) },
		},
	}
}

// streams runs n bombs at once, without the database where they are several.
func streams(ctx context.Context, s *stage, n int, bomb func(ctx context.Context, address string) error) {
	d, c := s.recording(ctx, options{})
	s.warm(ctx, c)
	if n > 1 {
		s.must(d.kill())
	}
	errs := make([]error, n)
	var bombs sync.WaitGroup
	for i := range errs {
		bombs.Go(func() { errs[i] = bomb(ctx, c.gateway) })
	}
	bombs.Wait()
	failed := slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(failed) > 0 {
		s.promise(false, "%d of %d streams failed, the first: %v", len(failed), n, failed[0])
	} else {
		s.saw("%d streams of %d messages arrived", n, bombMessages)
	}
	if n > 1 {
		s.must(d.back(ctx))
	}
	stored := int64(0)
	_ = probe.Until(ctx, settleLimit, func() bool {
		select {
		case <-c.Exited():
			return true
		default:
		}
		var err error
		stored, err = d.number(ctx, "SELECT count(*) FROM recorded_requests WHERE path IN ('/sink', '/bombs/grpc')")
		return err == nil && stored >= int64(n)
	})
	s.promise(stored == int64(n), "%d of %d recordings stored", stored, n)
	largest, err := d.number(ctx, `SELECT coalesce(max(size), 0) FROM (SELECT sum(coalesce(octet_length(body), 0) + coalesce(octet_length(body_binary), 0)) AS size
		FROM recorded_messages GROUP BY recording_id) AS each`)
	s.must(err)
	messages, err := d.number(ctx, "SELECT count(*) FROM recorded_messages")
	s.must(err)
	s.promise(largest <= bodyLimit && largest >= int64(len(greeting)), "%d messages stored, %d bytes of contents in the largest recording", messages, largest)
	size, err := d.number(ctx, "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint FROM pg_inherits WHERE inhparent = 'recorded_messages'::regclass")
	s.must(err)
	s.saw("%d MiB of tables and indexes", size>>20)
	if n == 1 {
		s.memory(c, oneStream, whyOne)
	} else {
		s.memory(c, eightAtOnce, whyEight)
	}
}

func webSocketBomb(ctx context.Context, address string) error {
	conn, _, err := websocket.Dial(ctx, "ws://"+address+"/sink", &websocket.DialOptions{CompressionMode: websocket.CompressionContextTakeover})
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	if err := conn.Write(ctx, websocket.MessageText, []byte(greeting)); err != nil {
		return err
	}
	for range bombMessages {
		if err := conn.Write(ctx, websocket.MessageBinary, zeros); err != nil {
			return err
		}
	}
	if err := conn.Write(ctx, websocket.MessageText, []byte("end")); err != nil {
		return err
	}
	_, text, err := conn.Read(ctx)
	if err != nil {
		return err
	}
	if total, err := strconv.Atoi(string(text)); err != nil || total != bombMessages<<20+len(greeting) {
		return fmt.Errorf("the upstream got %q bytes", text)
	}
	return conn.Close(websocket.StatusNormalClosure, "")
}

func callBomb(ctx context.Context, address string) error {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols, DisableCompression: true}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/bombs/grpc", bytes.NewReader(grpcFrame(0, []byte("go"))))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("Te", "trailers")
	request.Header.Set("Grpc-Accept-Encoding", "gzip")
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	size, err := io.Copy(io.Discard, response.Body)
	if err != nil {
		return err
	}
	if want := int64(len(grpcFrame(0, []byte(greeting))) + bombMessages*len(grpcFrame(1, zipped(1)))); size != want || response.Trailer.Get("Grpc-Status") != "0" {
		return fmt.Errorf("%d of %d bytes arrived, with status %q", size, want, response.Trailer.Get("Grpc-Status"))
	}
	return nil
}

func unfinished(ctx context.Context, s *stage) { unfinishedFrames(ctx, s, 0x41) }

func unfinishedFrames(ctx context.Context, s *stage, first byte) {
	d := s.database(ctx)
	u := s.upstream(ctx)
	c := s.collector(ctx, options{dsn: d.dsn, upstream: u.address})
	s.ready(ctx, c)
	s.warm(ctx, c)
	conn, reader, err := openFrames(ctx, c.gateway)
	s.must(err)
	defer conn.Close()
	go func() {
		// It is broken off where the gateway closes.
		_, _ = conn.Write(bytes.Repeat([]byte{first, 0x81, 1, 2, 3, 4, 'x' ^ 1}, 50_000))
	}()
	code := closeCode(reader)
	s.promise(code == 1002, "the client was closed with %d", code)
	conn.Close()
	select {
	case code := <-u.closed:
		s.promise(code == 1002, "the upstream with %d", code)
	case <-time.After(10 * time.Second):
		s.promise(false, "the upstream was not closed")
	}
	s.memory(c, oneStream, whyOne)
	s.alive(ctx, c)
}
