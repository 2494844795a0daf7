package mockforgeextension

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What is no request has no exchange, but is counted.
func TestWhatIsRefusedBeforeThereIsAnExchangeIsCounted(t *testing.T) {
	upstream, _ := seen(t)
	c := config(t, upstream)
	c.Gateways[0].Server.ReadHeaderTimeout = 5 * time.Second
	start(t, c)
	entry := c.Gateways[0].Server.NetAddr.Endpoint
	head := " HTTP/1.1\r\nHost: h\r\n"
	for sent, status := range map[string]string{
		"GET /a b" + head + "\r\n":                                   "400",
		"GET /" + head + "Content-Length: 1, 2\r\n\r\n":              "400",
		"GET / HTTP/1.1\r\n\r\n":                                     "400",
		"GET / HTTP/3.0\r\nHost: h\r\n\r\n":                          "505",
		"GET /" + head + "Expect: a miracle\r\n\r\n":                 "417",
		"GET /" + head + "Transfer-Encoding: novel, chunked\r\n\r\n": "501",
		"GET /" + head + "X: " + strings.Repeat("x", 2<<20):          "431",
		"GET /" + head + "X: it never":                               "408",
		"GET /fine" + head + "Connection: close\r\n\r\n":             "200",
	} {
		conn, err := net.Dial("tcp", entry)
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.WriteString(conn, sent) }()
		answer := make([]byte, 12)
		if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "HTTP/1.1 "+status {
			t.Errorf("%.60q is answered %q (%v), want %s", sent, answer, err, status)
		}
		conn.Close()
	}
	response, err := http.Get("http://" + c.Prometheus.Endpoint + c.Prometheus.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	metrics, _ := io.ReadAll(response.Body)
	http.DefaultClient.CloseIdleConnections()
	for by, counts := range map[string]map[string]int{
		"client": {"malformed": 3, "unsupported": 3, "timeout": 1},
		"limit":  {"too_large": 1},
	} {
		all := 0
		for kind, n := range counts {
			all += n
			if line := fmt.Sprintf("mockforge_failures_total{failed_by=%q,failure_kind=%q,gateway=\"shop\",protocol=\"http\"} %d\n", by, kind, n); !strings.Contains(string(metrics), line) {
				t.Errorf("metrics lack %s", line)
			}
		}
		if line := fmt.Sprintf("mockforge_errors_total{gateway=\"shop\",kind=%q,origin=%q,protocol=\"http\"} %d\n", by, by, all); !strings.Contains(string(metrics), line) {
			t.Errorf("metrics lack %s", line)
		}
	}
}
