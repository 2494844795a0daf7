package recording

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
)

// A body within many codings is cheap to send: each is another pass over all of it.
func TestABodyOfManyCodingsIsNotKept(t *testing.T) {
	redactor, err := NewRedactor(Redaction{})
	if err != nil {
		t.Fatal(err)
	}
	for codings, kept := range map[int]bool{1: true, maxCodings: true, maxCodings + 1: false, 1000: false} {
		content := []byte("hello")
		for range codings {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			if _, err := w.Write(content); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			content = b.Bytes()
		}
		r := Recording{
			ResponseHeaders: Values{"content-encoding": {strings.TrimSuffix(strings.Repeat("gzip, ", codings), ", ")}},
			ResponseBody:    Body{Content: content, Size: int64(len(content))},
		}
		redactor.Redact(&r)
		if got := string(r.ResponseBody.Content) == "hello"; got != kept || !kept && (len(r.ResponseBody.Content) > 0 || !r.ResponseBody.Truncated) {
			t.Errorf("%d codings: kept %q, truncated %v", codings, r.ResponseBody.Content, r.ResponseBody.Truncated)
		}
	}
}
