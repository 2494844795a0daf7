package http1_test

import (
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// probed counts the reads of a connection that only look whether the client is still there.
type probed struct {
	net.Conn
	looks atomic.Int64
}

func (p *probed) Read(b []byte) (int, error) {
	if len(b) == 256 {
		p.looks.Add(1)
	}
	return p.Conn.Read(b)
}

// single is a listener of one connection.
type single struct {
	conns chan net.Conn
	close sync.Once
}

func (s *single) Accept() (net.Conn, error) {
	if c, ok := <-s.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (s *single) Close() error {
	s.close.Do(func() { close(s.conns) })
	return nil
}

func (*single) Addr() net.Addr { return &net.TCPAddr{} }

// A body that is read piece by piece is not read ahead in between, which would copy all of it once more. Once the reading stops, the
// client is watched.
func TestABodyIsNotReadAheadWhileItIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pieces, size = 40, 8 << 10
		client, accepted := net.Pipe()
		conn := &probed{Conn: accepted}
		listener := &single{conns: make(chan net.Conn, 1)}
		listener.conns <- conn
		serveOn(t, listener, func(w http.ResponseWriter, r *http.Request) {
			ended := r.Context().Done()
			piece := make([]byte, size)
			for range pieces {
				if _, err := io.ReadFull(r.Body, piece); err != nil {
					t.Error(err)
				}
				time.Sleep(7 * time.Millisecond) // Somebody takes the piece.
			}
			if n := conn.looks.Load(); n > 0 {
				t.Errorf("the body was read ahead %d times", n)
			}
			<-ended
		})
		go func() {
			_, _ = io.WriteString(client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 327680\r\n\r\n")
			for range pieces {
				_, _ = client.Write(make([]byte, size))
			}
			time.Sleep(time.Second)
			client.Close() // The handler notices.
		}()
		time.Sleep(time.Minute)
		if conn.looks.Load() == 0 {
			t.Error("nobody has watched the client")
		}
	})
}
