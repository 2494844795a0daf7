package websocket

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
)

// connected returns the two ends of a connection of TCP.
func connected(t *testing.T) (ours, theirs *net.TCPConn) {
	t.Helper()
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.DialTCP("tcp", nil, listener.Addr().(*net.TCPAddr))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err = listener.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); theirs.Close() })
	return conn, theirs
}

// The cause says why a relay has ended, and both sides have heard of it.
func TestTheCauseSaysWhyARelayEnded(t *testing.T) {
	errStop := errors.New("stop")
	closed, violation := (*ClosedError)(nil), (*ViolationError)(nil)
	for name, test := range map[string]struct {
		do func(r *Relay, stop context.CancelCauseFunc, client, upstream *net.TCPConn)
		is func(error) bool
		// client and upstream are what these get, code is what is noted.
		client, upstream string
		code             int
	}{
		"both end": {
			func(_ *Relay, _ context.CancelCauseFunc, client, upstream *net.TCPConn) {
				_, _ = client.CloseWrite(), upstream.CloseWrite()
			},
			func(err error) bool { return errors.Is(err, errDone) }, "", "", CloseAbnormal,
		},
		"the client closes": {
			func(_ *Relay, _ context.CancelCauseFunc, client, upstream *net.TCPConn) {
				_, _ = io.WriteString(client, "\x88\x82\x00\x00\x00\x00\x03\xe8")
				_, _ = client.CloseWrite(), upstream.CloseWrite()
			},
			func(err error) bool { return errors.Is(err, errDone) }, "", "\x88\x82\x00\x00\x00\x00\x03\xe8", 1000,
		},
		"closed": {
			func(r *Relay, _ context.CancelCauseFunc, client, upstream *net.TCPConn) {
				r.Close(CloseGoingAway)
				_, _ = client.CloseWrite(), upstream.CloseWrite()
			},
			func(err error) bool { return errors.As(err, &closed) && closed.Code == CloseGoingAway }, "\x88\x02\x03\xe9", "", CloseGoingAway,
		},
		"the client breaks the protocol": {
			func(_ *Relay, _ context.CancelCauseFunc, client, _ *net.TCPConn) {
				_, _ = io.WriteString(client, "\x81\x02hi")
				_ = client.CloseWrite()
			},
			func(err error) bool {
				return errors.As(err, &violation) && violation.By == Client && violation.Problem == Protocol
			},
			"\x88\x02\x03\xea", "\x88\x82Mock\x4e\x85", closeProtocol,
		},
		"the upstream sends too much": {
			func(_ *Relay, _ context.CancelCauseFunc, _, upstream *net.TCPConn) {
				_, _ = io.WriteString(upstream, "\x81\x02hi\x82\x7f\x00\x00\x00\x00\x7f\x00\x00\x00")
				_ = upstream.CloseWrite()
			},
			func(err error) bool {
				return errors.As(err, &violation) && violation.By == Upstream && violation.Problem == TooLarge
			},
			"\x81\x02hi\x88\x02\x03\xf1", "\x88\x82Mock\x4e\x9e", closeTooBig,
		},
		"the context ends": {
			func(_ *Relay, stop context.CancelCauseFunc, _, _ *net.TCPConn) { stop(errStop) },
			func(err error) bool { return errors.Is(err, errStop) }, "", "", CloseAbnormal,
		},
		"it is ended": {
			func(r *Relay, _ context.CancelCauseFunc, _, _ *net.TCPConn) { r.End(errStop) },
			func(err error) bool { return errors.Is(err, errStop) }, "", "", CloseAbnormal,
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, ours := connected(t)
			upstream, theirs := connected(t)
			r := New(Options{Client: ours, Upstream: theirs, MaxMessage: 1000, Answer: http.Header{"Sec-Websocket-Accept": {"x"}}})
			ctx, stop := context.WithCancelCause(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- r.Run(ctx) }()
			test.do(r, stop, client, upstream)
			for who, conn := range map[string]struct {
				*net.TCPConn
				want string
			}{"client": {client, test.client}, "upstream": {upstream, test.upstream}} {
				if got, err := io.ReadAll(conn); err != nil || string(got) != conn.want {
					t.Errorf("the %s got %q (%v), want %q", who, got, err, conn.want)
				}
			}
			if err := <-ended; !test.is(err) || !test.is(r.Cause()) {
				t.Errorf("ended for %v", err)
			}
			if r.Code() != test.code {
				t.Errorf("closed with %d, want %d", r.Code(), test.code)
			}
			stop(nil)
		})
	}
}
