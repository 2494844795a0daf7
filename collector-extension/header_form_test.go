package mockforgeextension

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// heads returns an upstream that reads no more of HTTP than its lines. It tells the head of each request, and answers with what
// answer has for its path.
func heads(t *testing.T, secure bool, answer func(path string) string) (url string, got <-chan []string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	scheme := "http://"
	if secure {
		lender := httptest.NewTLSServer(nil)
		listener, scheme = tls.NewListener(listener, &tls.Config{Certificates: lender.TLS.Certificates}), "https://"
		lender.Close()
	}
	all := make(chan []string, 100)
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
					var lines []string
					for {
						line, err := r.ReadString('\n')
						if err != nil {
							return
						}
						if line == "\r\n" {
							break
						}
						lines = append(lines, strings.TrimSuffix(line, "\r\n"))
					}
					if slices.Contains(lines, "content-LENGTH: 2") {
						_, _ = io.ReadFull(r, make([]byte, 2))
					}
					all <- lines
					path := strings.Fields(lines[0])[1]
					_, _ = io.WriteString(conn, answer(path))
				}
			})
		}
	})
	return scheme + listener.Addr().String(), all
}

var changing = regexp.MustCompile(`^(traceparent|Traceparent|X-Mockforge-Replay): .*`)

// TestHeadersAreRecordedReplayedAndComparedAsTheyWereSent goes all the way: raw sockets on both sides, the gateway, PostgreSQL, replays
// that the collector takes from there.
func TestHeadersAreRecordedReplayedAndComparedAsTheyWereSent(t *testing.T) {
	t.Run("clear", func(t *testing.T) { testHeadersAreRecordedReplayedAndComparedAsTheyWereSent(t, false) })
	t.Run("TLS", func(t *testing.T) { testHeadersAreRecordedReplayedAndComparedAsTheyWereSent(t, true) })
}

func testHeadersAreRecordedReplayedAndComparedAsTheyWereSent(t *testing.T, secure bool) {
	const name = "X-aNSWER: Jos\xe9"
	const answerHead = "x-b: 1\r\n" + name + "\r\nX-b: 2\r\nContent-length: 2\r\nCONTENT-type: text/plain\r\nx-UTF: Jos\xc3\xa9\r\nset-cookie: a=b; Path=/\r\n"
	var mu sync.Mutex
	otherwise := false
	address, got := heads(t, secure, func(path string) string {
		mu.Lock()
		defer mu.Unlock()
		if otherwise {
			return "HTTP/1.1 200 OK\r\n" + strings.Replace(answerHead, name, "X-Answer: Jos\xe8", 1) + "\r\nok"
		}
		return "HTTP/1.1 200 OK\r\n" + answerHead + "\r\nok"
	})
	c := config(t, address)
	c.Gateways[0].Upstream.TLS.InsecureSkipVerify = true
	store := withDatabase(t, c, postgrestest.DSN(t))
	start(t, c)
	entry := c.Gateways[0].Server.NetAddr.Endpoint
	host := "Host: " + entry
	ours := []string{"Baggage: mockforge.synthetic=true", "Traceparent", "X-Mockforge-Replay"}
	tests := map[string]struct {
		sent, recorded, replayed []string
		body                     string
		dropped                  []replay.Dropped
	}{
		"/order-case-bytes": {
			sent:     []string{"x-b: 1", "X-A: Jos\xe9", host, "X-b: 2", "user-AGENT: me", "accept: */*"},
			replayed: append([]string{"x-b: 1", "X-A: Jos\xe9", host, "X-b: 2", "user-AGENT: me", "accept: */*"}, ours...),
		},
		"/canonical": {
			sent:     []string{host, "Accept: */*", "User-Agent: me"},
			replayed: append([]string{host, "Accept: */*", "User-Agent: me"}, ours...),
		},
		"/utf8-and-not": {
			sent:     []string{host, "X-Name: Jos\xc3\xa9", "X-Name: Jos\xe9", "x-name:", "X-Odd: \xff\xfe\x80 \xc3\xa9", "!x~: 1"},
			recorded: []string{host, "X-Name: Jos\xc3\xa9", "X-Name: Jos\xe9", "x-name: ", "X-Odd: \xff\xfe\x80 \xc3\xa9", "!x~: 1"},
			replayed: append([]string{host, "X-Name: Jos\xc3\xa9", "X-Name: Jos\xe9", "x-name: ", "X-Odd: \xff\xfe\x80 \xc3\xa9", "!x~: 1"}, ours...),
		},
		"/hop-by-hop-and-redacted": {
			sent: []string{
				"connection: close, x-Hop", "x-hop: 1", "te: trailers", "AUTHORIZATION: Basic Jos\xe9", "x-b: 1", host, "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
				"Keep-Alive: 5", "cookie: a=S3CRET", "baggage: x=\xe9", "Content-Encoding: identity",
			},
			recorded: []string{
				"connection: close, x-Hop", "x-hop: 1", "te: trailers", "AUTHORIZATION: [redacted]", "x-b: 1", host, "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
				"Keep-Alive: 5", "cookie: a=[redacted]", "baggage: x=\xe9", "Content-Encoding: identity",
			},
			replayed: []string{"x-b: 1", host, "traceparent", "baggage: x=\xe9", "Content-Encoding: identity", "Baggage: mockforge.synthetic=true", "X-Mockforge-Replay"},
			dropped: []replay.Dropped{
				{Part: "header", Name: "Authorization", Reason: "redacted when it was recorded"},
				{Part: "header", Name: "Cookie", Reason: "redacted when it was recorded"},
			},
		},
		"/a-body": {
			sent: []string{"content-LENGTH: 2", "x-z: 1", host, "X-A: 1"}, body: "hi",
			replayed: append([]string{"content-LENGTH: 2", "x-z: 1", host, "X-A: 1"}, ours...),
		},
	}
	for path, test := range tests {
		conn, err := net.Dial("tcp", entry)
		if err != nil {
			t.Fatal(err)
		}
		connection := "Connection: close"
		if path == "/hop-by-hop-and-redacted" {
			connection = "X-Last: 1"
		}
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\n%s\r\n%s\r\n\r\n%s", path, strings.Join(test.sent, "\r\n"), connection, test.body)
		answer, _ := io.ReadAll(conn)
		conn.Close()
		if !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") {
			t.Fatalf("%s: %s", path, answer)
		}
		<-got
	}
	var page recording.Page
	eventually(t, "all are stored", func() bool {
		var err error
		page, err = store.Query(t.Context(), recording.Query{})
		return err == nil && len(page.Recordings) == len(tests)
	})
	for i := range page.Recordings {
		r := page.Recordings[i]
		test := tests[r.Path]
		t.Run(r.Path, func(t *testing.T) {
			want := test.recorded
			if want == nil {
				want = test.sent
			}
			last := "Connection: close"
			if r.Path == "/hop-by-hop-and-redacted" {
				last = "X-Last: 1"
			}
			if diff := cmp.Diff(append(slices.Clone(want), last), asLines(r.HeaderLines())); diff != "" {
				t.Errorf("recorded (-want +got):\n%s", diff)
			}
			answered := strings.Split(strings.TrimSuffix(strings.Replace(answerHead, "a=b;", "a=[redacted];", 1), "\r\n"), "\r\n")
			recordedAnswer := slices.DeleteFunc(asLines(r.ResponseHeaderLines()), func(line string) bool { return strings.HasPrefix(line, "X-MockForge") || line == "Connection: close" })
			if diff := cmp.Diff(answered, recordedAnswer); diff != "" {
				t.Errorf("recorded of the answer (-want +got):\n%s", diff)
			}
			wanted := slices.Clone(test.replayed)
			if last == "X-Last: 1" {
				wanted = slices.Insert(wanted, 5, last)
			}
			for _, request := range []replay.Request{{}, {Scenario: definition(t, `{"mode":"healthy"}`)}} {
				compared, err := store.Replay(t.Context(), r.ID, request, "ada")
				if err != nil || compared.Replayed.Failure != "" || !compared.Diff.Equal {
					t.Errorf("%v, %+v", err, compared)
					continue
				}
				if diff := cmp.Diff(test.dropped, compared.Replayed.Dropped); diff != "" && len(test.dropped)+len(compared.Replayed.Dropped) > 0 {
					t.Errorf("dropped (-want +got):\n%s", diff)
				}
				sent := (<-got)[1:]
				sent = slices.DeleteFunc(sent, func(line string) bool { return strings.HasPrefix(line, "X-Forwarded-") })
				for i := range sent {
					sent[i] = changing.ReplaceAllString(sent[i], "$1")
				}
				if test.body == "" {
					sent = slices.DeleteFunc(sent, func(line string) bool { return line == "Content-Length: 0" })
				}
				if diff := cmp.Diff(wanted, sent); diff != "" {
					t.Errorf("replayed under a scenario: %v (-want +got):\n%s", request.Scenario != nil, diff)
				}
			}
			mu.Lock()
			otherwise = true
			mu.Unlock()
			compared, err := store.Replay(t.Context(), r.ID, replay.Request{}, "ada")
			<-got
			mu.Lock()
			otherwise = false
			mu.Unlock()
			if err != nil || len(compared.Diff.Headers) != 1 || string(compared.Diff.Headers[0].Before) != `"Jos\\xe9"` || string(compared.Diff.Headers[0].After) != `"Jos\\xe8"` {
				t.Errorf("another byte is compared as %+v, %v", compared.Diff, err)
			}
		})
	}
}

func asLines(lines []recording.HeaderLine) []string {
	all := make([]string, len(lines))
	for i, line := range lines {
		all[i] = line.Name + ": " + line.Value
	}
	return all
}
