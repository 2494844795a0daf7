package gateway_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.opentelemetry.io/collector/config/confighttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Recordings and spans outlive the memory in which their exchanges were made: what was handed over is compared with what was sent, and
// with itself as it was handed over, when all of that memory has been filled with other exchanges several times. Run with -race.
func TestRecordingsKeepNothingThatIsUsedAgain(t *testing.T) {
	up := upstream(t, reflect)
	var mu sync.Mutex
	seen := map[string]handedOver{}
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	tracing, err := telemetry.NewTracing(t.Context(), telemetry.TracingOptions{Provider: provider, SamplingRate: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, changes := range map[string][]change{
		"recorded":        nil,
		"traced":          {func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Tracing = tracing }},
		"inside handlers": {insideHandlers},
	} {
		t.Run(name, func(t *testing.T) {
			clear(seen)
			spans.Reset()
			observed := sync.WaitGroup{}
			observe := func(o *gateway.Options, _ *confighttp.ServerConfig) {
				o.Observe = func(r *recording.Recording, captured bool) {
					defer observed.Done()
					if !captured {
						t.Error("an exchange was not captured")
					}
					mu.Lock()
					defer mu.Unlock()
					seen[r.Path] = handedOver{r, asJSON(t, r)}
				}
			}
			g := serve(t, up.URL, append(changes, observe)...)
			const clients, each = 8, 77
			observed.Add(clients * each)
			var all sync.WaitGroup
			for i := range clients {
				all.Go(func() { reflected(t, g.Addr, i, each) })
			}
			all.Wait()
			observed.Wait()
			ids := map[uuid.UUID]bool{}
			traces := map[string]bool{}
			for i := range clients {
				for n := range each {
					e := sentBy(i, n)
					got, ok := seen[e.path]
					if !ok {
						t.Errorf("%s was not recorded", e.path)
						continue
					}
					if diff := cmp.Diff(got.then, asJSON(t, got.Recording)); diff != "" {
						t.Errorf("%s has changed since it was handed over: %s", e.path, diff)
					}
					e.check(t, got.Recording)
					ids[got.ID], traces[got.TraceID] = true, true
				}
			}
			if len(ids) != clients*each || len(traces) != clients*each {
				t.Errorf("%d exchanges have %d ids and %d traces", clients*each, len(ids), len(traces))
			}
			if name == "traced" {
				checkSpans(t, spans.GetSpans(), seen)
			}
		})
	}
}

type handedOver struct {
	*recording.Recording
	then string
}

func asJSON(t *testing.T, r *recording.Recording) string {
	text, err := json.Marshal(r)
	if err != nil {
		t.Error(err)
	}
	return string(text) + "\n" + fmt.Sprint(r.HeaderLines(), r.ResponseHeaderLines())
}

// sent is a request, and what is to become of it.
type sentRequest struct {
	id, path, head, body string
	// leaves reports whether the client leaves before it has the answer, breaks whether the upstream breaks off.
	leaves, breaks bool
	events         bool
	// answer is the body of the answer.
	answer string
}

// sentBy returns the n-th request of a client. They differ in all that can differ, lengths among it.
func sentBy(client, n int) sentRequest {
	id := fmt.Sprintf("%d-%d-%s", client, n, strings.Repeat(string(rune('a'+client)), n%13))
	e := sentRequest{id: id, path: "/" + id + "/x"}
	method, fields := "GET", ""
	switch n % 11 {
	case 1:
		fields = "x-extra: 1\r\nX-EXTRA: " + id + "\r\n"
	case 2:
		fields = "X-Ends: chunks\r\n"
	case 3:
		method, e.body = "POST", "body "+id
	case 4:
		fields, e.breaks = "X-Ends: break\r\n", true
	case 5:
		fields = "X-Slow: 1\r\n"
	case 6: // more than is there with the head
		method, e.body = "PUT", strings.Repeat("large "+id, 5000)
	case 7: // answered before it was read
		method, e.body, fields = "POST", strings.Repeat("early "+id, 3000), "X-Ends: early\r\n"
	case 8:
		fields, e.events = "X-Ends: events\r\n", true
	case 9:
		fields = "X-Ends: trailers\r\n"
	case 10:
		method, e.body, e.leaves = "POST", "left "+id, true
		fields = "X-Slow: 1\r\n"
	}
	if e.body != "" {
		fields += fmt.Sprintf("Content-Length: %d\r\n", len(e.body))
	}
	target := e.path + "?q=" + id
	e.head = method + " " + target + " HTTP/1.1\r\nhost: shop\r\nX-Id: " + id + "\r\n" + fields + "\r\n"
	switch {
	case n%11 == 7:
		e.answer = "early"
	case e.events:
		e.answer = "data: " + id + "\n\n"
	default:
		e.answer = target + e.body
	}
	return e
}

// reflect answers with what it was asked.
func reflect(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Slow") != "" {
		select {
		case <-time.After(15 * time.Millisecond): // longer than a call is left unwatched
		case <-r.Context().Done():
		}
	}
	id := r.Header.Get("X-Id")
	w.Header().Set("X-Id", id)
	w.Header()["X-More"] = []string{id, id + "!"}
	w.Header().Set("X-Trace", r.Header.Get("Traceparent"))
	switch r.Header.Get("X-Ends") {
	case "break":
		panic(http.ErrAbortHandler)
	case "early":
		_, _ = io.WriteString(w, "early")
		return
	case "chunks":
		for _, part := range strings.SplitAfter(r.RequestURI, "/") {
			_, _ = io.WriteString(w, part)
			_ = http.NewResponseController(w).Flush()
		}
		return
	case "events":
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: "+id+"\n\n")
		return
	case "trailers":
		w.Header().Set("Trailer", "X-Behind")
		_, _ = io.WriteString(w, r.RequestURI)
		w.Header().Set("X-Behind", id)
		return
	}
	body, _ := io.ReadAll(r.Body)
	_, _ = io.WriteString(w, r.RequestURI+string(body))
}

// reflected sends the requests of a client, and reads their answers.
func reflected(t *testing.T, address string, client, each int) {
	var conn net.Conn
	var reader *bufio.Reader
	for n := range each {
		if conn == nil {
			var err error
			if conn, err = net.Dial("tcp", address); err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(patience))
			reader = bufio.NewReader(conn)
		}
		e := sentBy(client, n)
		_, _ = io.WriteString(conn, e.head+e.body)
		if e.leaves {
			_ = conn.Close()
			conn = nil
			continue
		}
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Errorf("%s: %v", e.id, err)
			return
		}
		content, err := io.ReadAll(response.Body)
		switch {
		case e.breaks && response.StatusCode != http.StatusBadGateway:
			t.Errorf("%s: got %d for an upstream that broke off", e.id, response.StatusCode)
		case !e.breaks && (err != nil || response.Header.Get("X-Id") != e.id || string(content) != e.answer):
			t.Errorf("%s: got %v, %.40q, %v", e.id, response.Header, content, err)
		}
		if response.Close {
			_ = conn.Close()
			conn = nil
		}
	}
}

// check compares what was recorded with what was sent.
func (e *sentRequest) check(t *testing.T, r *recording.Recording) {
	t.Helper()
	wrong := func(what string, got any) {
		t.Errorf("%s: the recording has the %s %.200q", e.id, what, fmt.Sprint(got))
	}
	lines, fields := "", e.head[strings.Index(e.head, "\n")+1:]
	for _, line := range r.HeaderLines() {
		lines += line.Name + ": " + line.Value + "\r\n"
	}
	if lines+"\r\n" != fields {
		wrong("headers", lines)
	}
	if _, target, _ := strings.Cut(e.head, " "); !strings.HasPrefix(target, string(r.Target)+" ") {
		wrong("target", r.Target)
	}
	if diff := cmp.Diff(recording.Values{"q": {e.id}}, r.QueryParams); diff != "" {
		wrong("parameters", diff)
	}
	early := e.answer == "early"
	if body := string(r.Body.Content); body != e.body && !(early && strings.HasPrefix(e.body, body)) && !e.leaves {
		wrong("body", body)
	}
	if e.breaks || e.leaves && r.ResponseStatus != http.StatusOK {
		if id := r.ResponseHeaders["X-Id"]; id != nil {
			wrong("header of an answer that was none", id)
		}
		return
	}
	if diff := cmp.Diff([]string{e.id, e.id + "!"}, r.ResponseHeaders["X-More"]); diff != "" {
		wrong("headers of the answer", diff)
	}
	if trace := r.ResponseHeaders["X-Trace"]; len(trace) != 1 || !strings.HasPrefix(trace[0], "00-"+r.TraceID+"-") {
		wrong("trace "+r.TraceID+", and asked the upstream with", trace)
	}
	if answer := string(r.ResponseBody.Content); answer != e.answer && !(e.leaves && strings.HasPrefix(e.answer, answer)) {
		wrong("answer", answer)
	}
	if strings.Contains(e.head, "trailers") != (len(r.ResponseTrailers) > 0) || len(r.ResponseTrailers) > 0 && r.ResponseTrailers["X-Behind"][0] != e.id {
		wrong("trailers", r.ResponseTrailers)
	}
	if e.events != (len(r.Messages) == 1) || e.events && string(r.Messages[0].Body.Content) != "data: "+e.id+"\n" {
		wrong("messages", r.Messages)
	}
}

// checkSpans compares spans with the recordings that they belong to.
func checkSpans(t *testing.T, spans tracetest.SpanStubs, seen map[string]handedOver) {
	t.Helper()
	byTrace := map[string]recording.Recording{}
	for _, r := range seen {
		byTrace[r.TraceID] = *r.Recording
	}
	servers, clients := 0, map[string]bool{}
	for _, span := range spans {
		if span.SpanKind == trace.SpanKindClient {
			clients["00-"+span.SpanContext.TraceID().String()+"-"+span.SpanContext.SpanID().String()+"-01"] = true
		}
		r, ok := byTrace[span.SpanContext.TraceID().String()]
		if !ok {
			t.Errorf("the span %s is of no recording", span.Name)
			continue
		}
		for _, a := range span.Attributes {
			switch key, value := string(a.Key), a.Value.String(); {
			case key == "url.path" && value != r.Path, key == "url.full" && !strings.HasSuffix(value, r.Path),
				key == "mockforge.recording.id" && value != r.ID.String(), key == "http.request.method" && value != r.Method:
				t.Errorf("the span of %s has %s %s", r.Path, key, value)
			case key == "url.path":
				servers++
			}
		}
	}
	if servers != len(seen) {
		t.Errorf("%d exchanges have %d spans", len(seen), servers)
	}
	for path, r := range seen {
		if asked := http.Header(r.ResponseHeaders).Get("X-Trace"); asked != "" && !clients[asked] {
			t.Errorf("%s: the upstream was asked by %s, which is no span", path, asked)
		}
	}
}
