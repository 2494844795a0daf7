package http1_test

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
)

// failingListener has no room for a connection until it is closed, as where too many files are open, but for the one that it gives when
// it was asked often enough.
type failingListener struct {
	asked  []time.Time
	gives  int
	closed chan struct{}
	once   sync.Once
}

func (l *failingListener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, net.ErrClosed
	default:
	}
	l.asked = append(l.asked, time.Now())
	if len(l.asked) == l.gives {
		ours, theirs := net.Pipe()
		theirs.Close()
		return ours, nil
	}
	return nil, &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
}

func (l *failingListener) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *failingListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func TestWhatCannotBeAcceptedIsTriedAgainEverMoreSeldom(t *testing.T) {
	waits := map[time.Duration]int{}
	for range 3 {
		synctest.Test(t, func(t *testing.T) {
			listener := &failingListener{gives: 12, closed: make(chan struct{})}
			s := &http1.Server{HTTP: &http.Server{ErrorLog: log.New(io.Discard, "", 0)}}
			served := make(chan error, 1)
			go func() { served <- s.Serve(listener) }()
			time.Sleep(10 * time.Second)
			synctest.Wait()
			for i, milliseconds := range []int{5, 10, 20, 40, 80, 160, 320, 640, 800, 800, 800, 0, 5, 10} {
				wait := listener.asked[i+1].Sub(listener.asked[i])
				waits[wait]++
				if around := time.Duration(milliseconds) * time.Millisecond; wait < around*3/4 || wait > around*5/4+1 {
					t.Errorf("wait %d is %v, want about %v", i, wait, around)
				}
			}
			// A stop ends the wait.
			stopped := time.Now()
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if err := <-served; !errors.Is(err, http.ErrServerClosed) || !time.Now().Equal(stopped) {
				t.Errorf("ended with %v after %v", err, time.Since(stopped))
			}
		})
	}
	if len(waits) < 30 {
		t.Errorf("the waits of three servers are %v: all would come back at once", waits)
	}
}
