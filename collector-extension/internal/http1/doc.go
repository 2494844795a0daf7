// Package http1 serves HTTP/1.1 and HTTP/1.0, with TLS and without. A connection is one goroutine: it makes the handshake, reads a
// head, strictly by RFC 9112, calls an http.Handler, writes the answer, and reads the next head. Unlike net/http it adds nothing to an
// answer but what frames it and the Date, keeps reason phrases, shows heads as they were received, and watches for the client's
// departure only where something is waited for.
//
//	Accept ──▶ handshake ──▶ read a head ──▶ handler ──▶ end of the answer ──▶ rest of the body, read up to a bound ─┐
//	               │          │        ▲                                                                             │
//	 HTTP/2 by ALPN│          │ HTTP/2 └─────────────────────────────────────────────────────────────────────────────┘
//	               ▼          ▼ by its preface
//	             net/http ◀───┘
package http1
