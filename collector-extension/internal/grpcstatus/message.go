// Package grpcstatus writes the status of gRPC calls as it is on the wire.
package grpcstatus

import "strings"

// Message returns text as grpc-message carries it: printable ASCII but "%" as it is, other bytes as %XX (gRPC over HTTP/2,
// Status-Message).
func Message(text string) string {
	const digits = "0123456789ABCDEF"
	var encoded strings.Builder
	for i := range len(text) {
		if c := text[i]; c >= ' ' && c <= '~' && c != '%' {
			encoded.WriteByte(c)
		} else {
			encoded.Write([]byte{'%', digits[c>>4], digits[c&0xf]})
		}
	}
	return encoded.String()
}
