package scenario

import "github.com/mockforge/mockforge-observability-app/pkg/validation"

// FaultClose closes the connection in good order without an answer, or once after_bytes of the body were sent;
// a WebSocket is closed with close_code once after_messages were sent to the client.
const FaultClose FaultKind = "close"

// DefaultCloseCode is that of a server that met something that it did not expect (RFC 6455, section 7.4.1).
const DefaultCloseCode = 1011

var closeCode = number("close_code", func(f *Fault) **int { return &f.CloseCode }, 1000, 4999).with(func(p *Parameter) {
	p.check = func(f *Fault) error { return checkCloseCode(p.Name, *f.CloseCode) }
})

func init() {
	register(Kind{
		Name: FaultClose, Order: 50, Group: GroupConnection, Label: "Connection closed", Effect: EffectBroken, Fails: true,
		Description: "Closes the connection in good order, without an answer or within it.",
		Doc:         "closes the connection in good order without an answer; a WebSocket with a code",
		Fields: append(breaks(), Field{
			Parameter: closeCode, Label: "Close code", Help: "With which a WebSocket is closed", Default: DefaultCloseCode,
		}),
		Request: &RequestForm{Example: "close"},
	})
}

// checkCloseCode allows what RFC 6455, section 7.4, and the registry of it allow endpoints to send.
func checkCloseCode(field string, c int) error {
	switch {
	case c >= 3000 && c <= 4999, c >= 1000 && c <= 1014 && c != 1004 && c != 1005 && c != 1006:
		return nil
	}
	return validation.Errorf(field, "must be a code that a WebSocket can be closed with (1000 to 1003, 1007 to 1014, 3000 to 4999), is %d", c)
}
