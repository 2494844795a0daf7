package mock

import (
	"encoding/binary"
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/grpcstatus"
)

// frame makes the answer one of gRPC (gRPC over HTTP/2, section Responses): its body one of messages, its status a
// trailer, or a header where there is no message.
func (a *rendered) frame(r *response, codeOf func(status int) codes.Code) {
	code := codeOf(a.status)
	if r.grpc != nil {
		code = *r.grpc
	}
	a.status = http.StatusOK
	if !strings.HasPrefix(a.header.Get("Content-Type"), "application/grpc") {
		a.header.Set("Content-Type", "application/grpc")
	}
	status := http.Header{"Grpc-Status": {strconv.Itoa(int(code))}}
	if a.message != "" {
		status.Set("Grpc-Message", grpcstatus.Message(a.message))
	}
	if code != codes.OK && a.body == "" {
		for name, values := range status {
			a.header[name] = values
		}
		return
	}
	a.trailer = status
	if !framed(a.body) {
		var prefix [5]byte
		binary.BigEndian.PutUint32(prefix[1:], uint32(len(a.body)))
		a.body = string(prefix[:]) + a.body
	}
}

// framed reports whether body has its messages in frames already: each has a byte that says whether it is compressed, its
// length in four, and its content. No message can be taken for that: neither 0 nor 1 begins an encoded field, since
// fields count from 1.
func framed(body string) bool {
	if body == "" {
		return false
	}
	for len(body) > 0 {
		if len(body) < 5 || body[0] > 1 {
			return false
		}
		length := uint64(binary.BigEndian.Uint32([]byte(body[1:5])))
		if uint64(len(body)-5) < length {
			return false
		}
		body = body[5+length:]
	}
	return true
}
