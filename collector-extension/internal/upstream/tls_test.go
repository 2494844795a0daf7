package upstream_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func TestAnAnswerThatEndsWithItsConnectionIsWholeOnlyWhereTheUpstreamSaysSo(t *testing.T) {
	for name, test := range map[string]struct {
		answer  string
		goodbye bool
		whole   bool
	}{
		"with a goodbye":              {"HTTP/1.1 200 OK\r\n\r\nall", true, true},
		"without":                     {"HTTP/1.1 200 OK\r\n\r\nall", false, false},
		"without, of HTTP/1.0":        {"HTTP/1.0 200 OK\r\n\r\nall", false, false},
		"without, of a known length":  {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nall", false, true},
		"without, in chunks":          {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nall\r\n0\r\n\r\n", false, true},
		"without, before it is whole": {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nall", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveTLS(t, nil, func(_ int, c net.Conn, r *bufio.Reader) {
				if _, err := readHead(r); err != nil {
					return
				}
				if say(c, test.answer); !test.goodbye {
					_ = tcp(c).Close()
				}
			})
			response, err := newTransport(t, upstream.Options{}).RoundTrip(request(t, http.MethodGet, s.url(), nil))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			content, err := io.ReadAll(response.Body)
			if string(content) != "all" || (err == nil) != test.whole || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("got %q and %v, want a whole one: %t", content, err, test.whole)
			}
		})
	}
}

// What TLS itself sends on an idle connection is no reason to give it up, as tickets in TLS 1.3; what ends it and what nobody asked for is.
func TestIdleConnectionsAreLookedAtThroughTLS(t *testing.T) {
	for name, test := range map[string]struct {
		version uint16
		after   func(net.Conn)
		kept    bool
	}{
		"tickets":                {tls.VersionTLS13, func(net.Conn) {}, true},
		"nothing":                {tls.VersionTLS12, func(net.Conn) {}, true},
		"a goodbye":              {tls.VersionTLS13, func(c net.Conn) { _ = c.(*tls.Conn).CloseWrite() }, false},
		"an end without goodbye": {tls.VersionTLS12, func(c net.Conn) { _ = tcp(c).CloseWrite() }, false},
		"an answer":              {tls.VersionTLS13, func(c net.Conn) { say(c, ok) }, false},
		"no TLS":                 {tls.VersionTLS13, func(c net.Conn) { say(tcp(c), ok) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			done := make(chan bool, 2)
			s := serveTLS(t, &tls.Config{MinVersion: test.version, MaxVersion: test.version}, func(_ int, c net.Conn, r *bufio.Reader) {
				for {
					if _, err := readHead(r); err != nil {
						return
					}
					say(c, ok)
					test.after(c)
					done <- true
				}
			})
			transport := newTransport(t, upstream.Options{})
			for range 2 {
				response, content := whole(t, transport, request(t, http.MethodPost, s.url(), nil))
				if response.StatusCode != 200 || content != "ok" || response.TLS == nil || response.TLS.Version != test.version {
					t.Errorf("got %s with %q", response.Status, content)
				}
				<-done
			}
			if want := map[bool]int{true: 1, false: 2}[test.kept]; s.opened() != want {
				t.Errorf("there were %d connections, want %d", s.opened(), want)
			}
		})
	}
}

// certificate makes one that signs itself.
func certificate(t *testing.T, name string, until time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: until.Add(-24 * time.Hour), NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IsCA: true, BasicConstraintsValid: true,
	}
	made, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(made)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{made}, PrivateKey: key, Leaf: leaf}
}

func TestAHandshakeThatFailsIsToldByItsCause(t *testing.T) {
	soon := time.Now().Add(time.Hour)
	answering := always(ok)
	silent := func(_ int, _ net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) }
	greeting := func(text string) func(int, net.Conn, *bufio.Reader) {
		return func(_ int, c net.Conn, r *bufio.Reader) {
			_, _ = r.ReadByte()
			say(c, text)
		}
	}
	clear := func(talk func(int, net.Conn, *bufio.Reader)) *server {
		s := serveFrom(t, func(c net.Conn) net.Conn { return c }, talk)
		s.scheme = "https://"
		return s
	}
	asking := func(version uint16) *server {
		return serveTLS(t, &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: version}, answering)
	}
	for name, test := range map[string]struct {
		*server
		config func(*tls.Config)
		kind   recording.FailureKind
		text   string
	}{
		"an authority that nobody knows": {serveTLS(t, nil, answering), func(c *tls.Config) { c.RootCAs = x509.NewCertPool() }, recording.FailureTLS, "upstream's certificate is of an authority that is not trusted"},
		"another host":                   {serveTLS(t, nil, answering), func(c *tls.Config) { c.ServerName = "shop.test" }, recording.FailureTLS, "upstream's certificate is for another host"},
		"expired":                        {serveTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate(t, "shop.test", time.Now().Add(-time.Hour))}}, answering), nil, recording.FailureTLS, "upstream's certificate has expired, or is not valid yet"},
		"not valid yet":                  {serveTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate(t, "shop.test", soon.Add(48*time.Hour))}}, answering), nil, recording.FailureTLS, "upstream's certificate has expired, or is not valid yet"},
		"plain HTTP":                     {clear(greeting("HTTP/1.1 400 Bad Request\r\n\r\n")), nil, recording.FailureTLS, "upstream does not speak TLS"},
		"garbage":                        {clear(greeting("SSH-2.0-OpenSSH_9.9\r\n")), nil, recording.FailureTLS, "upstream does not speak TLS"},
		"an older version":               {serveTLS(t, &tls.Config{MaxVersion: tls.VersionTLS12}, answering), func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 }, recording.FailureTLS, "upstream refused the TLS handshake"},
		"no certificate, TLS 1.3":        {asking(tls.VersionTLS13), nil, recording.FailureTLS, "upstream refused the TLS handshake"},
		"no certificate, TLS 1.2":        {asking(tls.VersionTLS12), nil, recording.FailureTLS, "upstream refused the TLS handshake"},
		"no protocol in common":          {serveTLS(t, &tls.Config{NextProtos: []string{"imap"}}, answering), nil, recording.FailureTLS, "upstream refused the TLS handshake"},
		"an end":                         {clear(func(_ int, _ net.Conn, r *bufio.Reader) { _, _ = r.ReadByte() }), nil, recording.FailureClosed, "upstream closed the connection before its answer"},
		"silence":                        {clear(silent), nil, recording.FailureTimeout, "upstream did not end the TLS handshake in time"},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			t.Run(name+" "+method, func(t *testing.T) {
				config := trusting(t)
				if test.config != nil {
					test.config(config)
				}
				options := upstream.Options{TLS: config, HTTP2: &http.HTTP2Config{}}
				if test.kind == recording.FailureTimeout {
					options.HandshakeTimeout = 10 * time.Millisecond
				}
				var body io.Reader
				if method == http.MethodPost {
					body = strings.NewReader(strings.Repeat("x", 100_000))
				}
				_, err := newTransport(t, options).RoundTrip(request(t, method, test.url(), body))
				if err == nil {
					t.Fatal("it was answered")
				}
				if f := exchange.OfUpstream(err, false); f.By != recording.ByUpstream || f.Kind != test.kind || !strings.HasPrefix(f.Text, test.text) {
					t.Errorf("%v is told as %+v, want %s: %s", err, f, test.kind, test.text)
				}
			})
		}
	}
}

func TestAHandshakeEndsWithItsContext(t *testing.T) {
	begun := make(chan struct{}, 1)
	s := serveFrom(t, func(c net.Conn) net.Conn { return c }, func(_ int, _ net.Conn, r *bufio.Reader) {
		_, _ = r.ReadByte()
		begun <- struct{}{}
		_, _ = io.Copy(io.Discard, r)
	})
	s.scheme = "https://"
	for _, options := range []upstream.Options{{}, {HTTP2: &http.HTTP2Config{}}} {
		cause := errors.New("given up")
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			<-begun
			cancel(cause)
		}()
		if _, err := newTransport(t, options).RoundTrip(request(t, http.MethodGet, s.url(), nil).WithContext(ctx)); !errors.Is(err, cause) {
			t.Errorf("got %v, want %v", err, cause)
		}
	}
}

func TestTheHandshakeSaysWhatIsConfigured(t *testing.T) {
	ours := certificate(t, "gateway.test", time.Now().Add(time.Hour))
	hellos := make(chan *tls.ClientHelloInfo, 1)
	lender, _ := lent()
	s := serveTLS(t, &tls.Config{
		ClientAuth: tls.RequireAnyClientCert, NextProtos: []string{"http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			hellos <- hello
			return &lender, nil
		},
		Certificates: []tls.Certificate{},
	}, func(_ int, c net.Conn, r *bufio.Reader) {
		if _, err := readHead(r); err == nil {
			name := c.(*tls.Conn).ConnectionState().PeerCertificates[0].Subject.CommonName
			say(c, "HTTP/1.1 200 "+name+"\r\nContent-Length: 0\r\n\r\n")
		}
	})
	config := trusting(t)
	config.ServerName = "example.com"
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &ours, nil }
	for name, test := range map[string]struct {
		options upstream.Options
		upgrade bool
		offers  string
	}{
		"HTTP/2":             {upstream.Options{HTTP2: &http.HTTP2Config{}}, false, "h2,http/1.1"},
		"an upgrade":         {upstream.Options{HTTP2: &http.HTTP2Config{}}, true, "http/1.1"},
		"HTTP/1.1 and no h2": {upstream.Options{}, false, "http/1.1"},
	} {
		test.options.TLS = config
		r := request(t, http.MethodGet, s.url(), nil)
		if test.upgrade {
			r.Header = http.Header{"Connection": {"keep-alive, Upgrade"}, "Upgrade": {"websocket"}}
		}
		response, _ := whole(t, newTransport(t, test.options), r)
		if response.Status != "200 gateway.test" {
			t.Errorf("%s: the upstream saw %q", name, response.Status)
		}
		if hello := <-hellos; hello.ServerName != "example.com" || strings.Join(hello.SupportedProtos, ",") != test.offers {
			t.Errorf("%s: got the name %q and %q, want %q", name, hello.ServerName, hello.SupportedProtos, test.offers)
		}
	}
}
