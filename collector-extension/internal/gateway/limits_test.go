package gateway_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/config/confighttp"
	"golang.org/x/net/http2"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
)

func TestConnectionsAboveTheLimitAreClosed(t *testing.T) {
	var turnedAway atomic.Int64
	u := upstream(t, func(http.ResponseWriter, *http.Request) {})
	g := serve(t, u.URL, func(o *gateway.Options, _ *confighttp.ServerConfig) {
		o.Limits.MaxConnections = 2
		o.TurnedAway = func() { turnedAway.Add(1) }
	})
	ask := func(conn net.Conn) (string, error) {
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: shop\r\n\r\n"); err != nil {
			return "", err
		}
		status := make([]byte, len("HTTP/1.1 200"))
		_, err := io.ReadFull(conn, status)
		return string(status), err
	}
	first, second := dial(t, g.Addr), dial(t, g.Addr)
	for _, conn := range []net.Conn{first, second} {
		if status, err := ask(conn); err != nil || status != "HTTP/1.1 200" {
			t.Fatalf("within the limit: %q (%v)", status, err)
		}
	}
	if status, err := ask(dial(t, g.Addr)); err == nil {
		t.Errorf("above the limit: %q", status)
	}
	if n := turnedAway.Load(); n != 1 {
		t.Errorf("%d connections were turned away", n)
	}
	first.Close()
	eventually(t, func() bool { return g.Active() < 2 })
	if status, err := ask(dial(t, g.Addr)); err != nil || status != "HTTP/1.1 200" {
		t.Errorf("when there is room again: %q (%v)", status, err)
	}
}

func TestHeadersThatAreTooLargeAreRefused(t *testing.T) {
	var asked atomic.Bool
	u := upstream(t, func(http.ResponseWriter, *http.Request) { asked.Store(true) })
	g := serve(t, u.URL, func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Limits.MaxHeaderBytes = 8 << 10 })
	for _, h2 := range []bool{false, true} {
		r := request(t, "GET", g.URL, "")
		r.Header.Set("X-Large", strings.Repeat("x", 16<<10))
		// HTTP/2 tells clients the limit beforehand, and this one keeps to it.
		response, err := client(t, h2).Do(r)
		if err == nil {
			response.Body.Close()
			if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("HTTP/2 %v: answered %d", h2, response.StatusCode)
			}
		} else if !h2 {
			t.Errorf("HTTP/1: %v", err)
		}
	}
	if asked.Load() {
		t.Error("the upstream was asked")
	}
}

func TestAnUpstreamsHeadersThatAreTooLargeAreRefused(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 40 {
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 32<<10))
		}
	})
	g := serve(t, u.URL)
	if got := do(t, client(t, false), request(t, "GET", g.URL, "")); got.Status != 502 {
		t.Errorf("answered %d", got.Status)
	}
	if r := g.next(t); r.ResponseStatus != 502 || r.Injected() {
		t.Errorf("recorded %+v", r)
	}
}

func TestClientsAreToldHowManyStreamsTheyMayHave(t *testing.T) {
	g := serve(t, "http://127.0.0.1:1", func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Limits.MaxStreams = 3 })
	conn := dial(t, g.Addr)
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	framer := http2.NewFramer(conn, conn)
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	frame, err := framer.ReadFrame()
	if err != nil {
		t.Fatal(err)
	}
	settings, ok := frame.(*http2.SettingsFrame)
	if !ok {
		t.Fatalf("the first frame is %v", frame)
	}
	if most, ok := settings.Value(http2.SettingMaxConcurrentStreams); !ok || most != 3 {
		t.Errorf("the limit is %d", most)
	}
}

// A client that sends its headers byte by byte must not hold a connection for ever (slowloris).
func TestHeadersThatDoNotComeAreNotWaitedForLong(t *testing.T) {
	g := serve(t, "http://127.0.0.1:1", func(_ *gateway.Options, c *confighttp.ServerConfig) { c.ReadHeaderTimeout = 20 * time.Millisecond })
	conn := dial(t, g.Addr)
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: shop\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) || strings.Contains(string(rest), "200") {
		t.Errorf("the connection is still open: %q (%v)", rest, err)
	}
}
