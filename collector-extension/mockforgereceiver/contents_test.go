package mockforgereceiver

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func TestContents(t *testing.T) {
	body := func(content string) recording.Body {
		return recording.Body{Content: []byte(content), Size: int64(len(content))}
	}
	kib := strings.Repeat("x", 1024)
	for _, test := range []struct {
		name   string
		change func(*recording.Recording)
		want   map[string]any
	}{
		{"none", func(*recording.Recording) {}, map[string]any{}},
		{"text", func(r *recording.Recording) { r.Body, r.ResponseBody = body(`{"a":1}`), body("hello") }, map[string]any{
			"mockforge.request.body.content": `{"a":1}`, "mockforge.response.body.content": "hello",
		}},
		{"bytes", func(r *recording.Recording) { r.Body = body("\xff\xfe") }, map[string]any{
			"mockforge.request.body.content": "//4=", "mockforge.request.body.encoding": "base64",
		}},
		{"text with a NUL", func(r *recording.Recording) { r.Body = body("a\x00") }, map[string]any{
			"mockforge.request.body.content": "YQA=", "mockforge.request.body.encoding": "base64",
		}},
		{"as long as is allowed", func(r *recording.Recording) { r.Body = body(kib) }, map[string]any{"mockforge.request.body.content": kib}},
		{"longer than is allowed", func(r *recording.Recording) { r.Body = body(kib + "y") }, map[string]any{
			"mockforge.request.body.content": kib, "mockforge.request.body.truncated": true,
		}},
		{"longer, with a character at the limit", func(r *recording.Recording) { r.Body = body(kib[1:] + "é") }, map[string]any{
			"mockforge.request.body.content": kib[1:], "mockforge.request.body.truncated": true,
		}},
		{"cut and masked when it was recorded", func(r *recording.Recording) {
			r.ResponseBody = recording.Body{Content: []byte("[redacted]"), Size: 5000, Truncated: true, Redacted: true}
		}, map[string]any{
			"mockforge.response.body.content": "[redacted]", "mockforge.response.body.truncated": true, "mockforge.response.body.redacted": true,
		}},
		{"left out when it was recorded", func(r *recording.Recording) { r.ResponseBody = recording.Body{Size: 5000, Truncated: true} }, map[string]any{
			"mockforge.response.body.content": "", "mockforge.response.body.truncated": true,
		}},
		{"server-sent events", func(r *recording.Recording) {
			r.Body, r.ResponseBody = body("ask"), body("data: 1\n\n")
			r.Messages = []recording.Message{{Direction: "out", OffsetMS: 1.5, Kind: "event", Body: body("1")}}
		}, map[string]any{
			"mockforge.request.body.content": "ask",
			"mockforge.stream.messages":      []any{map[string]any{"direction": "out", "kind": "event", "offset_ms": 1.5, "size": int64(1), "content": "1"}},
		}},
		{"messages both ways, more than is allowed", func(r *recording.Recording) {
			r.Body, r.ResponseBody = body("frames"), body("frames")
			r.Messages = []recording.Message{
				{Direction: "in", Kind: "grpc", Body: body(kib[:1023])},
				{Direction: "out", Kind: "binary", Body: body("\xffy")},
				{Direction: "out", Kind: "text", Body: body("z")},
				{Direction: "out", Kind: "close"},
			}
		}, map[string]any{
			"mockforge.stream.messages": []any{
				map[string]any{"direction": "in", "kind": "grpc", "offset_ms": 0.0, "size": int64(1023), "content": kib[:1023]},
				map[string]any{"direction": "out", "kind": "binary", "offset_ms": 0.0, "size": int64(2), "content": "/w==", "encoding": "base64", "truncated": true},
				map[string]any{"direction": "out", "kind": "text", "offset_ms": 0.0, "size": int64(1), "content": "", "truncated": true},
				map[string]any{"direction": "out", "kind": "close", "offset_ms": 0.0, "size": int64(0), "content": ""},
			},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := createDefaultConfig().(*Config)
			c.MaxBodySizeKB = 1
			r := exchange(func(r *recording.Recording) {
				r.Body, r.ResponseBody = recording.Body{}, recording.Body{}
				test.change(r)
			})
			contents := func() map[string]any {
				got := map[string]any{}
				record := mapped(t, c, r)
				for name, value := range record.Attributes().All() {
					if strings.HasPrefix(name, "mockforge.request.") || strings.HasPrefix(name, "mockforge.response.") || name == attributeMessages {
						got[name] = value.AsRaw()
					}
				}
				documented(t, record)
				return got
			}
			if got := contents(); len(got) > 0 {
				t.Errorf("contents that nobody asked for: %v", got)
			}
			c.IncludeBodies = true
			if diff := cmp.Diff(test.want, contents()); diff != "" {
				t.Errorf("contents (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTextsAreCutBetweenCharacters(t *testing.T) {
	for _, test := range []struct {
		text  string
		limit int
		want  string
	}{{"", 0, ""}, {"abc", 3, "abc"}, {"abc", 2, "ab"}, {"aé", 2, "a"}, {"é", 1, ""}, {"日本", 5, "日"}} {
		if got := cut(test.text, test.limit); got != test.want {
			t.Errorf("%q at %d: got %q, want %q", test.text, test.limit, got, test.want)
		}
	}
}
