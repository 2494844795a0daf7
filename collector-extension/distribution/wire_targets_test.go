package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// targets are what clients send; those of a class stand together.
var targets = []string{
	"/", "//", "///a//", "/.", "/..", "/../", "/a/./b/../c", "/%2e%2e/x", "/%2E%2e/x", "/a/", "/a//b/", // dots and slashes
	"/users/auth0|a%2Fb", "/a%2fb", "/a%2Fb", "/a%252Fb", "/a%25", "/%41%61", "/a%20b", "/a+b", "/a%2Bb", "/%00", "/%0d%0a", "/%FF", "/a%5Cb", `/a\b`, // escapes
	"/m;a=b/c;d", "/a:b@c!$&'()*+,;=", "/{id}", "/[x]^`\"<>", "/a'b", "/$(id)`id`", "/a#b", "/-o", // separators and signs
	"/caf\xc3\xa9", "/caf\xe9", "/\xff\xfe", "/\xe2\x82\xac%E2%82%AC", // beyond ASCII
	"/?", "/??", "/?x?y", "/?/", "/?&", "/?&&a=1&&", "/?=", "/?=v", "/?flag", "/?flag=", "/?b=2&a=1", "/?a=1&b=2", "/?a=1&a=2", "/?a=2&a=1", // queries
	"/?x=a%20b", "/?x=a+b", "/?x=a%2Bb", "/?x=%FF", "/?x=\xff", "/?x=\xc3\xa9", "/?a=1;b=2", "/?a;b", "/?pct=100%&k=v", "/?%", "/?%zz=%zz", "/?x=%2", "/?x=%26%3D", "/?q=a/b/../c",
	"/?q=\"<>`{}|\\^'$(x)", "/?q=#f", "/?http://other/", "/http://other/path", "//other/path", "//user:pw@other/path", "/?x=%00", "/?[]=1&a[b]=2", "/?base64:YQ==", "/base64:YQ==",
}

// many is a query of more parameters than a mock can compare, one of them longer than it can have.
func many(n int) string {
	var b strings.Builder
	b.WriteString("/many?long=" + strings.Repeat("x", 2000))
	for i := range n {
		fmt.Fprintf(&b, "&p%d=%d", i, i)
	}
	return b.String()
}

func long(n int) string {
	return "/long/" + strings.Repeat("a%2Fb|", n/6) + "?q=" + strings.Repeat("x+%20", n/5)
}

// targetGateways are the ways through the Collector: straight, by the Collector's own handlers, by plugins, and to an upstream with a path.
func targetGateways(u *rawUpstream) []gatewayOf {
	return []gatewayOf{
		{name: "straight", upstream: "http://" + u.address},
		{name: "handlers", upstream: "http://" + u.address, server: `, cors: { allowed_origins: ["http://pages"] }`},
		{name: "plugins", upstream: "http://" + u.address, more: "      plugins: [header_stamp]\n"},
		{name: "based", upstream: "http://" + u.address + "/b%2Fase/"},
	}
}

// A target goes through a gateway, its recording, replays and all exports without a byte that changes.
func TestTargetsStayAsTheyWereSent(t *testing.T) {
	u := startUpstream(t, says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"))
	w := startWire(t, postgrestest.DSN(t), "", targetGateways(u)...)
	all := append(slices.Clone(targets), long(3000), many(40))
	for _, gateway := range []string{"straight", "handlers", "plugins", "based"} {
		t.Run(gateway, func(t *testing.T) {
			forwarded := map[string]string{}
			for _, target := range all {
				answer := w.talk(t, gateway, "GET "+target+" HTTP/1.1\r\nHost: shop.test:80\r\nConnection: close\r\n\r\n")
				if !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
					t.Errorf("%q: %q", target, answer)
					continue
				}
				got := u.next(t).line
				if want := "GET " + target + " HTTP/1.1"; gateway != "based" && got != want {
					t.Errorf("forwarded %q, want %q", got, want)
				} else if gateway == "based" && got != "GET /b%2Fase"+target+" HTTP/1.1" {
					t.Errorf("forwarded %q behind a path, want %q", got, target)
				}
				forwarded[target] = got
			}
			replays := map[string]int{} // how often each line is to come
			var replaying sync.WaitGroup
			room := make(chan struct{}, 4) // A collector takes a few replays at once.
			for _, r := range w.recorded(t, fmt.Sprintf(`{"gateways":[%q]}`, gateway), len(forwarded)) {
				line, known := forwarded[string(r.Target)]
				if !known || r.TargetRedacted {
					t.Errorf("recorded %q of which nothing was sent (redacted: %v)", r.Target, r.TargetRedacted)
					continue
				}
				for _, how := range []string{`{}`, `{"scenario":{"mode":"healthy"}}`} {
					replays[line]++
					replaying.Go(func() {
						room <- struct{}{}
						defer func() { <-room }()
						replay, body := w.replay(t, r.ID.String(), how)
						if replay.Replayed.Failure != "" || len(replay.Replayed.Dropped) > 0 {
							t.Errorf("%q: %s", r.Target, body)
						}
					})
				}
			}
			replaying.Wait()
			for range 2 * len(forwarded) {
				replays[u.next(t).line]--
			}
			for line, missing := range replays {
				if missing != 0 {
					t.Errorf("%q was replayed %d times too few", line, missing)
				}
			}
			u.none(t)
		})
	}
	if strings.Contains(w.log.String(), "gateway stopped") {
		t.Error("the log says that a gateway has stopped, where replays have ended")
	}

	filter := "gateways=straight"
	t.Run("JSON Lines", func(t *testing.T) {
		var got []string
		for line := range bytes.Lines(w.export(t, "jsonl", filter)) {
			var r recording.Recording
			if err := json.Unmarshal(line, &r); err != nil {
				t.Fatal(err)
			}
			got = append(got, string(r.Target))
		}
		same(t, all, got)
	})
	t.Run("HAR", func(t *testing.T) {
		var har struct {
			Log struct {
				Entries []struct {
					Request struct {
						URL    string
						Target recording.Target `json:"_target"`
					}
				}
			}
		}
		if err := json.Unmarshal(w.export(t, "har", filter), &har); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range har.Log.Entries {
			target := string(e.Request.Target)
			if target == "" {
				target = strings.TrimPrefix(e.Request.URL, "http://shop.test:80")
			}
			got = append(got, target)
		}
		same(t, all, got)
	})
	t.Run("curl", func(t *testing.T) {
		shell(t, w.export(t, "curl", filter), "shop.test:80", w.gateways["straight"])
		var got []string
		for range all {
			got = append(got, strings.TrimSuffix(strings.TrimPrefix(u.next(t).line, "GET "), " HTTP/1.1"))
		}
		same(t, all, got)
	})
	t.Run("mocks", func(t *testing.T) {
		mocks := w.export(t, "mocks", filter+"&limit="+fmt.Sprint(len(all)))
		unmockable := slices.DeleteFunc(slices.Clone(all), mockable)
		if said := fmt.Sprintf("# Left out, since they cannot be mocked or are too many: %d\n", len(unmockable)); !bytes.Contains(mocks, []byte(said)) {
			t.Errorf("the export does not say that it has left out %q: %.200s", unmockable, mocks)
		}
		var text strings.Builder
		text.WriteString("      mocks:\n")
		for line := range strings.Lines(string(mocks)) {
			if line != "mocks:\n" {
				text.WriteString("        " + line)
			}
		}
		w := startWire(t, postgrestest.DSN(t), "", gatewayOf{name: "mocked", more: text.String()})
		for _, target := range all {
			if !mockable(target) {
				continue
			}
			if answer := w.talk(t, "mocked", "GET "+target+" HTTP/1.1\r\nHost: shop.test:80\r\nConnection: close\r\n\r\n"); !strings.HasSuffix(answer, "\r\n\r\nhi") {
				t.Errorf("%q: %q", target, answer)
			}
		}
	})
}

// mockable reports whether the path of a target can be that of a mock.
func mockable(target string) bool {
	path, _, _ := strings.Cut(target, "?")
	return !strings.Contains(path, "//") && len(path) <= 1024
}

// shell runs a script of curl, whose requests to a host go to an address.
func shell(t *testing.T, script []byte, host, address string) {
	t.Helper()
	for _, needed := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skip(err)
		}
	}
	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, ".curlrc"), []byte("connect-to = \""+host+":"+address+"\"\nsilent\nshow-error\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), "bash", "-eu", "-s")
	run.Env = append(os.Environ(), "CURL_HOME="+directory, "HOME="+directory)
	run.Stdin = bytes.NewReader(script)
	if output, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, output, script)
	}
}

func same(t *testing.T, want, got []string) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%d, want %d", len(got), len(want))
	}
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
}
