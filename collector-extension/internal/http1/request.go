package http1

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// parsed is a head as it is understood.
type parsed struct {
	method, target, host string
	// fields are the field lines, with their ends.
	fields string
	minor  int
	url    *url.URL
	header http.Header
	// names are the known names that the head has.
	names field.Names
	// length is the length of the body, -1 where it comes in chunks.
	length int64
	// trailer has the names of trailers that were announced; nil where the body is not in chunks.
	trailer http.Header
	// close reports whether the client wants the connection closed, keep whether one of HTTP/1.0 wants it kept.
	close, keep bool
	// expects reports whether the body waits for 100.
	expects bool
}

// parse reads the head of a request, of lines that each end with CR LF, into x.
func parse(head string, x *exchange) (parsed, error) {
	var p parsed
	line, fields, err := field.CutLine(head, false)
	if err != nil {
		return p, asMalformed(err)
	}
	if p.method, p.target, p.minor, err = cutRequestLine(line); err != nil {
		return p, err
	}
	if p.url, err = parseTarget(p.method, p.target, &x.url); err != nil {
		return p, err
	}
	if err := x.fields.Parse(fields, false); err != nil {
		return p, asMalformed(err)
	}
	p.fields = fields
	p.header, p.names = x.fields.Header, x.fields.Names
	if err := p.readHost(x.fields.Hosts); err != nil {
		return p, err
	}
	if err := p.readFraming(); err != nil {
		return p, err
	}
	if p.names.Has(field.Expect) {
		expect := p.header["Expect"]
		if len(expect) != 1 || !strings.EqualFold(expect[0], "100-continue") {
			return p, refusedWith(http.StatusExpectationFailed, "it expects something else than 100-continue")
		}
		p.expects = p.minor == 1 && p.length != 0
	}
	var connection []string
	if p.names.Has(field.Connection) {
		connection = p.header["Connection"]
	}
	// What a client sends behind CONNECT may be for the tunnel that it does not get.
	p.close = field.HasToken(connection, "close") || p.method == http.MethodConnect
	if p.minor == 0 {
		p.keep = !p.close && field.HasToken(connection, "keep-alive")
		p.close = !p.keep
	}
	return p, nil
}

// readHost takes the host, of an absolute target before that of the header (RFC 9112 section 3.2).
func (p *parsed) readHost(hosts []string) error {
	switch {
	case len(hosts) > 1:
		return malformed("it has several Host headers")
	case len(hosts) == 1:
		p.host = hosts[0]
		if !httpguts.ValidHostHeader(p.host) {
			return malformed("its Host header is not valid")
		}
	case p.minor == 1:
		return malformed("it has no Host header")
	}
	if p.url.Host != "" {
		p.host = p.url.Host
	}
	return nil
}

// readFraming reads how the end of the body is found (RFC 9112 section 6.3), and takes what is of the connection alone out of the
// header. What says it in two ways is refused: who stands before this server may have gone by the other.
func (p *parsed) readFraming() error {
	hasLength := p.names.Has(field.ContentLength)
	if p.names.Has(field.TransferEncoding) {
		codings := p.header["Transfer-Encoding"]
		delete(p.header, "Transfer-Encoding")
		if p.minor == 0 {
			return malformed("it is of HTTP/1.0 and has a Transfer-Encoding")
		}
		if hasLength {
			return malformed("it has both a Content-Length and a Transfer-Encoding")
		}
		if err := checkCodings(codings); err != nil {
			return err
		}
		p.length = -1
		return p.readAnnounced()
	}
	if !hasLength {
		return nil
	}
	lengths := p.header["Content-Length"]
	length, err := field.Length(lengths)
	if err != nil {
		return asMalformed(err)
	}
	if len(lengths) > 1 {
		p.header["Content-Length"] = lengths[:1]
	}
	p.length = length
	return nil
}

// checkCodings refuses all but chunked, once (RFC 9112 section 6.1).
func checkCodings(codings []string) error {
	list := strings.Join(codings, ",")
	if strings.EqualFold(list, "chunked") {
		return nil
	}
	before, last := "", list
	if i := strings.LastIndexByte(list, ','); i >= 0 {
		before, last = list[:i], field.Trim(list[i+1:])
	}
	switch {
	case !strings.EqualFold(last, "chunked"):
		return malformed("its last transfer coding is %q instead of chunked", field.Clip(last))
	case field.HasToken([]string{before}, "chunked"):
		return malformed("it is chunked more than once")
	}
	return refusedWith(http.StatusNotImplemented, "it has a transfer coding that is not known")
}

// readAnnounced takes the names of trailers, which come behind the last chunk.
func (p *parsed) readAnnounced() error {
	p.trailer = http.Header{}
	lists, ok := p.header["Trailer"]
	if !ok {
		return nil
	}
	delete(p.header, "Trailer")
	for _, list := range lists {
		for name := range field.Elements(list) {
			if name = http.CanonicalHeaderKey(name); isFraming(name) {
				return malformed("it announces the trailer %s", name)
			}
			p.trailer[name] = nil
		}
	}
	return nil
}

// isFraming reports whether a field says where a message ends or goes, which trailers must not (RFC 9110 section 6.5.1).
func isFraming(name string) bool {
	switch name {
	case "Transfer-Encoding", "Content-Length", "Trailer", "Host", "Connection":
		return true
	}
	return false
}
