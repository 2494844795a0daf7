package field

import (
	"net/textproto"
	"strings"
)

// Name is one of the names that many messages have. Of these it is known without looking them up which a message has, and their
// usual forms are not made anew.
type Name uint8

// The names that are asked for. Other is any that is not known.
const (
	Other Name = iota
	Connection
	ContentLength
	Expect
	Forwarded
	Host
	HTTP2Settings
	KeepAlive
	ProxyAuthenticate
	ProxyAuthorization
	ProxyConnection
	TE
	Traceparent
	Trailer
	TransferEncoding
	Upgrade
	XForwardedFor
	XForwardedHost
	XForwardedProto
	asked // is the number of those above
)

// names has the names in the form that http.Header has them in.
var names = append([]string{
	Connection: "Connection", ContentLength: "Content-Length", Expect: "Expect", Forwarded: "Forwarded", Host: "Host",
	HTTP2Settings: "Http2-Settings", KeepAlive: "Keep-Alive", ProxyAuthenticate: "Proxy-Authenticate",
	ProxyAuthorization: "Proxy-Authorization", ProxyConnection: "Proxy-Connection", TE: "Te", Traceparent: "Traceparent",
	Trailer: "Trailer", TransferEncoding: "Transfer-Encoding", Upgrade: "Upgrade", XForwardedFor: "X-Forwarded-For",
	XForwardedHost: "X-Forwarded-Host", XForwardedProto: "X-Forwarded-Proto",
},
	"Accept", "Accept-Encoding", "Accept-Language", "Accept-Ranges", "Access-Control-Allow-Origin", "Age", "Authorization", "Baggage",
	"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Security-Policy", "Content-Type", "Cookie",
	"Date", "Etag", "Expires", "If-Modified-Since", "If-None-Match", "Last-Modified", "Location", "Origin", "Pragma", "Range", "Referer",
	"Sec-Ch-Ua", "Sec-Ch-Ua-Mobile", "Sec-Ch-Ua-Platform", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Server", "Set-Cookie",
	"Strict-Transport-Security", "Tracestate", "User-Agent", "Vary", "Via", "X-Content-Type-Options", "X-Frame-Options", "X-Powered-By",
	"X-Request-Id", "X-Requested-With",
)

// String returns the name in the form that http.Header has it in; empty where it is not known.
func (n Name) String() string { return names[n] }

// Names is a set of known names.
type Names uint64

// AllNames is what is assumed of a message of which it is not known what it has.
const AllNames Names = 1<<64 - 1

// Of returns a set.
func Of(names ...Name) (all Names) {
	for _, n := range names {
		all |= 1 << n
	}
	return all
}

// Has reports whether n is one of them; Other never is.
func (s Names) Has(n Name) bool { return n != Other && s>>n&1 != 0 }

// HasAny reports whether one of others is one of them.
func (s Names) HasAny(others Names) bool { return s&others&^1 != 0 }

// key returns name, which is n, in the form that http.Header has it in. It must be a token.
func (n Name) key(name string) string {
	if n != Other {
		return names[n]
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// known looks a name up, in any case: in a table that is open, by its length and three of its bytes.
func known(name string) Name {
	if name == "" {
		return Other
	}
	for at := slot(name); places[at] != Other; at++ {
		n := places[at]
		if text := names[n]; len(text) == len(name) && (text == name || strings.EqualFold(text, name)) {
			return n
		}
	}
	return Other
}

// places has each known name in its slot, or in the next that was free.
var places = func() (table [256]Name) {
	for n := Other + 1; int(n) < len(names); n++ {
		at := slot(names[n])
		for table[at] != Other {
			at++
		}
		table[at] = n
	}
	return table
}()

// slot is where a name is looked for first: the same for all cases of its letters.
func slot(name string) uint8 {
	const letterCase = 0x20
	first, middle, last := name[0]|letterCase, name[len(name)/2]|letterCase, name[len(name)-1]|letterCase
	return uint8(len(name)) + first*19 + middle*151 + last*51 // Tried: of these names one has another's slot.
}
