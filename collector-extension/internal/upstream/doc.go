// Package upstream is the way to an upstream that speaks HTTP/1.1, with TLS or without: connections, requests as they were sent,
// answers as they were received. A request is written and its answer read in the goroutine of who asks, unlike with
// http.Transport, which has two more for each connection; and what it hides is kept: the bytes of the target, reason phrases,
// answers that come before a request has ended.
//
//	RoundTrip ──▶ pool (idle connections, each looked at before it is used)
//	    │            │
//	    │        dial, where none is alive
//	    ▼            ▼
//	write the head ──▶ connection ──▶ read the head of the answer ──▶ body, trailers ──▶ back into the pool
//	    └─ write the body, in a goroutine of its own: the answer may come before it has ended
//
// An upstream with TLS that chooses HTTP/2 is spoken to by net/http, over connections that are opened here.
package upstream
