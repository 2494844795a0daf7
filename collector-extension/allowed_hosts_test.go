package mockforgeextension

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// rawly sends a request as it is written over a connection of its own, and returns the answer.
func rawly(t *testing.T, address, request string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprint(conn, request); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// TestAPageThatHasReboundItsNameGetsNothing sends what a browser sends for such a page: Host and Origin are its own.
func TestAPageThatHasReboundItsNameGetsNothing(t *testing.T) {
	c := config(t, shop(t))
	c.Control.AllowedHosts, c.Prometheus.AllowedHosts = []string{"collector", "*.mockforge.example"}, []string{"metrics"}
	start(t, c)
	control, metrics := c.Control.NetAddr.Endpoint, c.Prometheus.Endpoint
	_, port, err := net.SplitHostPort(control)
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]int{}
	for _, test := range []struct {
		address, line, host string
		status              int
	}{
		{control, "GET /scenarios/mode HTTP/1.1", "evil.example:" + port, 421},
		{control, "PUT /scenarios/mode HTTP/1.1", "evil.example:" + port, 421},
		{control, "POST /scenarios/stop HTTP/1.1", "evil.example", 421},
		{control, "GET /instances HTTP/1.1", "rebound.evil.example", 421},
		{control, "GET /openapi.yaml HTTP/1.1", "localhost.evil.example", 421},
		{control, "GET /no/such/path HTTP/1.1", "evil.example", 421},
		{control, "OPTIONS /scenarios/mode HTTP/1.1", "evil.example", 421},
		{control, "OPTIONS * HTTP/1.1", "evil.example", 421},
		{control, "GET http://evil.example/scenarios/mode HTTP/1.1", "localhost", 421},
		{control, "GET http://evil.example@localhost/scenarios/mode HTTP/1.1", "evil.example", 200}, // its authority is localhost
		{control, "GET http://localhost@evil.example/scenarios/mode HTTP/1.1", "localhost", 421},
		{control, "CONNECT evil.example:443 HTTP/1.1", "evil.example:443", 405},
		{control, "CONNECT " + control + " HTTP/1.1", control, 405},
		{control, "GET /scenarios/mode HTTP/1.1", "localhost\r\nHost: evil.example", 400},
		{control, "GET /scenarios/mode HTTP/1.1", "localhost@evil.example", 400},
		{control, "GET /scenarios/mode HTTP/1.0", "evil.example", 421},
		{control, "GET /scenarios/mode HTTP/1.1", control, 200},
		{control, "GET /scenarios/mode HTTP/1.1", "LocalHost.", 200},
		{control, "GET /scenarios/mode HTTP/1.1", "[::1]:1", 200},
		{control, "GET /scenarios/mode HTTP/1.1", "collector:4600", 200},
		{control, "GET /scenarios/mode HTTP/1.1", "eu.mockforge.example", 200},
		{control, "GET /scenarios/mode HTTP/1.1", "metrics", 421},
		{metrics, "GET /metrics HTTP/1.1", "evil.example", 421},
		{metrics, "GET /metrics HTTP/1.1", "collector", 421},
		{metrics, "CONNECT evil.example:443 HTTP/1.1", "evil.example:443", 405},
		{metrics, "GET /metrics HTTP/1.1", "metrics:9464", 200},
		{metrics, "GET /metrics HTTP/1.1", metrics, 200},
	} {
		origin, _, _ := strings.Cut(test.host, "\r")
		request := test.line + "\r\nHost: " + test.host + "\r\nOrigin: http://" + origin + "\r\nX-Forwarded-Host: localhost\r\nContent-Length: 0\r\n\r\n"
		if response := rawly(t, test.address, request); response.StatusCode != test.status {
			t.Errorf("%q: %s, want %d", request, response.Status, test.status)
		}
		if test.status == 421 {
			refused[test.address]++
		}
	}
	_, counted := get(t, "http://"+metrics+"/metrics")
	for endpoint, address := range map[string]string{"control": control, "prometheus": metrics} {
		if line := fmt.Sprintf("mockforge_misdirected_requests_total{endpoint=%q} %d\n", endpoint, refused[address]); !strings.Contains(counted, line) {
			t.Errorf("there is no %q in the metrics", line)
		}
	}
	if response := rawly(t, control, "GET /scenarios/mode HTTP/1.0\r\n\r\n"); response.StatusCode != 421 {
		t.Errorf("a request without Host: %s", response.Status)
	}
	if status, body := get(t, "http://"+control+"/scenarios/mode"); status != 200 || !strings.Contains(body, `"version":0`) {
		t.Errorf("the scenario was changed: %d %s", status, body)
	}
	for host, want := range map[string]int{"evil.example": 421, "collector": 101, control: 101} {
		conn, response, err := websocket.Dial(t.Context(), "ws://"+control+"/ws/metrics", &websocket.DialOptions{
			Host: host, HTTPHeader: http.Header{"Origin": {"http://" + host}},
		})
		if response == nil || response.StatusCode != want {
			t.Errorf("a WebSocket of a page of %s: %v %v", host, response, err)
		}
		if conn != nil {
			_ = conn.CloseNow()
		}
	}
	// Another site's page is kept out by its Origin as ever.
	_, response, _ := websocket.Dial(t.Context(), "ws://"+control+"/ws/metrics", &websocket.DialOptions{
		HTTPHeader: http.Header{"Origin": {"http://evil.example"}},
	})
	if response == nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("a WebSocket of another site's page: %v", response)
	}
}
