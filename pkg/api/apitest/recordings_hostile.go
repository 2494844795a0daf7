package apitest

import (
	"bytes"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

var hostileCases = []recordingCase{
	alone("no recording is lost for a character", keepsCharacters),
	alone("targets of any bytes come back as they were", keepsTargets),
	alone("bodies of any bytes come back as they were", keepsBodies),
	alone("no recording is lost for a long value", keepsLongValues),
	alone("no recording is lost for a number", keepsNumbers),
}

func keepsCharacters(t *testing.T, store RecordingStore) {
	r := Simple(Noon, 1)
	const nasty = "a\x00b\xe9\xffc\\\t\n"
	r.Path, r.Consumer, r.Operation, r.TraceID, r.Host = "/"+nasty, nasty, nasty, nasty, nasty
	r.Gateway, r.Method, r.Route, r.Rule, r.ClientIP, r.Failure, r.MockMatched = nasty, nasty, nasty, nasty, nasty, nasty, nasty
	r.Headers = recording.Values{nasty: {nasty, `\u0000`}}
	r.ResponseTrailers = recording.Values{nasty: {nasty}}
	r.QueryParams = recording.Values{"q": {nasty}}
	r.Tags, r.PluginExecuted, r.Faults = []string{nasty}, []string{nasty}, []recording.Fault{{Kind: nasty, Detail: nasty}}
	r.Body.Content, r.ResponseBody.Content = []byte(nasty), []byte(nasty)
	mustWrite(t, store, r)
	got := mustGet(t, store, r.ID)
	const want = "a\u2400béÿc\\\t\n"
	if got.Headers[want][0] != want || got.Headers[want][1] != `\u0000` || got.Path != "/"+want || got.ResponseTrailers[want][0] != want || got.QueryParams["q"][0] != want {
		t.Errorf("headers %q, trailers %q, parameters %q, path %q", got.Headers, got.ResponseTrailers, got.QueryParams, got.Path)
	}
	for name, text := range map[string]string{
		"consumer": got.Consumer, "operation": got.Operation, "trace_id": got.TraceID, "host": got.Host, "gateway": got.Gateway, "method": got.Method, "route": got.Route,
		"rule": got.Rule, "client_ip": got.ClientIP, "failure": got.Failure, "mock_matched": got.MockMatched,
		"tags": got.Tags[0], "plugin_executed": got.PluginExecuted[0], "fault": got.Faults[0].Kind, "detail": got.Faults[0].Detail,
	} {
		if text != want {
			t.Errorf("%s is %q, want %q", name, text, want)
		}
	}
	if string(got.Body.Content) != nasty || string(got.ResponseBody.Content) != nasty {
		t.Errorf("the bodies are %q and %q", got.Body.Content, got.ResponseBody.Content)
	}
}

func keepsTargets(t *testing.T, store RecordingStore) {
	targets := []recording.Target{
		"", "*", "/", "/?", "//a|b/../%2F;c?d;e&f=%FF&100%", "/\xff\x00?x=\xe9", "/caf\xc3\xa9?q=\xe9", "base64:AA==", "base64:", `/\N\t\x"'`, "\\N",
		recording.Target("/" + strings.Repeat("a%2F", 1<<18)),
	}
	var all []recording.Recording
	for i, target := range targets {
		r := Simple(Noon, i)
		r.Target, r.TargetRedacted = target, i%2 == 1
		all = append(all, r)
	}
	mustWrite(t, store, all...)
	for _, want := range all {
		if got := mustGet(t, store, want.ID); got.Target != want.Target || got.TargetRedacted != want.TargetRedacted {
			t.Errorf("%.80q came back as %.80q", want.Target, got.Target)
		}
	}
}

func keepsBodies(t *testing.T, store RecordingStore) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	large := make([]byte, 4<<20)
	_, _ = rand.NewChaCha8([32]byte{2}).Read(large)
	for i, body := range [][]byte{
		nil,
		{0},
		[]byte(" "), []byte("\\N"), []byte("\\."), []byte("\\x00"), []byte("NULL"), []byte(`{"a":"\u0000"}`), []byte("a\r\nb\tc\vd"), []byte("\xef\xbb\xbfé"),
		[]byte("cut \xe2\x82"), []byte("\xed\xa0\x80"), every, large, bytes.Repeat([]byte("é"), 2<<20), bytes.Repeat([]byte{0}, 1<<20),
	} {
		r := Simple(Noon, i)
		r.Body = recording.Body{Content: body, Size: int64(len(body)), Truncated: i%2 == 0}
		r.ResponseBody = recording.Body{Content: body, Size: 1 << 40, Truncated: true}
		r.Messages = []recording.Message{{Direction: "in", Kind: "binary", Body: r.Body}}
		mustWrite(t, store, r)
		got := mustGet(t, store, r.ID)
		if len(got.Messages) != 1 {
			t.Fatalf("%.40q: %d messages, want 1", body, len(got.Messages))
		}
		for _, pair := range [][2]*recording.Body{{&r.Body, &got.Body}, {&r.ResponseBody, &got.ResponseBody}, {&r.Messages[0].Body, &got.Messages[0].Body}} {
			// Of one that was cut off within a character the rest of that may be left out.
			text, _ := pair[0].Text()
			if !bytes.Equal(pair[0].Content, pair[1].Content) && (!pair[0].Truncated || string(pair[1].Content) != text) {
				t.Errorf("%.40q came back as %.40q", pair[0].Content, pair[1].Content)
			}
			pair[0].Content, pair[1].Content = nil, nil
		}
		if diff := cmp.Diff(r, got); diff != "" {
			t.Errorf("%.40q (-want +got):\n%s", body, diff)
		}
	}
}

// Clients send methods and paths, and stores have bounds for what they index.
func keepsLongValues(t *testing.T, store RecordingStore) {
	random := rand.NewChaCha8([32]byte{1})
	long := func() string { // that does not compress
		bytes := make([]byte, 8<<10)
		_, _ = random.Read(bytes)
		return hex.EncodeToString(bytes)
	}
	r := Simple(Noon, 1)
	r.Consumer, r.Method, r.Path, r.Route, r.Rule, r.TraceID = long(), long(), "/"+long(), "/ü"+long(), long(), long()
	mustWrite(t, store, r)
	got := mustGet(t, store, r.ID)
	if got.Path != r.Path || !strings.HasPrefix(r.Route, got.Route) || len(got.Route) < 1000 || !strings.HasPrefix(r.Method, got.Method) || got.Method == "" {
		t.Errorf("stored path of %d bytes, route of %d, method of %d", len(got.Path), len(got.Route), len(got.Method))
	}
}

func keepsNumbers(t *testing.T, store RecordingStore) {
	none := []float64{math.NaN(), math.Inf(1), math.Inf(-1)}
	for i, number := range append(none, 0, 0.1, 1e-9, float64(24*time.Hour/time.Millisecond)) {
		r := Simple(Noon, i)
		r.ResponseTimeMS, r.UpstreamTimeMS, r.FirstByteMS, r.InjectedDelayMS = number, &number, &number, number
		r.ScenarioVersion, r.Body.Size = math.MaxInt64, math.MaxInt64
		r.Messages = []recording.Message{{OffsetMS: number}}
		mustWrite(t, store, r)
		want := r
		if i < len(none) { // What JSON has no word for is 0, and absent where it may be.
			want.ResponseTimeMS, want.UpstreamTimeMS, want.FirstByteMS, want.InjectedDelayMS = 0, nil, nil, 0
			want.Messages = []recording.Message{{}}
		}
		if diff := cmp.Diff(want, mustGet(t, store, r.ID)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", number, diff)
		}
	}
}
