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

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
)

// targetsOf returns an upstream that tells the request lines it gets.
func targetsOf(t *testing.T) (address string, lines <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 100)
	var open sync.WaitGroup
	t.Cleanup(func() { listener.Close(); open.Wait() })
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer conn.Close()
				for r := bufio.NewReader(conn); ; {
					line, err := r.ReadString('\n')
					for next := ""; err == nil && next != "\r\n"; {
						next, err = r.ReadString('\n')
					}
					if err != nil {
						return
					}
					got <- strings.TrimSuffix(line, "\r\n")
					fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				}
			})
		}
	})
	return listener.Addr().String(), got
}

func TestTheTargetIsForwardedByteForByte(t *testing.T) {
	inBoth(t, testTheTargetIsForwardedByteForByte)
}

func testTheTargetIsForwardedByteForByte(t *testing.T, transport change) {
	address, lines := targetsOf(t)
	plain := serve(t, "http://"+address, transport)
	behind := serve(t, "http://"+address+"/base/?key=1", transport)
	for _, test := range []struct{ line, plain, behind string }{
		{"GET /", "/", "/base/?key=1"},
		{"GET /users/auth0|a%2Fb", "/users/auth0|a%2Fb", "/base/users/auth0|a%2Fb?key=1"},
		{"GET /a%252Fb", "/a%252Fb", "/base/a%252Fb?key=1"},
		{"GET /a/../b/./c//d/", "/a/../b/./c//d/", "/base/a/../b/./c//d/?key=1"},
		{"GET //double", "//double", "/base//double?key=1"},
		{"GET //double|bar", "//double|bar", "/base//double|bar?key=1"},
		{"GET /m;a=b/c?d=1;e=2", "/m;a=b/c?d=1;e=2", "/base/m;a=b/c?key=1&d=1;e=2"},
		{"GET /?b=2&a=1&flag&x=%FF&y=%20+&z=%2f", "/?b=2&a=1&flag&x=%FF&y=%20+&z=%2f", "/base/?key=1&b=2&a=1&flag&x=%FF&y=%20+&z=%2f"},
		{"GET /?pct=100%&k=v", "/?pct=100%&k=v", "/base/?key=1&pct=100%&k=v"},
		{"GET /?", "/?", "/base/?key=1"},
		{"GET /??x", "/??x", "/base/?key=1&?x"},
		{"GET /caf\xc3\xa9?q=\xe9", "/caf\xc3\xa9?q=\xe9", "/base/caf\xc3\xa9?key=1&q=\xe9"},
		{"GET /a{b}^`\"<>", "/a{b}^`\"<>", "/base/a{b}^`\"<>?key=1"},
		{"GET http://elsewhere.example/a|b?c", "/a|b?c", "/base/a|b?key=1&c"},
		{"GET http://elsewhere.example", "/", "/base/?key=1"},
		{"OPTIONS *", "*", "*"},
	} {
		method, _, _ := strings.Cut(test.line, " ")
		for _, through := range []struct {
			*running
			want string
		}{{plain, test.plain}, {behind, test.behind}} {
			conn := through.dial(t)
			fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n", test.line)
			answer, _ := io.ReadAll(conn)
			if !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") {
				t.Errorf("%s: got %q", test.line, answer)
				continue
			}
			if got, want := <-lines, method+" "+through.want+" HTTP/1.1"; got != want {
				t.Errorf("%s: the upstream got %q, want %q", test.line, got, want)
			}
		}
	}
}

func TestAPluginMayChangeTheTarget(t *testing.T) {
	address, lines := targetsOf(t)
	g := serve(t, "http://"+address, plugins(&executions{}, plugin("rewriter", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r = r.Clone(r.Context())
			r.URL.Path, r.URL.RawPath = "/changed", ""
			next.ServeHTTP(w, r)
		})
	})))
	do(t, client(t, false), request(t, http.MethodGet, g.URL+"/a%2Fb", ""))
	if got := <-lines; got != "GET /changed HTTP/1.1" {
		t.Errorf("the upstream got %q", got)
	}
}

// closing returns an upstream that answers one request of each connection and closes it, after it has read the body or
// without.
func closing(t *testing.T, drains bool, answer string) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				r, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				if drains {
					_, _ = io.Copy(io.Discard, r.Body)
				}
				fmt.Fprint(conn, answer)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// An upstream that closes each connection behind its answer, without having said so, must cost no request.
func TestAnUpstreamThatClosesItsConnectionsCostsNoRequest(t *testing.T) {
	url := closing(t, true, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	g := serve(t, url, func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Capture = nil })
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			client := client(t, false)
			for range 50 {
				response, err := client.Post(g.URL+"/orders", "application/json", strings.NewReader(`{"n":1}`))
				if err != nil {
					t.Error(err)
					return
				}
				response.Body.Close()
				if response.StatusCode != http.StatusOK {
					t.Errorf("got %d", response.StatusCode)
				}
			}
		})
	}
	clients.Wait()
}

// What an upstream says before it has taken all of a request is what the client gets.
func TestAnEarlyAnswerOfAnUpstreamThatClosesReachesTheClient(t *testing.T) {
	g := serve(t, closing(t, false, "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 7\r\n\r\ntoo big"))
	for range 20 {
		conn := dial(t, g.Addr)
		fmt.Fprint(conn, "POST /upload HTTP/1.1\r\nHost: shop\r\nContent-Length: 100000000\r\n\r\n")
		go func() { _, _ = io.Copy(conn, io.LimitReader(zeros{}, 100_000_000)) }()
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		conn.Close()
		if response.StatusCode != http.StatusRequestEntityTooLarge || string(body) != "too big" {
			t.Fatalf("got %s with %q", response.Status, body)
		}
	}
}
