package replay

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var id = uuid.MustParse("0193598e-0000-7000-8000-000000000001")

// sent is what the upstream got.
type sent struct {
	*http.Request
	body string
}

// upstream starts a server that answers with handle, and returns a replayer to it and the requests it got.
func upstream(t *testing.T, options Options, handle http.HandlerFunc) (*Replayer, *[]sent) {
	t.Helper()
	var got []sent
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, sent{r, string(body)})
		handle(w, r)
	}))
	t.Cleanup(server.Close)
	return replayer(t, server.URL+"/base", options), &got
}

func replayer(t *testing.T, baseURL string, options Options) *Replayer {
	t.Helper()
	p, err := New(TargetsFunc(func(_ context.Context, gateway, _ string) (Target, error) {
		if gateway != "shop" {
			return Target{}, validation.Errorf("gateway", "must be a configured gateway, is %q", gateway)
		}
		return Target{BaseURL: baseURL}, nil
	}), options)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func order() recording.Recording {
	return recording.Recording{
		ID: id, Protocol: recording.HTTP, Gateway: "shop", Method: "POST", Scheme: "https", Host: "evil.example.com", Path: "/orders/a%2Fb",
		TraceID: "0af7651916cd43dd8448eb211c80319c", QueryParams: recording.Values{"tag": {"b", "a"}, "token": {"[redacted]"}},
		Headers: recording.Values{
			"Content-Type": {"application/json"}, "Accept": {"text/html", "application/json"}, "Authorization": {"[redacted]"},
			"Connection": {"keep-alive, X-Per-Hop"}, "X-Per-Hop": {"1"}, "Te": {"trailers"}, "Transfer-Encoding": {"chunked"},
			"Host": {"evil.example.com"}, "Content-Length": {"999"}, "Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
		},
		Body: recording.Body{Content: []byte(`{"item":7}`), Size: 10},
	}
}

func TestReplaySendsTheRecordedRequestToTheUpstream(t *testing.T) {
	p, got := upstream(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Add("X-Many", "1")
		w.Header().Add("X-Many", "2")
		w.Header().Set("Set-Cookie", "session=secret")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"id":8}`)
	})
	result, err := p.Replay(t.Context(), order(), Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	r := (*got)[0]
	if r.Method != http.MethodPost || r.RequestURI != "/base/orders/a%2Fb?tag=b&tag=a" || r.body != `{"item":7}` || strings.Contains(r.Host, "evil") {
		t.Errorf("the upstream got %s %s for %s: %s", r.Method, r.RequestURI, r.Host, r.body)
	}
	for name, want := range map[string][]string{
		"Accept": {"text/html", "application/json"}, "Authorization": nil, "X-Per-Hop": nil, "Te": nil, "Connection": {"close"},
		"Content-Length": {"10"}, "User-Agent": nil, "X-Mockforge-Replay": {id.String()},
		"Traceparent": {"00-" + result.TraceID + "-" + r.Header.Get("Traceparent")[36:]},
	} {
		if diff := cmp.Diff(want, r.Header[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if result.TraceID == result.RecordedTraceID || result.RecordedTraceID != order().TraceID || len(result.TraceID) != 32 {
		t.Errorf("the trace is %q, recorded %q", result.TraceID, result.RecordedTraceID)
	}
	if result.Status != 201 || string(result.Body.Content) != `{"id":8}` || result.Body.Size != 8 || result.Failure != "" {
		t.Errorf("got %+v", result)
	}
	if diff := cmp.Diff([]string{"1", "2"}, result.Headers["X-Many"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"session=" + recording.Mask}, result.Headers["Set-Cookie"]); diff != "" {
		t.Error("a credential is returned: " + diff)
	}
	want := []Dropped{{"header", "Authorization", "redacted when it was recorded"}, {"query", "token", "redacted when it was recorded"}}
	if diff := cmp.Diff(want, result.Dropped); diff != "" {
		t.Error(diff)
	}
}

func TestReplaySetsOverriddenHeaders(t *testing.T) {
	p, got := upstream(t, Options{}, func(http.ResponseWriter, *http.Request) {})
	result, err := p.Replay(t.Context(), order(), Overrides{Headers: map[string]string{"authorization": "Bearer mine", "accept": ""}})
	if err != nil {
		t.Fatal(err)
	}
	if r := (*got)[0]; r.Header.Get("Authorization") != "Bearer mine" || r.Header["Accept"] != nil {
		t.Errorf("the upstream got %v", r.Header)
	}
	if len(result.Dropped) != 1 {
		t.Errorf("dropped %v, want the query parameter only", result.Dropped)
	}
}

func TestReplaySendsBodiesThatWereUnpacked(t *testing.T) {
	p, got := upstream(t, Options{}, func(http.ResponseWriter, *http.Request) {})
	r := order()
	r.Headers["Content-Encoding"], r.Body.Decoded, r.Body.Size = []string{"gzip"}, true, 33
	result, err := p.Replay(t.Context(), r, Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	if r := (*got)[0]; r.Header["Content-Encoding"] != nil || r.body != `{"item":7}` {
		t.Errorf("the upstream got %v: %s", r.Header, r.body)
	}
	if want := (Dropped{"header", "Content-Encoding", "the body was unpacked when it was recorded"}); !slices.Contains(result.Dropped, want) {
		t.Errorf("dropped %v", result.Dropped)
	}
}

func TestReplayStaysAtTheUpstream(t *testing.T) {
	for _, path := range []string{"//evil.example.com/x", "/http://evil.example.com/", "/@evil.example.com", "/%zz"} {
		p, got := upstream(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://evil.example.com/", http.StatusFound)
		})
		r := order()
		r.Path = path
		result, err := p.Replay(t.Context(), r, Overrides{})
		if err != nil || result.Status != http.StatusFound || len(*got) != 1 {
			t.Errorf("%s: got %+v, %v and %d requests", path, result, err, len(*got))
		}
	}
}

func TestReplayRefusesWhatCannotBeReplayed(t *testing.T) {
	p, got := upstream(t, Options{}, func(http.ResponseWriter, *http.Request) {})
	for _, tt := range []struct {
		field     string
		change    func(*recording.Recording)
		overrides Overrides
	}{
		{"messages", func(r *recording.Recording) {
			r.Protocol = recording.WebSocket
			r.Messages = []recording.Message{{Direction: "in", Kind: "text", Body: recording.Body{Size: 9, Truncated: true}}}
		}, Overrides{}},
		{"messages", func(r *recording.Recording) {
			r.Protocol = recording.WebSocket
			r.Messages = make([]recording.Message, maxMessages)
		}, Overrides{}},
		{"messages", func(r *recording.Recording) { r.Protocol = recording.GRPC }, Overrides{}},
		{"messages", func(r *recording.Recording) {
			r.Protocol, r.Body.Size = recording.GRPC, 6
			r.Messages = []recording.Message{{Direction: "in", Kind: "grpc", Body: recording.Body{Content: []byte("x"), Size: 1, Redacted: true}}}
		}, Overrides{}},
		{"protocol", func(r *recording.Recording) { r.Protocol = "smtp" }, Overrides{}},
		{"protocol", func(r *recording.Recording) { r.Headers["Content-Type"] = []string{"application/grpc+proto"} }, Overrides{}},
		{"headers", func(r *recording.Recording) { r.Headers["upgrade"], r.ResponseStatus = []string{"h2c"}, 101 }, Overrides{}},
		{"method", func(r *recording.Recording) { r.Method = "CONNECT" }, Overrides{}},
		{"method", func(r *recording.Recording) { r.Method = "a b" }, Overrides{}},
		{"path", func(r *recording.Recording) { r.Path = "http://evil.example.com/" }, Overrides{}},
		{"path", func(r *recording.Recording) { r.Path = "/tokens/[redacted]" }, Overrides{}},
		{"body", func(r *recording.Recording) { r.Body.Truncated = true }, Overrides{}},
		{"body", func(r *recording.Recording) { r.Body.Content = nil }, Overrides{}},
		{"gateway", func(r *recording.Recording) { r.Gateway = "gone" }, Overrides{}},
		{`headers["a b"]`, func(*recording.Recording) {}, Overrides{Headers: map[string]string{"a b": "1"}}},
		{`headers["host"]`, func(*recording.Recording) {}, Overrides{Headers: map[string]string{"host": "evil.example.com"}}},
		{`headers["X"]`, func(*recording.Recording) {}, Overrides{Headers: map[string]string{"X": "a\r\nb"}}},
	} {
		r := order()
		tt.change(&r)
		_, err := p.Replay(t.Context(), r, tt.overrides)
		if all := validation.All(err); len(all) != 1 || all[0].Field != tt.field {
			t.Errorf("got %v, want an error about %s", err, tt.field)
		}
	}
	if len(*got) != 0 {
		t.Errorf("the upstream got %d requests", len(*got))
	}
}

func TestReplayTellsWhyThereIsNoAnswer(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	slow, _ := upstream(t, Options{Timeout: 50 * time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	broken, _ := upstream(t, Options{}, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	gone, err := probe.FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for want, p := range map[string]*Replayer{
		"timed out after 50ms":            slow,
		"upstream closed the connection":  broken,
		"upstream refused the connection": replayer(t, "http://user:secret@"+gone, Options{}),
	} {
		result, err := p.Replay(t.Context(), order(), Overrides{})
		if err != nil || result.Status != 0 || result.Failure != want {
			t.Errorf("got %+v, %v, want %q", result, err, want)
		}
		if raw, _ := json.Marshal(result); strings.Contains(string(raw), "secret") {
			t.Error("the password of the upstream is returned")
		}
	}
}

func TestReplayEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, _ := upstream(t, Options{}, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := p.Replay(ctx, order(), Overrides{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestReplayReadsNoMoreThanItMay(t *testing.T) {
	p, _ := upstream(t, Options{MaxResponseBytes: 10}, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 5000))
	})
	result, err := p.Replay(t.Context(), order(), Overrides{})
	if err != nil || len(result.Body.Content) != 10 || !result.Body.Truncated || result.Body.Size != 11 && result.Body.Size != 5000 {
		t.Errorf("got %+v, %v", result, err)
	}
}

func TestReplayMasksTheAnswer(t *testing.T) {
	p, _ := upstream(t, Options{Redact: func(r *recording.Recording) {
		r.ResponseBody.Content, r.ResponseBody.Redacted = []byte(`{"token":"[redacted]"}`), true
	}}, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"token":"secret"}`) })
	result, err := p.Replay(t.Context(), order(), Overrides{})
	if err != nil || !result.Body.Redacted || strings.Contains(string(result.Body.Content), "secret") {
		t.Errorf("got %+v, %v", result, err)
	}
}

func TestNewRefusesWrongOptions(t *testing.T) {
	for field, options := range map[string]Options{"timeout": {Timeout: time.Hour}, "max_response_bytes": {MaxResponseBytes: -1}} {
		_, err := New(nil, options)
		if all := validation.All(err); len(all) != 1 || all[0].Field != field {
			t.Errorf("got %v, want an error about %s", err, field)
		}
	}
	_, err := replayer(t, "ftp://user:secret@host", Options{}).Replay(t.Context(), order(), Overrides{})
	if all := validation.All(err); len(all) != 1 || all[0].Field != "gateway" || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v, want an error about the gateway", err)
	}
}

func FuzzNewRequest(f *testing.F) {
	f.Add("GET", "/users/1", "Accept", "*/*", "q")
	f.Add("P\n", "//[::1", "Host", "\r\n", "%")
	f.Fuzz(func(t *testing.T, method, path, name, value, query string) {
		unframe(recording.Body{Content: []byte(value), Size: int64(len(value))}, "gzip", 1<<20)
		r := recording.Recording{ID: id, Protocol: recording.HTTP, Method: method, Path: path, Headers: recording.Values{name: {value}}, QueryParams: recording.Values{query: {value}}}
		if Replayable(r) != nil {
			return
		}
		base, _ := Target{BaseURL: "http://upstream:8000/base"}.base()
		request, _, _, err := newRequest(t.Context(), base, r, Overrides{})
		if err != nil {
			return
		}
		if request.URL.Scheme != "http" || request.URL.Host != "upstream:8000" || request.Host != "upstream:8000" || !strings.HasPrefix(request.URL.Path, "/base/") {
			t.Fatalf("%q goes to %s", path, request.URL)
		}
		if err := request.Write(io.Discard); err != nil {
			t.Fatal(err)
		}
	})
}
