package http1_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// certificate returns one for loopback.
func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	lender := httptest.NewTLSServer(nil)
	defer lender.Close()
	return lender.TLS.Certificates[0]
}

// serveTLS returns serve with TLS, whose clients may choose HTTP/2.
func serveTLS(t testing.TB, handler http.HandlerFunc, changes ...func(*http.Server)) *running {
	t.Helper()
	return serveTLSWith(t, &tls.Config{Certificates: []tls.Certificate{certificate(t)}, NextProtos: []string{"h2", "http/1.1"}}, handler, changes...)
}

func serveTLSWith(t testing.TB, config *tls.Config, handler http.HandlerFunc, changes ...func(*http.Server)) *running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := serveOn(t, tls.NewListener(listener, config), handler, changes...)
	s.secure = true
	return s
}

// unlinger has the end of a connection reset it.
func unlinger(t testing.TB, c net.Conn) {
	t.Helper()
	if secured, ok := c.(*tls.Conn); ok {
		c = secured.NetConn()
	}
	if err := c.(*net.TCPConn).SetLinger(0); err != nil {
		t.Error(err)
	}
}

// A client of TLS chooses the version by ALPN (RFC 7301); one that chooses nothing gets HTTP/1.1.
func TestTheVersionIsAgreedOnInTheHandshake(t *testing.T) {
	s := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %v %s", r.Proto, r.TLS.NegotiatedProtocol, r.TLS.HandshakeComplete, r.TLS.ServerName)
	})
	for chosen, want := range map[string]string{"h2": "HTTP/2.0 h2 true shop.test", "http/1.1": "HTTP/1.1 http/1.1 true shop.test", "": "HTTP/1.1  true shop.test"} {
		config := &tls.Config{InsecureSkipVerify: true, ServerName: "shop.test"}
		if chosen != "" {
			config.NextProtos = []string{chosen}
		}
		protocols := new(http.Protocols)
		protocols.SetHTTP1(chosen != "h2")
		protocols.SetHTTP2(chosen == "h2")
		transport := &http.Transport{TLSClientConfig: config, Protocols: protocols}
		for range 2 {
			request, err := http.NewRequestWithContext(t.Context(), "GET", "https://"+s.address, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := transport.RoundTrip(request)
			if err != nil {
				t.Fatalf("%q: %v", chosen, err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			if err != nil || string(body) != want {
				t.Errorf("%q: got %q (%v), want %q", chosen, body, err, want)
			}
		}
		transport.CloseIdleConnections()
	}
}

// The preface of HTTP/2 is no request of a client that has agreed on HTTP/1.1, or on nothing.
func TestNoHTTP2IsSpokenThatWasNotAgreedOn(t *testing.T) {
	s := serveTLS(t, func(http.ResponseWriter, *http.Request) { t.Error("a request") })
	if got := s.talk(t, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 505 ") && !strings.HasPrefix(got, "HTTP/1.1 400 ") {
		t.Errorf("got %q", got)
	}
}

// The certificate of a client is the handler's to see, for each request of the connection.
func TestTheCertificateOfAClientIsShown(t *testing.T) {
	own := certificate(t)
	s := serveTLSWith(t, &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAnyClientCert}, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, len(r.TLS.PeerCertificates))
	})
	with := tls.Client(s.dialSocket(t), &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{own}})
	reader := bufio.NewReader(with)
	for range 2 {
		if _, body := asks(t, with, reader, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"); body != "1" {
			t.Errorf("got %q certificates", body)
		}
	}
	without := tls.Client(s.dialSocket(t), &tls.Config{InsecureSkipVerify: true})
	_, _ = io.WriteString(without, last)
	if got, err := io.ReadAll(without); err == nil {
		t.Errorf("without a certificate: got %q", got)
	}
}

func TestHandshakesThatFail(t *testing.T) {
	const soon = 20 * time.Millisecond
	for name, test := range map[string]struct {
		sent, want, logged string
		limit              func(*http.Server)
	}{
		"a request without TLS": {"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n", "", nil},
		"another protocol":      {"SSH-2.0-x\r\n", "", "TLS handshake error from", nil},
		"nothing in time":       {"", "", "i/o timeout", func(s *http.Server) { s.ReadHeaderTimeout = soon }},
		"half a record in time": {"\x16\x03\x01\x02\x00\x01", "", "i/o timeout", func(s *http.Server) { s.WriteTimeout = soon }},
	} {
		t.Run(name, func(t *testing.T) {
			closed := make(chan struct{})
			s := serveTLS(t, func(http.ResponseWriter, *http.Request) { t.Error("a request") }, func(s *http.Server) {
				if test.limit != nil {
					test.limit(s)
				}
				s.ConnState = func(_ net.Conn, state http.ConnState) {
					if state == http.StateClosed {
						close(closed)
					}
				}
			})
			c := s.dialSocket(t)
			_, _ = io.WriteString(c, test.sent)
			got, _ := io.ReadAll(c) // A record of TLS that says what was wrong, or a reset, may come instead.
			wait(t, "the end of the connection", closed)
			if test.want != "" && string(got) != test.want {
				t.Errorf("got %q", got)
			}
			if logged := s.logged.String(); !strings.Contains(logged, test.logged) || test.logged == "" && logged != "" {
				t.Errorf("logged %q", logged)
			}
		})
	}
}

// Shutdown does not wait for handshakes, and says nothing of them; idle connections end with a goodbye.
func TestShutdownEndsHandshakes(t *testing.T) {
	accepted := make(chan struct{}, 2)
	s := serveTLS(t, func(http.ResponseWriter, *http.Request) {}, func(s *http.Server) {
		s.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				accepted <- struct{}{}
			}
		}
	})
	shaking, resting := s.dialSocket(t), s.dial(t)
	wait(t, "a connection", accepted)
	wait(t, "the other one", accepted)
	reader := bufio.NewReader(resting)
	asks(t, resting, reader, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(shaking); len(got) > 0 || err != nil {
		t.Errorf("the one without a handshake got %q (%v)", got, err)
	}
	if _, err := reader.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the idle one: %v", err)
	}
	if logged := s.logged.String(); logged != "" {
		t.Errorf("logged %q", logged)
	}
}

// An answer whose end is the connection's is whole only behind a goodbye of TLS (RFC 8446 section 6.1).
func TestTheEndOfAnAnswerIsTold(t *testing.T) {
	s := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "body")
		w.(http.Flusher).Flush()
		if r.URL.Path == "/aborts" {
			panic(http.ErrAbortHandler)
		}
	})
	for path, told := range map[string]bool{"/ends": true, "/aborts": false} {
		kept := &keptConn{Conn: s.dialSocket(t)}
		c := tls.Client(kept, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13})
		_, _ = io.WriteString(c, "GET "+path+" HTTP/1.0\r\n\r\n")
		if got, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(got), "\r\n\r\nbody") {
			t.Errorf("%s: got %q (%v)", path, got, err)
		}
		// Two bytes of an alert, one with its kind, and 16 that authenticate them.
		if last := kept.lastRecord(); (last == 2+1+16) != told {
			t.Errorf("%s: the last record has %d bytes", path, last)
		}
	}
}

// keptConn keeps what was read.
type keptConn struct {
	net.Conn
	read []byte
}

func (c *keptConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read = append(c.read, p[:n]...)
	return n, err
}

// lastRecord returns the length of the last record of TLS that was read.
func (c *keptConn) lastRecord() (length int) {
	for rest := c.read; len(rest) > 5; rest = rest[min(len(rest), 5+length):] {
		length = int(binary.BigEndian.Uint16(rest[3:]))
	}
	return length
}
