package upstream_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
)

// An answer that nobody has asked for, which came with one that somebody did, is not taken for the next one's, however soon that is.
func TestAnUnaskedAnswerIsNobodys(t *testing.T) {
	s := serve(t, func(_ int, c net.Conn, r *bufio.Reader) {
		for {
			r, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			own := "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + r.URL.Path
			say(c, own+"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL")
		}
	})
	transport := newTransport(t, upstream.Options{})
	for i := range 50 {
		path := fmt.Sprintf("/%03d", i)
		if _, got := whole(t, transport, request(t, http.MethodGet, s.url()+path, nil)); got != path {
			t.Fatalf("%s is answered with %q", path, got)
		}
	}
}

// An upstream that closes what it keeps costs requests that can be sent again no answer, and others get no such connection.
func TestRequestsOfAllKindsSurviveAnUpstreamThatCloses(t *testing.T) {
	s := serve(t, closing)
	transport := newTransport(t, upstream.Options{})
	for i := range 100 {
		method := http.MethodGet
		if i > 10 && i%3 == 0 {
			method = http.MethodPost
		}
		whole(t, transport, request(t, method, s.url(), nil))
	}
}
