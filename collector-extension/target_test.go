package mockforgeextension

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// requestLines returns an upstream that reads no more of HTTP than its lines, and tells the first of each request.
func requestLines(t *testing.T) (address string, lines <-chan string) {
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

// TestATargetIsRecordedExportedAndReplayedByteForByte goes all the way: a raw socket, the gateway, PostgreSQL, replays that the
// collector takes from there, and a script of curl.
func TestATargetIsRecordedExportedAndReplayedByteForByte(t *testing.T) {
	address, lines := requestLines(t)
	for _, base := range []string{"", "/base?key=1"} {
		t.Run("upstream"+base, func(t *testing.T) {
			c := config(t, "http://"+address+base)
			store := withDatabase(t, c, postgrestest.DSN(t))
			start(t, c)
			entry := c.Gateways[0].Server.NetAddr.Endpoint
			sent := map[string]string{} // what the upstream got, by what the client sent
			for _, target := range []string{
				"/", "/?", "/??x", "/?b=2&a=1", "/?flag", "/?x=a%20b+c", "/?x=%FF", "/?a=1;b=2", "/?pct=100%&k=v", "/?q=%zz&;x&empty=", "/a%252Fb",
				"/users/auth0|a%2Fb", "//double", "//double|bar", "/a/../b/./c//d/", "/m;a=b/c?d=1;e=2", "/caf\xc3\xa9?q=\xe9", "/?x=\xff",
				"/a{b}[c]^`\"<>\\?'=$(x)", "*",
			} {
				conn, err := net.Dial("tcp", entry)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(conn, "OPTIONS %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", target, entry)
				answer, _ := io.ReadAll(conn)
				conn.Close()
				if !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") {
					t.Fatalf("%q: %s", target, answer)
				}
				sent[target] = <-lines
				if base == "" && sent[target] != "OPTIONS "+target+" HTTP/1.1" {
					t.Errorf("%q was forwarded as %q", target, sent[target])
				}
			}
			var page recording.Page
			eventually(t, "all are stored", func() bool {
				var err error
				page, err = store.Query(t.Context(), recording.Query{})
				return err == nil && len(page.Recordings) == len(sent)
			})
			_, noCurl := exec.LookPath("curl")
			for i := range page.Recordings {
				r := &page.Recordings[i]
				want, ok := sent[string(r.Target)]
				if !ok || r.TargetRedacted {
					t.Errorf("%q is recorded of %q (redacted: %v), which nobody sent", r.Target, r.Path, r.TargetRedacted)
					continue
				}
				if r.Path != r.Target.EscapedPath() {
					t.Errorf("%q is recorded with the path %q", r.Target, r.Path)
				}
				for _, request := range []replay.Request{{}, {Scenario: definition(t, `{"mode":"healthy"}`)}} {
					compared, err := store.Replay(t.Context(), r.ID, request, "ada")
					if err != nil || compared.Replayed.Failure != "" || len(compared.Replayed.Dropped) > 0 {
						t.Errorf("%q: %v, %+v", r.Target, err, compared.Replayed)
						continue
					}
					if got := <-lines; got != want {
						t.Errorf("%q was replayed (under a scenario: %v) as %q, want %q", r.Target, request.Scenario != nil, got, want)
					}
				}
				if noCurl != nil {
					continue
				}
				var script bytes.Buffer
				if err := recording.WriteCurl(&script, func(yield func(recording.Recording, error) bool) { yield(*r, nil) }); err != nil {
					t.Fatal(err)
				}
				command := exec.CommandContext(t.Context(), "sh", "-s")
				command.Stdin = bytes.NewReader(script.Bytes())
				if output, err := command.CombinedOutput(); err != nil {
					t.Errorf("%v: %s\n%s", err, output, script.String())
					continue
				}
				if got := <-lines; got != want {
					t.Errorf("curl sent %q as %q, want %q\n%s", r.Target, got, want, script.String())
				}
			}
		})
	}
}

func TestMocksOfRecordingsMeetTheTargetsThatWereSent(t *testing.T) {
	targets := []recording.Target{
		"/", "/?b=2&a=1", "/?b=2&a=2", "/?flag", "/?x=a%20b+c", "/?x=%FF", "/?a=1;b=2", "/?a=1;b=3", "/?pct=100%&k=v", "/?pct=%31%&k=v", "/?q=%zz&;x&empty=", "/?token=[redacted]&z",
		"/a%2Fb?c", "/users/auth0|a%2Fb", "/caf\xc3\xa9?q=1",
	}
	var recordings []recording.Recording
	for _, target := range targets {
		path, err := url.PathUnescape(target.Path())
		if err != nil {
			t.Fatal(err)
		}
		body := []byte(target.Text())
		recordings = append(recordings, recording.Recording{
			Protocol: recording.HTTP, Method: "GET", Path: path, Target: target, ResponseStatus: 200, ResponseBody: recording.Body{Content: body, Size: int64(len(body))},
		})
	}
	c := mocking(t, recordings)
	for _, target := range targets {
		conn, err := net.Dial("tcp", c.Gateways[0].Server.NetAddr.Endpoint)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n", strings.Replace(string(target), "[redacted]", "hunter2", 1))
		answer, _ := io.ReadAll(conn)
		conn.Close()
		if !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") || !strings.HasSuffix(string(answer), "\r\n\r\n"+target.Text()) {
			t.Errorf("%q: got %q", target, answer)
		}
	}
}

func TestWhatIsMaskedOfATargetIsLeftOutOfItsReplayAndNamed(t *testing.T) {
	address, lines := requestLines(t)
	c := config(t, "http://"+address)
	store := withDatabase(t, c, postgrestest.DSN(t))
	start(t, c)
	get(t, "http://"+c.Gateways[0].Server.NetAddr.Endpoint+"/a%2Fb?b=2&access%5Ftoken=hunter2&a=%20+&flag")
	if got := <-lines; got != "GET /a%2Fb?b=2&access%5Ftoken=hunter2&a=%20+&flag HTTP/1.1" {
		t.Errorf("forwarded as %q", got)
	}
	var page recording.Page
	eventually(t, "it is stored", func() bool {
		var err error
		page, err = store.Query(t.Context(), recording.Query{})
		return err == nil && len(page.Recordings) == 1
	})
	r := page.Recordings[0]
	if r.Target != "/a%2Fb?b=2&access%5Ftoken=[redacted]&a=%20+&flag" || !r.TargetRedacted {
		t.Errorf("recorded as %q (redacted: %v)", r.Target, r.TargetRedacted)
	}
	compared, err := store.Replay(t.Context(), r.ID, replay.Request{}, "ada")
	if err != nil {
		t.Fatal(err)
	}
	if got := <-lines; got != "GET /a%2Fb?b=2&a=%20+&flag HTTP/1.1" {
		t.Errorf("replayed as %q", got)
	}
	if want := (replay.Dropped{Part: "query", Name: "access_token", Reason: "redacted when it was recorded"}); !slices.Contains(compared.Replayed.Dropped, want) {
		t.Errorf("left out: %+v", compared.Replayed.Dropped)
	}
}
