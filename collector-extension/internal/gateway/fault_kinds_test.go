package gateway_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mccutchen/go-httpbin/v2/httpbin"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/mock"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// faulty does what the faults say to every exchange, and nothing else.
func faulty(faults ...scenario.Fault) change {
	return inForce(scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Error, Faults: faults}, Seed: new(uint64(1))})
}

// answering returns an upstream whose answers have body, with its length where whole is true, else in chunks.
func answering(t *testing.T, contentType, body string, whole bool) string {
	return upstream(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Etag", `"1"`)
		if !whole {
			for part := range strings.SplitAfterSeq(body, ",") {
				_, _ = io.WriteString(w, part)
				w.(http.Flusher).Flush()
			}
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = io.WriteString(w, body)
	}).URL
}

// wire returns all that comes back on a connection for one request, and how the connection ends.
func wire(t *testing.T, address, request string) (string, error) {
	t.Helper()
	conn := dial(t, address)
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	return string(got), err
}

const get = "GET /things HTTP/1.1\r\nHost: shop\r\n\r\n"

// fetch returns what a client gets over HTTP/2 without TLS, and how that ends.
func fetch(t *testing.T, url string) (answer, error) {
	t.Helper()
	response, err := client(t, true).Do(request(t, "GET", url, ""))
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, response.Trailer, body}, err
}

func faultsOf(r *recording.Recording) string {
	var kinds []string
	for _, f := range r.Faults {
		kinds = append(kinds, strings.TrimSpace(f.Kind+" "+f.Detail))
	}
	return strings.Join(kinds, "; ")
}

func TestAConnectionIsBrokenOff(t *testing.T) {
	up := answering(t, "text/plain", "0123456789", true)
	chunks := answering(t, "text/plain", "0123456789", false)
	for name, test := range map[string]struct {
		upstream string
		fault    scenario.Fault
		// head is how what comes back begins, body how it ends; reset reports whether the connection is then reset.
		head, body string
		reset      bool
		// h2 is the body over HTTP/2, where the stream is reset.
		h2      string
		faults  string
		failure string
	}{
		"reset instead of an answer": {
			upstream: up, fault: scenario.Fault{Kind: scenario.FaultReset}, reset: true, faults: "reset", failure: "reset by an injected fault",
		},
		"reset in the middle of a body": {
			upstream: up, fault: scenario.Fault{Kind: scenario.FaultReset, AfterBytes: new(int64(4))},
			head: "HTTP/1.1 200 OK\r\n", body: "\r\n\r\n0123", reset: true, h2: "0123", faults: "reset after 4 bytes", failure: "reset by an injected fault",
		},
		"closed instead of an answer": {
			upstream: up, fault: scenario.Fault{Kind: scenario.FaultClose}, faults: "close", failure: "closed by an injected fault",
		},
		"closed in the middle of a body": {
			upstream: up, fault: scenario.Fault{Kind: scenario.FaultClose, AfterBytes: new(int64(4))},
			head: "HTTP/1.1 200 OK\r\n", body: "\r\n\r\n0123", h2: "0123", faults: "close after 4 bytes", failure: "closed by an injected fault",
		},
		"truncated by a share of the length": {
			upstream: up, fault: scenario.Fault{Kind: scenario.FaultTruncate, Keep: new(0.3)},
			head: "HTTP/1.1 200 OK\r\n", body: "\r\n\r\n012", h2: "012", faults: "truncate after 3 bytes", failure: "truncated by an injected fault",
		},
		"truncated to nothing": {
			upstream: up, fault: scenario.Fault{Kind: scenario.FaultTruncate, AfterBytes: new(int64(0))},
			head: "HTTP/1.1 200 OK\r\n", body: "\r\n\r\n", h2: "", faults: "truncate after 0 bytes", failure: "truncated by an injected fault",
		},
		"truncated chunks": {
			upstream: chunks, fault: scenario.Fault{Kind: scenario.FaultTruncate, Keep: new(0.5)},
			head: "HTTP/1.1 200 OK\r\n", body: "\r\n\r\n5\r\n01234\r\n", h2: "01234", faults: "truncate", failure: "truncated by an injected fault",
		},
		"a chunk that is none": {
			upstream: up, fault: scenario.Fault{Kind: scenario.FaultMalform, Part: "chunk"},
			head: "HTTP/1.1 200 OK\r\n", body: "\r\n\r\na\r\n0123456789\r\nthis is no chunk\r\n", h2: "0123456789", faults: "malform",
			failure: "malformed by an injected fault",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, test.upstream, faulty(test.fault))
			got, err := wire(t, g.Addr, get)
			if !strings.HasPrefix(got, test.head) || !strings.HasSuffix(got, test.body) || test.head == "" && got != "" {
				t.Errorf("got %q, want %q … %q", got, test.head, test.body)
			}
			if reset := errors.Is(err, syscall.ECONNRESET); reset != test.reset || !reset && err != nil {
				t.Errorf("the connection ended with %v, want a reset: %v", err, test.reset)
			}
			if test.head != "" && !strings.Contains(got, "X-Mockforge-Fault: "+string(test.fault.Kind)+"\r\n") {
				t.Errorf("nothing says that it was injected: %q", got)
			}
			r := g.next(t)
			if faultsOf(r) != test.faults || r.Failure != test.failure || (r.ResponseStatus == 0) != (test.head == "") {
				t.Errorf("recorded %q, failure %q, status %d", faultsOf(r), r.Failure, r.ResponseStatus)
			}
			over2, err := fetch(t, g.URL)
			if err == nil || string(over2.Body) != test.h2 {
				t.Errorf("over HTTP/2 got %q (%v), want %q and a failure", over2.Body, err, test.h2)
			}
			if r := g.next(t); faultsOf(r) != test.faults || r.Failure != test.failure {
				t.Errorf("over HTTP/2 recorded %q, failure %q", faultsOf(r), r.Failure)
			}
		})
	}
}

func TestWhatIsShorterIsNotBrokenOff(t *testing.T) {
	for name, up := range map[string]string{
		"length": answering(t, "text/plain", "0123456789", true), "chunks": answering(t, "text/plain", "01234,56789", false),
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, up, faulty(scenario.Fault{Kind: scenario.FaultReset, AfterBytes: new(int64(20))}))
			if got := do(t, client(t, false), request(t, "GET", g.URL, "")); len(got.Body) < 10 {
				t.Errorf("got %q", got.Body)
			}
			if r := g.next(t); r.Injected() || r.Failure != "" {
				t.Errorf("recorded %v, failure %q", r.Faults, r.Failure)
			}
		})
	}
}

func TestARequestThatIsNotReadDoesNotTurnACloseIntoAReset(t *testing.T) {
	g := serve(t, untouched(t), faulty(scenario.Fault{Kind: scenario.FaultClose}))
	got, err := wire(t, g.Addr, "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 100000\r\n\r\n"+strings.Repeat("x", 100000))
	if got != "" || err != nil {
		t.Errorf("got %q and %v, want the end of the connection", got, err)
	}
}

func TestABodyIsMalformed(t *testing.T) {
	g := serve(t, answering(t, "application/json", ` {"a":1}`, true), faulty(scenario.Fault{Kind: scenario.FaultMalform}))
	for _, h2 := range []bool{false, true} {
		got := do(t, client(t, h2), request(t, "GET", g.URL, ""))
		if string(got.Body) != " \xff\"a\":1}" || got.Header.Get("Content-Length") != "8" || got.Header.Get("Etag") != "" ||
			got.Header.Get("Cache-Control") != "no-store" || got.Header.Get("X-MockForge-Fault") != "malform" {
			t.Errorf("got %q %v", got.Body, got.Header)
		}
		if r := g.next(t); faultsOf(r) != "malform" || r.Failure != "" {
			t.Errorf("recorded %q, failure %q", faultsOf(r), r.Failure)
		}
	}
	image := serve(t, answering(t, "image/png", "PNG", true), faulty(scenario.Fault{Kind: scenario.FaultMalform}))
	if got := do(t, client(t, false), request(t, "GET", image.URL, "")); string(got.Body) != "PNG" || image.next(t).Injected() {
		t.Errorf("an image became %q", got.Body)
	}
}

func TestBytesAreCorrupted(t *testing.T) {
	const body = "the quick brown fox jumps over the lazy dog"
	changed := func(got string) (n int) {
		for i := range len(got) {
			if got[i] != body[i] {
				n++
			}
		}
		return n
	}
	for name, whole := range map[string]bool{"length": true, "chunks": false} {
		t.Run("of the answer, "+name, func(t *testing.T) {
			g := serve(t, answering(t, "text/plain", body, whole), faulty(scenario.Fault{Kind: scenario.FaultCorrupt, BytesChanged: new(1)}))
			for _, h2 := range []bool{false, true} {
				got := do(t, client(t, h2), request(t, "GET", g.URL, ""))
				if len(got.Body) != len(body) {
					t.Fatalf("got %q", got.Body)
				}
				if n := changed(string(got.Body)); whole && n != 1 || n > 1 || g.next(t).Injected() != (n == 1) {
					t.Errorf("%d bytes of %q are changed", n, got.Body)
				}
			}
		})
	}
	t.Run("of the request", func(t *testing.T) {
		var seen []byte
		up := upstream(t, func(_ http.ResponseWriter, r *http.Request) { seen, _ = io.ReadAll(r.Body) })
		g := serve(t, up.URL, faulty(scenario.Fault{Kind: scenario.FaultCorrupt, At: scenario.AtRequest, BytesChanged: new(3)}))
		do(t, client(t, false), request(t, "POST", g.URL, body))
		if n := changed(string(seen)); len(seen) != len(body) || n != 3 {
			t.Errorf("%d bytes are changed in %q", n, seen)
		}
		if r := g.next(t); faultsOf(r) != "corrupt 3 bytes" || string(r.Body.Content) != body {
			t.Errorf("recorded %q of %q, want what the client sent", faultsOf(r), r.Body.Content)
		}
	})
}

func TestTheSameSeedCorruptsTheSameBytes(t *testing.T) {
	up := answering(t, "text/plain", strings.Repeat("x", 1000), true)
	var last []byte
	for range 2 {
		g := serve(t, up, faulty(scenario.Fault{Kind: scenario.FaultCorrupt, BytesChanged: new(5)}))
		r := request(t, "GET", g.URL, "")
		r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		got := do(t, client(t, false), r)
		if last != nil && !bytes.Equal(last, got.Body) {
			t.Error("two instances corrupt differently")
		}
		last = got.Body
	}
}

func TestHeadersAreChanged(t *testing.T) {
	t.Run("of the answer", func(t *testing.T) {
		g := serve(t, answering(t, "text/plain", "hello", true), faulty(scenario.Fault{
			Kind: scenario.FaultHeaders, SetHeaders: map[string]string{"X-New": "1", "Etag": "other"}, RemoveHeaders: []string{"content-type", "Date"},
		}))
		for _, h2 := range []bool{false, true} {
			got := do(t, client(t, h2), request(t, "GET", g.URL, ""))
			if got.Header["Content-Type"] != nil || got.Header["Date"] != nil || got.Header.Get("X-New") != "1" || got.Header.Get("Etag") != "other" {
				t.Errorf("got %v", got.Header)
			}
			if r := g.next(t); faultsOf(r) != "headers Etag X-New -content-type -Date" {
				t.Errorf("recorded %q", faultsOf(r))
			}
		}
	})
	t.Run("of the request", func(t *testing.T) {
		var seen *http.Request
		up := upstream(t, func(_ http.ResponseWriter, r *http.Request) { seen = r })
		g := serve(t, up.URL, faulty(scenario.Fault{
			Kind: scenario.FaultHeaders, At: scenario.AtRequest, SetHeaders: map[string]string{"X-Tenant": "red"},
			RemoveHeaders: []string{"Authorization", "User-Agent"},
		}))
		r := request(t, "GET", g.URL, "")
		r.Header = http.Header{"Authorization": {"Bearer x"}, "X-Tenant": {"blue"}}
		got := do(t, client(t, false), r)
		if seen.Header["Authorization"] != nil || seen.Header["User-Agent"] != nil || seen.Header.Get("X-Tenant") != "red" || got.Header.Get("X-MockForge-Fault") != "headers" {
			t.Errorf("the upstream saw %v, the client %v", seen.Header, got.Header)
		}
		if rec := g.next(t); rec.Headers["X-Tenant"][0] != "blue" {
			t.Errorf("recorded %v, want what the client sent", rec.Headers)
		}
	})
}

func TestAJSONBodyIsPatched(t *testing.T) {
	patch := scenario.Fault{Kind: scenario.FaultPatch, Patch: []scenario.PatchOperation{
		{Op: "replace", Path: "/user/name", Value: nil}, {Op: "add", Path: "/tags/-", Value: "<new>"}, {Op: "remove", Path: "/id"},
	}}
	for name, test := range map[string]struct {
		contentType, body, want string
		patched                 bool
	}{
		"json":           {"application/json", `{"id":12345678901234567890,"user":{"name":"x"},"tags":[],"n":1.10}`, `{"user":{"name":null},"tags":["<new>"],"n":1.10}`, true},
		"a kind of json": {"application/hal+json; charset=utf-8", `{"id":1,"user":{"name":"x"},"tags":[]}`, `{"user":{"name":null},"tags":["<new>"]}`, true},
		"does not apply": {"application/json", `{"id":1}`, `{"id":1}`, false},
		"no json":        {"application/json", `{"id":1`, `{"id":1`, false},
		"text":           {"text/plain", `{"id":1,"user":{"name":"x"},"tags":[]}`, `{"id":1,"user":{"name":"x"},"tags":[]}`, false},
		"large":          {"application/json", `{"id":1,"user":{"name":"x"},"tags":[],"x":"` + strings.Repeat("x", 1<<20) + `"}`, "", false},
	} {
		for _, whole := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s,whole=%v", name, whole), func(t *testing.T) {
				g := serve(t, answering(t, test.contentType, test.body, whole), faulty(patch))
				got := do(t, client(t, false), request(t, "GET", g.URL, ""))
				want := test.want
				if want == "" {
					want = test.body
				}
				if diff := cmp.Diff(want, string(got.Body)); diff != "" {
					t.Errorf("body (-want +got):\n%.300s", diff)
				}
				if patched := got.Header.Get("X-MockForge-Fault") == "patch"; patched != test.patched || (got.Header.Get("Etag") == "") != test.patched {
					t.Errorf("headers are %v", got.Header)
				}
				if r := g.next(t); r.Injected() != test.patched || r.Failure != "" {
					t.Errorf("recorded %v, failure %q", r.Faults, r.Failure)
				}
			})
		}
	}
}

func TestAPartOfABodyIsNotPatched(t *testing.T) {
	const document = `[10,{"id":1},{"data":{"name":1}}]`
	up := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Etag", `"1"`)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(document))
	})
	for name, fault := range map[string]scenario.Fault{
		"patch":      {Kind: scenario.FaultPatch, Patch: []scenario.PatchOperation{{Op: "add", Path: "/patched", Value: true}}},
		"null paths": {Kind: scenario.FaultPatch, NullPaths: []string{"name"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, up.URL, faulty(fault))
			for ranges, want := range map[string]string{"bytes=1-2": "10", "bytes=2-2": "0", "bytes=4-11": `{"id":1}`, "bytes=13-31": `{"data":{"name":1}}`, "bytes=0-": document} {
				got, err := wire(t, g.Addr, "GET /things HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nRange: "+ranges+"\r\n\r\n")
				head, body, _ := strings.Cut(got, "\r\n\r\n")
				if err != nil || !strings.HasPrefix(head, "HTTP/1.1 206 ") || body != want || !strings.Contains(head, "Content-Range: bytes") || !strings.Contains(head, "Etag: ") {
					t.Errorf("%s got %q, %v; want %q", ranges, got, err, want)
				}
				if r := g.next(t); r.Injected() || r.Failure != "" {
					t.Errorf("recorded %v, failure %q", r.Faults, r.Failure)
				}
			}
		})
	}
}

func TestACompressedBodyIsAskedForAsItIsToBePatched(t *testing.T) {
	up := httptest.NewServer(httpbin.New().Handler())
	t.Cleanup(up.Close)
	patch := faulty(scenario.Fault{Kind: scenario.FaultPatch, Patch: []scenario.PatchOperation{{Op: "add", Path: "/patched", Value: true}}})
	g := serve(t, up.URL, patch)
	r := request(t, "GET", g.URL+"/get", "")
	r.Header.Set("Accept-Encoding", "gzip")
	if got := do(t, client(t, false), r); !regexp.MustCompile(`"patched":\s*true`).Match(got.Body) || got.Header.Get("Content-Encoding") != "" {
		t.Errorf("got %s %v", got.Body, got.Header)
	}
	// This one compresses whatever is asked for.
	if got := do(t, client(t, false), request(t, "GET", g.URL+"/gzip", "")); got.Header.Get("Content-Encoding") != "gzip" || got.Header.Get("X-MockForge-Fault") != "" {
		t.Errorf("got %v", got.Header)
	} else if _, err := gzip.NewReader(bytes.NewReader(got.Body)); err != nil {
		t.Errorf("the compressed body is broken: %v", err)
	}
}

func TestAnAnswerIsReplaced(t *testing.T) {
	asked := 0
	up := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("X-Upstream", "yes")
		_, _ = io.WriteString(w, "original")
	})
	g := serve(t, up.URL, faulty(scenario.Fault{
		Kind: scenario.FaultReplace, Status: new(503), Body: new(`{"down":true}`), SetHeaders: map[string]string{"X-Plan": "b"},
	}))
	for i, h2 := range []bool{false, true} {
		got := do(t, client(t, h2), request(t, "GET", g.URL, ""))
		if got.Status != 503 || string(got.Body) != `{"down":true}` || got.Header.Get("Content-Type") != "application/json" ||
			got.Header.Get("X-Upstream") != "" || got.Header.Get("X-Plan") != "b" || asked != i+1 {
			t.Errorf("got %d %q %v, the upstream was asked %d times", got.Status, got.Body, got.Header, asked)
		}
		if r := g.next(t); faultsOf(r) != "replace 503" || r.UpstreamTimeMS == nil {
			t.Errorf("recorded %q", faultsOf(r))
		}
	}
	if got := do(t, client(t, false), request(t, "HEAD", g.URL, "")); got.Status != 503 || len(got.Body) != 0 {
		t.Errorf("HEAD got %d %q", got.Status, got.Body)
	}
}

func TestAnErrorSaysWhatItIsToldToSay(t *testing.T) {
	g := serve(t, untouched(t), faulty(scenario.Fault{
		Kind: scenario.FaultError, StatusCodes: []int{503}, Body: new("<h1>Down</h1>"), RetryAfterS: new(7), SetHeaders: map[string]string{"X-Plan": "b"},
	}))
	got := do(t, client(t, false), request(t, "GET", g.URL, ""))
	if got.Status != 503 || string(got.Body) != "<h1>Down</h1>" || got.Header.Get("Content-Type") != "text/html; charset=utf-8" ||
		got.Header.Get("Retry-After") != "7" || got.Header.Get("X-Plan") != "b" {
		t.Errorf("got %d %q %v", got.Status, got.Body, got.Header)
	}
	g = serve(t, untouched(t), faulty(scenario.Fault{Kind: scenario.FaultError, StatusCodes: []int{500}, Message: "no luck"}))
	if got := do(t, client(t, false), request(t, "GET", g.URL, "")); !strings.Contains(string(got.Body), `"detail":"no luck"`) {
		t.Errorf("got %s", got.Body)
	}
}

func TestALimitIsToldAndHeld(t *testing.T) {
	up := answering(t, "text/plain", "ok", true)
	g := serve(t, up, faulty(scenario.Fault{Kind: scenario.FaultRateLimit, Limit: new(2), WindowMS: new(3_600_000)}))
	ask := func(consumer string) answer {
		r := request(t, "GET", g.URL, "")
		r.Header.Set("X-Consumer", consumer)
		return do(t, client(t, false), r)
	}
	for i, want := range []struct {
		status    int
		remaining string
	}{{200, "1"}, {200, "0"}, {429, "0"}} {
		got := ask("web")
		if got.Status != want.status || got.Header.Get("RateLimit-Limit") != "2" || got.Header.Get("X-RateLimit-Remaining") != want.remaining ||
			got.Header.Get("RateLimit-Remaining") != want.remaining || got.Header.Get("RateLimit-Reset") == "" {
			t.Errorf("answer %d is %d %v", i, got.Status, got.Header)
		}
		if (got.Header.Get("Retry-After") != "") != (want.status == 429) {
			t.Errorf("answer %d says to retry after %q", i, got.Header.Get("Retry-After"))
		}
		if r := g.next(t); r.Injected() != (want.status == 429) {
			t.Errorf("answer %d is recorded with %v", i, r.Faults)
		}
	}
	if got := ask("partner"); got.Status != 200 {
		t.Errorf("another consumer got %d", got.Status)
	}
}

func TestATimeoutIsInTheListToo(t *testing.T) {
	g := serve(t, untouched(t), faulty(scenario.Fault{Kind: scenario.FaultTimeout, TimeoutMS: new(20)}))
	if got := do(t, client(t, false), request(t, "GET", g.URL, "")); got.Status != 504 || g.next(t).InjectedDelayMS < 20 {
		t.Errorf("got %d", got.Status)
	}
}

func TestLatencyIsWhereItIsWanted(t *testing.T) {
	up := answering(t, "text/plain", "a,b,c", false)
	for _, place := range []scenario.Place{scenario.AtRequest, scenario.AtResponse, scenario.AtBody} {
		t.Run(string(place), func(t *testing.T) {
			g := serve(t, up, faulty(scenario.Fault{Kind: scenario.FaultLatency, At: place, DelayMS: new(20.0)}))
			got := do(t, client(t, false), request(t, "GET", g.URL, ""))
			if string(got.Body) != "a,b,c" || got.Header.Get("X-MockForge-Fault") != "latency=20ms" {
				t.Errorf("got %q %v", got.Body, got.Header)
			}
			r := g.next(t)
			if r.InjectedDelayMS < 20 {
				t.Errorf("waited %v ms", r.InjectedDelayMS)
			}
			waited := *r.FirstByteMS
			if place == scenario.AtBody {
				waited = r.ResponseTimeMS - waited
			}
			if waited < 20 {
				t.Errorf("the first byte came after %v of %v ms", *r.FirstByteMS, r.ResponseTimeMS)
			}
		})
	}
}

func TestABodyComesSlowly(t *testing.T) {
	for name, f := range map[string]scenario.Fault{
		"throttled": {Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(10_000))},
		"dripping":  {Kind: scenario.FaultDrip, DurationMS: new(100)},
	} {
		for _, whole := range []bool{true, false} {
			for _, h2 := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s,whole=%v,http2=%v", name, whole, h2), func(t *testing.T) {
					body := strings.Repeat("x", 1000)
					g := serve(t, answering(t, "text/plain", body, whole), faulty(f))
					response, err := client(t, h2).Do(request(t, "GET", g.URL, ""))
					if err != nil {
						t.Fatal(err)
					}
					defer response.Body.Close()
					var parts, size int
					for buffer := make([]byte, 4096); err == nil; {
						var n int
						n, err = response.Body.Read(buffer)
						size += n
						parts++
					}
					if size != len(body) || err != io.EOF || parts < 2 {
						t.Errorf("got %d bytes in %d parts (%v)", size, parts, err)
					}
					if r := g.next(t); r.InjectedDelayMS == 0 || *r.FirstByteMS > r.ResponseTimeMS-90 || r.Faults[0].Kind != string(f.Kind) {
						t.Errorf("recorded %v, %v ms of delay, the first byte after %v of %v ms", r.Faults, r.InjectedDelayMS, *r.FirstByteMS, r.ResponseTimeMS)
					}
				})
			}
		}
	}
}

func TestARequestIsThrottled(t *testing.T) {
	var size int
	up := upstream(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		size = len(body)
	})
	g := serve(t, up.URL, faulty(scenario.Fault{Kind: scenario.FaultThrottle, At: scenario.AtRequest, BytesPerSecond: new(int64(20_000))}))
	do(t, client(t, false), request(t, "POST", g.URL, strings.Repeat("x", 2000)))
	if r := g.next(t); size != 2000 || r.InjectedDelayMS == 0 || r.ResponseTimeMS < 90 {
		t.Errorf("%d bytes arrived, after %v ms", size, r.ResponseTimeMS)
	}
}

func TestFaultsAddUp(t *testing.T) {
	g := serve(t, answering(t, "application/json", `{"a":1}`, true), faulty(
		scenario.Fault{Kind: scenario.FaultLatency, DelayMS: new(5.0)},
		scenario.Fault{Kind: scenario.FaultHeaders, SetHeaders: map[string]string{"X-New": "1"}},
		scenario.Fault{Kind: scenario.FaultPatch, Patch: []scenario.PatchOperation{{Op: "add", Path: "/b", Value: 2}}},
		scenario.Fault{Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(1000))},
		scenario.Fault{Kind: scenario.FaultTruncate, AfterBytes: new(int64(12))},
	))
	got, err := wire(t, g.Addr, get)
	if err != nil || !strings.HasSuffix(got, "\r\n\r\n"+`{"a":1,"b":2`) || !strings.Contains(got, "X-New: 1\r\n") || !strings.Contains(got, "Content-Length: 13\r\n") ||
		!strings.Contains(got, "X-Mockforge-Fault: truncate;latency=5ms;headers;patch;throttle\r\n") {
		t.Errorf("got %q (%v)", got, err)
	}
	if r := g.next(t); len(r.Faults) != 5 {
		t.Errorf("recorded %q", faultsOf(r))
	}
}

func TestAFaultIsForItsShare(t *testing.T) {
	g := serve(t, answering(t, "text/plain", "ok", true), faulty(scenario.Fault{Kind: scenario.FaultError, StatusCodes: []int{500}, Share: new(0.5)}))
	c := client(t, false)
	harmed := 0
	for range 200 {
		if do(t, c, request(t, "GET", g.URL, "")).Status == 500 {
			harmed++
		}
		g.next(t)
	}
	if harmed < 60 || harmed > 140 {
		t.Errorf("%d of 200 are harmed, want about half", harmed)
	}
}

func TestMocksAreHarmedAsUpstreamsAre(t *testing.T) {
	g := serve(t, untouched(t), mocks(mock.Definition{Name: "one", Path: "/things", Response: mock.Response{Body: `{"a":1}`}}), faulty(
		scenario.Fault{Kind: scenario.FaultPatch, Patch: []scenario.PatchOperation{{Op: "add", Path: "/b", Value: 2}}},
		scenario.Fault{Kind: scenario.FaultTruncate, AfterBytes: new(int64(12))},
	))
	if got, err := wire(t, g.Addr, get); err != nil || !strings.HasSuffix(got, "\r\n\r\n"+`{"a":1,"b":2`) {
		t.Errorf("got %q (%v)", got, err)
	}
}

// An answer has no body where HTTP has none, and then nothing is done to it.
func TestAnswersWithoutABodyAreLeftAlone(t *testing.T) {
	up := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodHead {
			w.Header().Set("Content-Length", "100")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	g := serve(t, up.URL, faulty(
		scenario.Fault{Kind: scenario.FaultTruncate}, scenario.Fault{Kind: scenario.FaultMalform, Part: "chunk"}, scenario.Fault{Kind: scenario.FaultCorrupt},
		scenario.Fault{Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(1))}, scenario.Fault{Kind: scenario.FaultDrip},
		scenario.Fault{Kind: scenario.FaultReset, AfterBytes: new(int64(1))}, scenario.Fault{Kind: scenario.FaultLatency, At: scenario.AtBody, DelayMS: new(1e4)},
	))
	for _, method := range []string{"HEAD", "GET"} {
		got := do(t, client(t, false), request(t, method, g.URL, ""))
		if got.Header.Get("X-MockForge-Fault") != "" || method == "HEAD" && got.Header.Get("Content-Length") != "100" {
			t.Errorf("%s got %d %v", method, got.Status, got.Header)
		}
		if r := g.next(t); r.Injected() || r.Failure != "" {
			t.Errorf("recorded %v, failure %q", r.Faults, r.Failure)
		}
	}
}

func TestAHarmedStreamStaysAStream(t *testing.T) {
	next := make(chan string)
	up := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		for event := range next {
			_, _ = io.WriteString(w, "data: "+event+"\n\n")
			w.(http.Flusher).Flush()
		}
	})
	g := serve(t, up.URL, faulty(
		scenario.Fault{Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(100_000))}, scenario.Fault{Kind: scenario.FaultCorrupt},
		scenario.Fault{Kind: scenario.FaultReset, AfterBytes: new(int64(1 << 20))}, scenario.Fault{Kind: scenario.FaultDrip, DurationMS: new(20)},
		scenario.Fault{Kind: scenario.FaultLatency, At: scenario.AtBody, DelayMS: new(1.0)},
	))
	response, err := client(t, false).Do(request(t, "GET", g.URL, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	events := bufio.NewReader(response.Body)
	for range 3 {
		next <- "one"
		// By length: the changed byte may be one that ends a line.
		if _, err := io.ReadFull(events, make([]byte, len("data: one\n\n"))); err != nil {
			t.Fatalf("an event did not come through: %v", err)
		}
	}
	close(next)
	if _, err := io.ReadAll(events); err != nil {
		t.Error(err)
	}
}
