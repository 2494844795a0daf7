package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// fieldLines are what clients send as headers, by what is special about them. None is for the next neighbour only.
var fieldLines = map[string][]string{
	"bytes":    {"Host: shop.test", "X-Name: Jos\xe9", "x-name: Jos\xc3\xa9", "X-Bytes: \x80\xff\xfe", "X-Tab: a\tb"},
	"order":    {"x-Z: 1", "X-a: 2", "hOsT: shop.test", "X-A: 3", "x-z: 4", "Accept: */*"},
	"case":     {"host: shop.test", "X-UPPER: 1", "x-lower: 2", "ETag: 3", "TE-x: 4", "user-AGENT: me", "DNT: 1", "sec-CH-ua: \"x\""},
	"repeats":  {"Host: shop.test", "Accept: a", "Accept: b, c", "X: 1", "accept: d", "Cache-Control: no-cache", "Cache-Control: max-age=0", "Accept: a"},
	"empty":    {"Host: shop.test", "X-Empty:", "x-empty:", "User-Agent:", "Accept:"},
	"names":    {"Host: shop.test", "!#$%&'*+-.^_`|~9z: token", "_under_score: 1", "1: one", "x.y: 2"},
	"no agent": {"Host: shop.test", "X: 1"},
	"values":   {"Host: shop.test", `X-Quote: "a\"b", 'c' $(id) ` + "`id`", "X-Colon: : a:b:", "X-Comma: ,,a,,", "X-Semi: ;a=b;;", "X-At: @file", "X-Minus: -o x", "X-Percent: %s%d%%"},
	"others":   {"Host: shop.test", "Forwarded: for=1.2.3.4", "Via: 1.0 other", "X-Forwarded-For: 1.2.3.4", "Origin: http://a", "Range: bytes=0-1", "If-None-Match: \"x\", W/\"y\"", "Max-Forwards: 3", "Date: yesterday", "Content-Encoding: br"},
	"encoding": {"Host: shop.test", "accept-ENCODING: br;q=1.0, gzip;q=0", "Content-type: text/plain; Charset=\"UTF-8\""},
}

const answerFields = "x-b: 1\r\nX-NAME: Jos\xe9\r\nX-b: 2\r\nContent-length: 2\r\nset-cookie: theme=dark\r\nSET-COOKIE: lang=de\r\nx-UTF: Jos\xc3\xa9\r\nX-Empty:\r\n"

// added are the headers that gateways add, which stand behind those that were sent.
var added = []string{"x-forwarded-", "traceparent:", "connection:", "x-mockforge-replay:", "baggage: mockforge.synthetic=true"}

func isAdded(line string) bool {
	return slices.ContainsFunc(added, func(prefix string) bool { return strings.HasPrefix(strings.ToLower(line), prefix) })
}

// without is lines without those that are added.
func without(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), isAdded)
}

func TestHeadersStayAsTheyWereSent(t *testing.T) {
	u := startUpstream(t, says("HTTP/1.1 200 All's well\r\n"+answerFields+"\r\nhi"))
	w := startWire(t, postgrestest.DSN(t), "", targetGateways(u)[:3]...)
	for gateway := range w.gateways {
		t.Run(gateway, func(t *testing.T) {
			for name, lines := range fieldLines {
				path := "/" + gateway + "/" + strings.ReplaceAll(name, " ", "-")
				answer := w.talk(t, gateway, "GET "+path+" HTTP/1.1\r\n"+strings.Join(lines, "\r\n")+"\r\nConnection: close\r\n\r\n")
				head, body, _ := strings.Cut(answer, "\r\n\r\n")
				status, rest, _ := strings.Cut(head, "\r\n")
				answered := slices.DeleteFunc(strings.Split(rest, "\r\n"), func(line string) bool {
					// A Date is added where the upstream has sent none (RFC 9110 section 6.6.1).
					return strings.HasPrefix(line, "Connection: ") || strings.HasPrefix(line, "Date: ") || strings.HasPrefix(line, "X-Stamp: ") && gateway == "plugins" || strings.HasPrefix(line, "Vary: ") && gateway == "handlers"
				})
				if status != "HTTP/1.1 200 All's well" || body != "hi" {
					t.Errorf("%s: %q", name, answer)
				}
				expectLines(t, name+" answered", strings.Split(strings.TrimSuffix(answerFields, "\r\n"), "\r\n"), answered)
				expectLines(t, name+" forwarded", without(lines), without(u.next(t).fields))

			}
			for _, r := range w.recorded(t, fmt.Sprintf(`{"gateways":[%q]}`, gateway), len(fieldLines)) {
				name := strings.ReplaceAll(r.Path[strings.LastIndex(r.Path, "/")+1:], "-", " ")
				lines, want := fieldLines[name], without(fieldLines[name])
				expectLines(t, name+" recorded", lines, slices.DeleteFunc(asLines(r.HeaderLines()), func(line string) bool { return line == "Connection: close" }))
				recorded := slices.DeleteFunc(asLines(r.ResponseHeaderLines()), func(line string) bool {
					// A Date is added where the upstream has sent none (RFC 9110 section 6.6.1).
					return strings.HasPrefix(line, "Connection: ") || strings.HasPrefix(line, "Date: ") || strings.HasPrefix(line, "X-Stamp: ") || strings.HasPrefix(line, "Vary: ") && gateway == "handlers"
				})
				masked := strings.NewReplacer("theme=dark", "theme=[redacted]", "lang=de", "lang=[redacted]").Replace(strings.TrimSuffix(answerFields, "\r\n"))
				expectLines(t, name+" recorded of the answer", strings.Split(masked, "\r\n"), recorded)
				for _, how := range []string{`{}`, `{"scenario":{"mode":"healthy"}}`} {
					replay, text := w.replay(t, r.ID.String(), how)
					if !replay.Diff.Equal && gateway != "plugins" && gateway != "handlers" || replay.Replayed.Failure != "" || len(replay.Replayed.Dropped) > 0 {
						t.Errorf("%s: %s", name, text)
					}
					expectLines(t, name+" replayed", want, without(u.next(t).fields))
				}
			}
			u.none(t)
		})
	}
	t.Run("HAR", func(t *testing.T) {
		var har struct {
			Log struct {
				Entries []struct {
					Request struct {
						URL     string
						Headers []struct {
							Name, Value string
							Bytes       string `json:"_base64"`
						}
					}
				}
			}
		}
		if err := json.Unmarshal(w.export(t, "har", "gateways=straight"), &har); err != nil {
			t.Fatal(err)
		}
		if len(har.Log.Entries) != len(fieldLines) {
			t.Errorf("%d entries of %d", len(har.Log.Entries), len(fieldLines))
		}
		for _, e := range har.Log.Entries {
			name := strings.ReplaceAll(e.Request.URL[strings.LastIndex(e.Request.URL, "/")+1:], "-", " ")
			var got []string
			for _, h := range e.Request.Headers {
				value := h.Value
				if h.Bytes != "" {
					decoded, err := base64.StdEncoding.DecodeString(h.Bytes)
					if err != nil {
						t.Error(err)
					}
					value = string(decoded)
				}
				got = append(got, h.Name+": "+value)
			}
			expectLines(t, name+" in HAR", fieldLines[name], slices.DeleteFunc(got, func(line string) bool { return line == "Connection: close" }))
		}
	})
	// What curl sends is recorded, too: it comes last.
	t.Run("curl", func(t *testing.T) {
		for name, lines := range fieldLines {
			path := "/straight/" + strings.ReplaceAll(name, " ", "-")
			shell(t, w.export(t, "curl", "gateways=straight&path="+path+"&limit=1"), "shop.test:80", w.gateways["straight"])
			got := without(u.next(t).fields)
			host := func(line string) bool { return strings.HasPrefix(strings.ToLower(line), "host:") }
			if !slices.ContainsFunc(got, host) {
				t.Errorf("%s: no host", name)
			}
			expectLines(t, name+" by curl", slices.DeleteFunc(without(lines), host), slices.DeleteFunc(got, host))
		}
	})
}

// One byte of an answer that changes is a difference, also where it is no text.
func TestReplaysCompareBytes(t *testing.T) {
	value := "Jos\xe9"
	u := startUpstream(t, func(conn net.Conn, _ *sent) bool {
		_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nX-Name: "+value+"\r\nContent-Length: 1\r\n\r\n\xe9")
		return err == nil
	})
	w := startWire(t, postgrestest.DSN(t), "", targetGateways(u)[0])
	w.talk(t, "straight", "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
	u.next(t)
	r := w.one(t, `{}`)
	if replay, text := w.replay(t, r.ID.String(), `{}`); !replay.Diff.Equal {
		t.Errorf("the same is different: %s", text)
	}
	value = "Jos\xe8"
	if replay, text := w.replay(t, r.ID.String(), `{}`); replay.Diff.Equal {
		t.Errorf("another byte is the same: %s", text)
	}
}

func asLines(lines []recording.HeaderLine) []string {
	all := make([]string, len(lines))
	for i, line := range lines {
		all[i] = strings.TrimSuffix(line.Name+": "+line.Value, " ")
	}
	return all
}

// expectLines compares lines in their order; white space at their ends is none of theirs.
func expectLines(t *testing.T, what string, want, got []string) {
	t.Helper()
	trimmed := func(lines []string) []string {
		all := make([]string, len(lines))
		for i := range lines {
			all[i] = strings.TrimRight(lines[i], " ")
		}
		return all
	}
	if want, got := trimmed(want), trimmed(got); !slices.Equal(want, got) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}
