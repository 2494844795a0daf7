package upstream_test

import (
	"bufio"
	"net"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
)

func TestTheFieldsOfAnAnswerAreKeptAsTheyWereSent(t *testing.T) {
	inBoth(t, testTheFieldsOfAnAnswerAreKeptAsTheyWereSent)
}

func testTheFieldsOfAnAnswerAreKeptAsTheyWereSent(t *testing.T) {
	const fields = "x-b: 1\r\nX-A:Jos\xe9 \nX-B:\r\nContent-Length: 2\r\nx-b: 3\r\n"
	s := serve(t, always("HTTP/1.1 103 Early Hints\r\nLINK: </a>\r\n\r\nHTTP/1.1 200 Fine\r\n"+fields+"\r\nok"))
	transport := newTransport(t, upstream.Options{})
	r := request(t, http.MethodGet, s.url(), nil)
	var told []string
	n := &upstream.Notes{Informed: informed(func(fields string) { told = append(told, fields) })}
	response, content := whole(t, transport, r.WithContext(upstream.WithNotes(t.Context(), n)))
	if got := upstream.HeadOf(response); got != fields || content != "ok" {
		t.Errorf("got %q with %q, want %q", got, content, fields)
	}
	if diff := cmp.Diff([]string{"LINK: </a>\r\n"}, told); diff != "" {
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

// informed is who wants to know of the fields of informational answers.
type informed func(fields string)

func (i informed) Inform(_ int, _ http.Header, fields string) error {
	i(fields)
	return nil
}

func TestARequestIsSentInTheFormInWhichItCame(t *testing.T) {
	inBoth(t, testARequestIsSentInTheFormInWhichItCame)
}

func testARequestIsSentInTheFormInWhichItCame(t *testing.T) {
	heads := make(chan string, 1)
	s := serve(t, func(_ int, c net.Conn, r *bufio.Reader) {
		head, _ := readHead(r)
		heads <- head
		say(c, ok)
	})
	r := request(t, http.MethodPost, s.url()+"/x", nil)
	r.Host = "shop"
	r.Header = http.Header{"Accept": {"a", "b"}, "X-Empty": {""}, "User-Agent": {""}, "X-Name": {"Jos\xe9"}, "Via": {"me"}, "X-B": {"changed"}}
	const sent = "x-empty:\r\nACCEPT: a\r\nuser-agent:\r\nhOst: client\r\nx-name: Jos\xe9\r\ncontent-length: 0\r\naccept: b\r\nx-gone: 1\r\nX-b: 1\r\n"
	n := &upstream.Notes{Sent: sent}
	whole(t, newTransport(t, upstream.Options{}), r.WithContext(upstream.WithNotes(t.Context(), n)))
	const want = "POST /x HTTP/1.1\r\nx-empty: \r\nACCEPT: a\r\nuser-agent: \r\nhOst: shop\r\nx-name: Jos\xe9\r\ncontent-length: 0\r\naccept: b\r\nX-b: changed\r\nVia: me\r\n\r\n"
	if got := <-heads; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestAConnectionThatIsNotKeptMayStillBeUpgraded(t *testing.T) {
	inBoth(t, testAConnectionThatIsNotKeptMayStillBeUpgraded)
}

func testAConnectionThatIsNotKeptMayStillBeUpgraded(t *testing.T) {
	heads := make(chan string, 1)
	s := serve(t, func(_ int, c net.Conn, r *bufio.Reader) {
		head, _ := readHead(r)
		heads <- head
		say(c, ok)
	})
	r := request(t, http.MethodGet, s.url()+"/x", nil)
	r.Host, r.Header = "shop", http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}
	whole(t, newTransport(t, upstream.Options{MaxIdle: -1}), r.WithContext(upstream.WithNotes(t.Context(), &upstream.Notes{Sent: "upgrade:\r\nCONNECTION:\r\n"})))
	const want = "GET /x HTTP/1.1\r\nHost: shop\r\nupgrade: websocket\r\nCONNECTION: Upgrade, close\r\n\r\n"
	if got := <-heads; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
