package upstream

import (
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/textproto"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// body is the body of an answer. Its end gives the connection back, Close before that ends it.
type body struct {
	call     *call
	response *http.Response
	framing  framing
	// rest is what is to come of a body whose length is known.
	rest    int64
	chunked io.Reader
	err     error
}

// begin is called before a body is read.
func (b *body) begin(c *call, response *http.Response, f framing) {
	b.call, b.response, b.framing, b.rest = c, response, f, f.length
	if f.chunked {
		b.chunked = httputil.NewChunkedReader(c.conn.reader)
	}
}

// Read reads the body. A body of a known length ends with its last byte, so that nobody need ask again.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.read(p)
	if err == nil {
		return n, nil
	}
	err = b.call.cause(err)
	b.err = err
	b.call.endAnswer(errors.Is(err, io.EOF) && !b.framing.close)
	return n, err
}

func (b *body) read(p []byte) (int, error) {
	switch {
	case b.chunked != nil:
		n, err := b.chunked.Read(p)
		if errors.Is(err, io.EOF) {
			if failed := b.trailers(); failed != nil {
				return n, failed
			}
		}
		return n, err
	case b.rest < 0:
		n, err := b.call.conn.reader.Read(p)
		if errors.Is(err, io.EOF) && b.call.conn.cutOff() {
			err = io.ErrUnexpectedEOF
		}
		return n, err
	}
	if int64(len(p)) > b.rest {
		p = p[:b.rest]
	}
	n, err := b.call.conn.reader.Read(p)
	b.rest -= int64(n)
	switch {
	case b.rest == 0:
		return n, io.EOF
	case errors.Is(err, io.EOF):
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

// Ready reports whether all of the body has come already, so that nobody waits who reads it.
func (b *body) Ready() bool { return b.rest >= 0 && int64(b.call.conn.reader.Buffered()) >= b.rest }

// isWhole reports whether there is a body of known length, all of which has come already.
func (b *body) isWhole() bool { return b.err == nil && b.chunked == nil && b.Ready() }

// WriteWhole writes the body to w in one piece, and ends it, where all of it has come already; else it does nothing, and reports false.
func (b *body) WriteWhole(w io.Writer) (whole bool, err error) {
	if !b.isWhole() {
		return false, nil
	}
	reader := b.call.conn.reader
	content, err := reader.Peek(int(b.rest))
	if err == nil {
		_, err = w.Write(content)
	}
	if err != nil {
		return true, err
	}
	_, _ = reader.Discard(len(content))
	b.rest, b.err = 0, io.EOF
	b.call.endAnswer(!b.framing.close)
	return true, nil
}

// trailers reads what is behind the last chunk (RFC 9112 section 7.1.2).
func (b *body) trailers() error {
	block, err := readBlock(b.call.conn.reader, b.call.transport.MaxHeaderBytes)
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	fields, err := fieldsOf(block)
	if err != nil {
		return err
	}
	for name, values := range fields {
		if b.response.Trailer == nil {
			b.response.Trailer = http.Header{}
		}
		b.response.Trailer[name] = values
	}
	return nil
}

// Close ends the connection where the body was not read to its end: what is to come of it can be of any size.
func (b *body) Close() error {
	b.call.endAnswer(false)
	return nil
}

// announced returns the trailers that an answer in chunks announces, without values yet, as http.Response has them.
func announced(header http.Header) (http.Header, error) {
	lists, ok := header["Trailer"]
	if !ok {
		return nil, nil
	}
	delete(header, "Trailer")
	trailer := http.Header{}
	for _, list := range lists {
		for name := range field.Elements(list) {
			switch name = textproto.CanonicalMIMEHeaderKey(name); name {
			case "Transfer-Encoding", "Content-Length", "Trailer":
				return nil, malformed("it announces the trailer %s", name)
			default:
				trailer[name] = nil
			}
		}
	}
	return trailer, nil
}

// upgraded is the body of an answer that has handed the connection over (RFC 9110 section 7.8).
type upgraded struct{ call *call }

// Read gives what the upstream sends, beginning with what came with the head.
func (u upgraded) Read(p []byte) (int, error) { return u.call.conn.reader.Read(p) }

// Write sends to the upstream.
func (u upgraded) Write(p []byte) (int, error) { return u.call.conn.Write(p) }

// CloseWrite ends this direction only.
func (u upgraded) CloseWrite() error {
	if half, ok := u.call.conn.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// Close ends the connection.
func (u upgraded) Close() error {
	u.call.endAnswer(false)
	return nil
}
