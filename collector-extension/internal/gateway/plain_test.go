package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Exchanges are made in the memory of earlier ones: nothing of one may show in another, however they end.
func TestPlainExchangesDoNotMix(t *testing.T) {
	up := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Slow") != "" {
			select {
			case <-time.After(15 * time.Millisecond): // longer than a call is left unwatched
			case <-r.Context().Done():
			}
		}
		w.Header().Set("X-Id", r.Header.Get("X-Id"))
		if extra := r.Header["X-Extra"]; extra != nil {
			w.Header()["X-Extra"] = extra
		}
		switch r.Header.Get("X-Ends") {
		case "break":
			panic(http.ErrAbortHandler)
		case "chunks":
			for _, part := range strings.SplitAfter(r.RequestURI, "/") {
				_, _ = io.WriteString(w, part)
				_ = http.NewResponseController(w).Flush()
			}
			return
		}
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.RequestURI+string(body))
	})
	g := serve(t, up.URL, plainly, func(o *gateway.Options, _ *confighttp.ServerConfig) {
		o.Observe = func(*recording.Recording, bool) {}
	})
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			var conn net.Conn
			var reader *bufio.Reader
			for n := range 150 {
				if conn == nil {
					var err error
					if conn, err = net.Dial("tcp", g.Addr); err != nil {
						t.Error(err)
						return
					}
					_ = conn.SetDeadline(time.Now().Add(patience))
					reader = bufio.NewReader(conn)
				}
				id := fmt.Sprintf("%d-%d", i, n)
				request, body := fmt.Sprintf("GET /%s/x?q=%s HTTP/1.1\r\nHost: shop\r\nX-Id: %s\r\n", id, id, id), ""
				broken := false
				switch (i + n) % 7 {
				case 1:
					request += "X-Extra: 1\r\nX-Extra: " + id + "\r\n"
				case 2:
					request += "X-Ends: chunks\r\n"
				case 3:
					body = "body " + id
					request += fmt.Sprintf("Content-Length: %d\r\n", len(body))
				case 4:
					request, broken = request+"X-Ends: break\r\n", true
				case 5:
					request += "X-Slow: 1\r\n"
				}
				_, _ = io.WriteString(conn, request+"\r\n"+body)
				if (i+n)%11 == 10 {
					_ = conn.Close() // A client that leaves.
					conn = nil
					continue
				}
				response, err := http.ReadResponse(reader, nil)
				if err != nil {
					t.Errorf("%s: %v", id, err)
					return
				}
				content, err := io.ReadAll(response.Body)
				if broken {
					if response.StatusCode != http.StatusBadGateway {
						t.Errorf("%s: got %d for an upstream that broke off", id, response.StatusCode)
					}
					continue
				}
				want := "/" + id + "/x?q=" + id + body
				if err != nil || response.Header.Get("X-Id") != id || string(content) != want {
					t.Errorf("%s: got %v, %q, %v", id, response.Header, content, err)
				}
				if extra := response.Header["X-Extra"]; len(extra) > 0 != ((i+n)%7 == 1) || len(extra) > 0 && extra[1] != id {
					t.Errorf("%s: got the extra headers %q", id, extra)
				}
			}
			if conn != nil {
				_ = conn.Close()
			}
		})
	}
	clients.Wait()
}
