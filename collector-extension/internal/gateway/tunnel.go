package gateway

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

var errNoTunnel = errors.New("the connection cannot be switched to another protocol")

// tunnel answers with 101, and carries what client and upstream send each other then until both have ended, or one of them has broken
// off. The end of the exchange's context ends it too.
func (f *forwarding) tunnel(out *http.Request, response *http.Response) {
	upstream, ok := response.Body.(io.ReadWriteCloser)
	if !ok {
		fail(f.writer, out, errNoTunnel)
		return
	}
	if protocol := upgradeType(out.Header); !strings.EqualFold(protocol, upgradeType(response.Header)) {
		_ = upstream.Close()
		fail(f.writer, out, errUnaskedUpgrade)
		return
	}
	client, buffered, err := http.NewResponseController(f.writer).Hijack()
	if err != nil {
		_ = upstream.Close()
		fail(f.writer, out, errNoTunnel)
		return
	}
	over := make(chan struct{})
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		select {
		case <-out.Context().Done():
		case <-over:
		}
		_ = upstream.Close()
	}()
	defer func() { <-closed }()
	defer close(over)
	defer client.Close()
	if f.writeSwitch(buffered.Writer, response) != nil {
		return
	}
	results := make(chan error, 2)
	go func() { results <- carry(upstream, client) }()
	go func() { results <- carry(client, upstream) }()
	if err := <-results; err == nil {
		<-results //nolint:errcheck // Whatever it is, both are over.
	}
}

// carry copies from one side to the other until the end, and passes that on: the other direction may go on.
func carry(to io.Writer, from io.Reader) error {
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// writeSwitch writes the head of an answer that switches protocols, in the form in which the upstream sent it.
func (f *forwarding) writeSwitch(w *bufio.Writer, response *http.Response) error {
	h := f.writer.Header()
	for name, values := range response.Header {
		for _, value := range values {
			h.Add(name, value)
		}
	}
	reason, ok := strings.CutPrefix(response.Status, strconv.Itoa(response.StatusCode)+" ")
	if !ok {
		reason = http.StatusText(response.StatusCode)
	}
	_, _ = w.WriteString("HTTP/1.1 " + strconv.Itoa(response.StatusCode) + " " + reason + "\r\n")
	new(field.Order).Each(h, nil, f.notes.Fields, func(p *field.Placed) {
		if field.IsToken(p.Name) && field.IsValue(p.Value) {
			_, _ = w.WriteString(p.Name + ": " + p.Value + "\r\n")
		}
	})
	_, _ = w.WriteString("\r\n")
	return w.Flush()
}
