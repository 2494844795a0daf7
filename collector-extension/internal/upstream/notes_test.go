package upstream_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
)

func TestTheFieldsOfAnAnswerAreKeptAsTheyWereSent(t *testing.T) {
	const fields = "x-b: 1\r\nX-A:Jos\xe9 \nX-B:\r\nContent-Length: 2\r\nx-b: 3\r\n"
	s := serve(t, always("HTTP/1.1 103 Early Hints\r\nLINK: </a>\r\n\r\nHTTP/1.1 200 Fine\r\n"+fields+"\r\nok"))
	transport := newTransport(t, upstream.Options{})
	r := request(t, http.MethodGet, s.url(), nil)
	var informed []string
	n := &upstream.Notes{Inform: func(_ int, _ http.Header, fields string) error {
		informed = append(informed, fields)
		return nil
	}}
	response, content := whole(t, transport, r.WithContext(upstream.WithNotes(t.Context(), n)))
	if got := upstream.HeadOf(response); got != fields || content != "ok" {
		t.Errorf("got %q with %q, want %q", got, content, fields)
	}
	if diff := cmp.Diff([]string{"LINK: </a>\r\n"}, informed); diff != "" {
		t.Errorf("informed (-want +got):\n%s", diff)
	}
	lines, err := field.Lines(upstream.HeadOf(response), true)
	if err != nil {
		t.Fatal(err)
	}
	want := []field.Line{{Name: "x-b", Value: "1"}, {Name: "X-A", Value: "Jos\xe9"}, {Name: "X-B"}, {Name: "Content-Length", Value: "2"}, {Name: "x-b", Value: "3"}}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if response, _ := whole(t, transport, request(t, http.MethodGet, s.url(), nil)); upstream.HeadOf(response) != "" {
		t.Error("the head is known of an answer whose request had no notes")
	}
}
