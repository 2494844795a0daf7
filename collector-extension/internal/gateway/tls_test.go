package gateway_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/interop"

	testpb "google.golang.org/grpc/interop/grpc_testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// overTLS makes the gateway listen with TLS, with the certificate of httptest.
func overTLS(t *testing.T) change {
	t.Helper()
	lender := httptest.NewTLSServer(nil)
	defer lender.Close()
	certificate := lender.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	write := func(name, kind string, bytes []byte) string {
		file := filepath.Join(directory, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	config := configtls.NewDefaultServerConfig()
	config.CertFile, config.KeyFile = write("cert.pem", "CERTIFICATE", certificate.Certificate[0]), write("key.pem", "PRIVATE KEY", key)
	return func(_ *gateway.Options, s *confighttp.ServerConfig) { s.TLS = configoptional.Some(config) }
}

// inBoth tests gateways that listen without TLS and with it, which must not differ.
func inBoth(t *testing.T, test func(*testing.T, change)) {
	t.Run("clear", func(t *testing.T) { test(t, func(*gateway.Options, *confighttp.ServerConfig) {}) })
	t.Run("TLS", func(t *testing.T) { test(t, overTLS(t)) })
}

// dial connects to the gateway, with a handshake where it listens with TLS, which chooses no protocol.
func (g *running) dial(t *testing.T) net.Conn {
	t.Helper()
	conn := dial(t, g.Addr)
	if !g.secure {
		return conn
	}
	secured := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	if err := secured.Handshake(); err != nil {
		t.Fatal(err)
	}
	return secured
}

// dialTLS sends a request of HTTP/1.1 over TLS.
func dialTLS(t *testing.T, address, request string) io.Reader {
	t.Helper()
	conn := tls.Client(dial(t, address), &tls.Config{InsecureSkipVerify: true})
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn
}

func isReset(err error) bool { return errors.Is(err, syscall.ECONNRESET) }

func TestWebSocketsWorkOverTLS(t *testing.T) {
	url, _ := echoServer(t, websocket.CompressionContextTakeover)
	g := serve(t, url, overTLS(t))
	conn, _, err := websocket.Dial(t.Context(), "wss://"+g.Addr, &websocket.DialOptions{CompressionMode: websocket.CompressionContextTakeover, HTTPClient: client(t, false)})
	if err != nil {
		t.Fatal(err)
	}
	for _, message := range []string{"hello", strings.Repeat("x", 20_000)} {
		if got := talk(t, conn, websocket.MessageText, message); got != message {
			t.Errorf("got %d bytes", len(got))
		}
	}
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
	if r := g.next(t); r.Protocol != recording.WebSocket || len(r.Messages) < 4 {
		t.Errorf("recorded %s with %d messages", r.Protocol, len(r.Messages))
	}
}

func TestGRPCWorksOverTLS(t *testing.T) {
	server := grpc.NewServer()
	testpb.RegisterTestServiceServer(server, interop.NewTestServer())
	g := serve(t, serveGRPC(t, server), overTLS(t))
	conn, err := grpc.NewClient(g.Addr, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{InsecureSkipVerify: true})))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tester := testpb.NewTestServiceClient(conn)
	interop.DoLargeUnaryCall(t.Context(), tester)
	interop.DoPingPong(t.Context(), tester)
	if r := g.next(t); r.Protocol != recording.GRPC || r.HTTPVersion != "HTTP/2.0" {
		t.Errorf("recorded %s over %s", r.Protocol, r.HTTPVersion)
	}
}

func TestUpstreamsWithTLSAreSpokenToInWhatTheyChoose(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/socket" {
			_, _ = io.WriteString(w, r.Proto)
			return
		}
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
		if err != nil {
			return
		}
		defer conn.CloseNow()
		_ = conn.Write(r.Context(), websocket.MessageText, []byte(r.Proto))
		_, _, _ = conn.Read(r.Context())
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	for name, test := range map[string]struct {
		attempt bool
		proto   string
	}{"HTTP/2": {true, "HTTP/2.0"}, "HTTP/1.1 only": {false, "HTTP/1.1"}} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, s.URL, func(o *gateway.Options, _ *confighttp.ServerConfig) {
				c := confighttp.NewDefaultClientConfig()
				c.Endpoint, c.TLS.InsecureSkipVerify, c.ForceAttemptHTTP2 = s.URL, true, test.attempt
				transport, err := gateway.NewTransport(t.Context(), c, nil)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(transport.Close)
				o.Transport = transport
			})
			for range 2 {
				if got := do(t, client(t, false), request(t, "GET", g.URL+"/", "")); string(got.Body) != test.proto {
					t.Errorf("the upstream was asked in %s, want %s", got.Body, test.proto)
				}
				conn, _, err := websocket.Dial(t.Context(), "ws://"+g.Addr+"/socket", nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, message, err := conn.Read(t.Context()); err != nil || string(message) != "HTTP/1.1" {
					t.Errorf("the WebSocket was opened in %s, %v", message, err)
				}
				if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
