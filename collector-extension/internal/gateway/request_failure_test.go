package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/mock"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// reading returns an upstream that reads bodies to their end before it answers, and tells how that went.
func reading(t *testing.T) (url string, read <-chan error) {
	ended := make(chan error, 10)
	return upstream(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		ended <- err
	}).URL, ended
}

func chunked(body string) string {
	return "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body
}

func TestAMalformedBodyIsTheClientsFailure(t *testing.T) {
	for name, body := range map[string]string{
		"a chunk longer than it says (the issue)": "2\r\nhello\r\n0\r\n\r\n",
		"a size that is no number":                "5\r\nhello\r\nzz\r\nhello\r\n0\r\n\r\n",
		"a signed size":                           "-5\r\nhello\r\n0\r\n\r\n",
		"no size":                                 "\r\nhello\r\n0\r\n\r\n",
		"a size beyond 64 bits":                   "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
		"no end of line behind a chunk":           "5\r\nhello5\r\nhello\r\n0\r\n\r\n",
		"a very long line":                        "5;" + strings.Repeat("x", 10_000) + "\r\nhello\r\n0\r\n\r\n",
		"a trailer that is none":                  "5\r\nhello\r\n0\r\nX Y\r\n\r\n",
		"a trailer that is too large":             "5\r\nhello\r\n0\r\nX: " + strings.Repeat("x", 100_000) + "\r\n\r\n",
	} {
		for how, changes := range map[string][]change{
			"": nil, "behind a delay": {latency(10)},
			"of GraphQL": {func(o *gateway.Options, _ *confighttp.ServerConfig) {
				o.Route = func(_, path string) string { return path }
			}},
			"for a mock": {func(o *gateway.Options, _ *confighttp.ServerConfig) {
				o.Mocks = []mock.Definition{{Name: "m", Path: "/a", Template: true, Response: mock.Response{Body: "{{ .Body }}"}}}
			}},
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				url, read := reading(t)
				g := serve(t, url, changes...)
				conn := dial(t, g.Addr)
				message := chunked(body)
				if how == "of GraphQL" {
					message = strings.Replace(message, "/a ", "/graphql ", 1)
				}
				fmt.Fprint(conn, message+"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
				buffered := bufio.NewReader(conn)
				response, err := http.ReadResponse(buffered, nil)
				if err != nil {
					t.Fatal(err)
				}
				text, _ := io.ReadAll(response.Body)
				if response.StatusCode != http.StatusBadRequest && how != "of GraphQL" || !response.Close || !strings.Contains(string(text), "malformed") {
					t.Errorf("answered %d %q, closes %t", response.StatusCode, text, response.Close)
				}
				if rest, _ := io.ReadAll(buffered); len(rest) > 0 {
					t.Errorf("behind the answer comes %q", rest)
				}
				r := g.next(t)
				if outcome := telemetry.OutcomeOf(r); r.Failure != "client's request body is malformed" || outcome.OrganicError {
					t.Errorf("recorded %q, outcome %+v", r.Failure, outcome)
				}
				if r.MockMatched != "" {
					return
				}
				select { // The upstream may not have been asked at all; if it was, then not for the whole of it.
				case err := <-read:
					if err == nil {
						t.Error("the upstream got a whole body")
					}
				case <-g.recordings:
					t.Error("there was another exchange")
				case <-time.After(50 * time.Millisecond):
				}
			})
		}
	}
}

func TestABodyThatEndsEarlyIsAnAbortOfTheClient(t *testing.T) {
	for name, message := range map[string]string{
		"within a chunk":          chunked("5\r\nhel"),
		"between chunks":          chunked("5\r\nhello\r\n"),
		"within trailers":         chunked("5\r\nhello\r\n0\r\nX: y\r\n"),
		"before its length":       "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello",
		"before its length, idle": "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n",
	} {
		for _, half := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, half %t", name, half), func(t *testing.T) {
				url, read := reading(t)
				g := serve(t, url)
				conn := dial(t, g.Addr)
				fmt.Fprint(conn, message)
				if half {
					_ = conn.(*net.TCPConn).CloseWrite()
				} else {
					_ = conn.Close()
				}
				r := g.next(t)
				if outcome := telemetry.OutcomeOf(r); r.Failure != "client aborted" || outcome.OrganicError || r.ResponseStatus != 0 {
					t.Errorf("recorded %q, status %d, outcome %+v", r.Failure, r.ResponseStatus, outcome)
				}
				if half {
					if rest, _ := io.ReadAll(conn); len(rest) > 0 {
						t.Errorf("answered %q", rest)
					}
				}
				select {
				case err := <-read:
					if err == nil {
						t.Error("the upstream got a whole body")
					}
				case <-time.After(50 * time.Millisecond): // It was not asked.
				}
			})
		}
	}
}

func TestABodyThatComesTooSlowlyIsTheClientsFailure(t *testing.T) {
	url, _ := reading(t)
	g := serve(t, url, func(_ *gateway.Options, c *confighttp.ServerConfig) { c.ReadTimeout = 100 * time.Millisecond })
	conn := dial(t, g.Addr)
	fmt.Fprint(conn, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello")
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if r := g.next(t); response.StatusCode != http.StatusRequestTimeout || !response.Close || r.Failure != "client's request body did not come in time" || telemetry.OutcomeOf(r).OrganicError {
		t.Errorf("answered %d, recorded %q", response.StatusCode, r.Failure)
	}
}

// An answer that has begun is broken off for what the client did, not for what its upstream did.
func TestAnAnswerThatHasBegunEndsWithAMalformedBody(t *testing.T) {
	begun := make(chan struct{})
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		_, _ = io.WriteString(w, "part")
		_ = http.NewResponseController(w).Flush()
		close(begun)
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	g := serve(t, u.URL, inForce(scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}))
	conn := dial(t, g.Addr)
	fmt.Fprint(conn, chunked("5\r\nhello\r\n"))
	<-begun
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	fmt.Fprint(conn, "zz\r\n")
	if text, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("got a whole answer: %q", text)
	}
	if r := g.next(t); r.Failure != "client's request body is malformed" {
		t.Errorf("recorded %q", r.Failure)
	}
}
