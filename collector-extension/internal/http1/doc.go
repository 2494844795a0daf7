// Package http1 serves HTTP/1.1 and HTTP/1.0 without TLS. A connection is one goroutine: it reads a head, strictly by RFC 9112,
// calls an http.Handler, writes the answer, and reads the next head. Unlike net/http it adds nothing to an answer but what frames
// it and the Date, keeps reason phrases, shows heads as they were received, and watches for the client's departure only where
// something is waited for.
//
//	Accept ──▶ connection ──▶ read a head ──▶ handler ──▶ end of the answer ──▶ rest of the body, read up to a bound ─┐
//	   │            ▲              │                                                                                  │
//	   │ TLS        │              │ HTTP/2                                                                           │
//	   ▼            └──────────────┼──────────────────────────────────────────────────────────────────────────────────┘
//	net/http ◀─────────────────────┘
package http1
