package gateway

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/grpcstatus"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// maxGRPCMessage bounds the text of a status in bytes: clients limit the size of trailers.
const maxGRPCMessage = 1024

// grpcEnd is how a gRPC call ends that is not ended by its server.
type grpcEnd struct {
	code    codes.Code
	message string
	// retryAfter is when the client may try again, told as google.rpc.RetryInfo; negative is not to tell.
	retryAfter time.Duration
}

// grpcEndOf returns how a call ends that a fault answers; detail is for people where the fault has no message.
func grpcEndOf(a fault.Answer, detail string) grpcEnd {
	end := grpcEnd{code: grpcstatus.Code(a.Status), message: a.Message, retryAfter: -1}
	if a.GRPCCode != "" {
		var named codes.Code
		if named.UnmarshalJSON([]byte(strconv.Quote(a.GRPCCode))) == nil {
			end.code = named
		}
	}
	if end.message == "" {
		end.message = fault.Title(a.Status) + ": " + detail
	}
	if a.RetryAfterS != nil {
		end.retryAfter = time.Duration(*a.RetryAfterS) * time.Second
	}
	return end
}

// set writes the status to h, trailers, or headers where a response has nothing else (gRPC over HTTP/2, section Responses).
func (e grpcEnd) set(h http.Header) {
	message := strings.ToValidUTF8(e.message[:min(len(e.message), maxGRPCMessage)], "")
	h.Set("Grpc-Status", strconv.Itoa(int(e.code)))
	h.Set("Grpc-Message", grpcstatus.Message(message))
	h.Del("Grpc-Status-Details-Bin")
	if e.retryAfter < 0 || e.code == codes.OK {
		return
	}
	if details := retryDetails(e.code, message, e.retryAfter); details != "" {
		h.Set("Grpc-Status-Details-Bin", details)
	}
}

// retryDetails returns a google.rpc.Status with a RetryInfo, in the form of binary metadata.
func retryDetails(code codes.Code, message string, after time.Duration) string {
	info, err := anypb.New(&errdetails.RetryInfo{RetryDelay: durationpb.New(after)})
	if err != nil {
		return "" // Not possible: the message is of ours.
	}
	status, err := proto.Marshal(&spb.Status{Code: int32(code), Message: message, Details: []*anypb.Any{info}})
	if err != nil {
		return "" // Likewise.
	}
	return base64.RawStdEncoding.EncodeToString(status)
}

// grpcTimeout returns how long the client of a call waits for its end (grpc-timeout), at most a year; ok reports whether it says.
func grpcTimeout(h http.Header) (timeout time.Duration, ok bool) {
	value := h.Get("Grpc-Timeout")
	if len(value) < 2 || len(value) > 9 {
		return 0, false
	}
	unit, known := map[byte]time.Duration{
		'H': time.Hour, 'M': time.Minute, 'S': time.Second, 'm': time.Millisecond, 'u': time.Microsecond, 'n': time.Nanosecond,
	}[value[len(value)-1]]
	amount, err := strconv.ParseUint(value[:len(value)-1], 10, 32)
	if !known || err != nil {
		return 0, false
	}
	const longest = 365 * 24 * time.Hour
	if amount > uint64(longest/unit) {
		return longest, true
	}
	return time.Duration(amount) * unit, true
}

// deadlineGrace is how long a call that a fault makes wait may last beyond its deadline: clients cancel by themselves then.
const deadlineGrace = time.Second

var deadlineExceeded = fault.Answer{
	Status: http.StatusGatewayTimeout, Message: "The deadline of the call passed while an injected fault made it wait.",
}

// withDeadline ends what faults do to a call when its client has long given it up.
func (x *exchange) withDeadline(r *http.Request) (*http.Request, context.CancelFunc) {
	timeout, ok := grpcTimeout(r.Header)
	if !ok {
		return r, func() {}
	}
	ctx, cancel := context.WithDeadline(r.Context(), x.Start.Add(timeout+deadlineGrace))
	return r.WithContext(ctx), cancel
}

// deadlinePassed reports whether a call has outlived its deadline.
func (x *exchange) deadlinePassed(r *http.Request) bool {
	return x.what.protocol == recording.GRPC && x.client.Err() == nil && errors.Is(r.Context().Err(), context.DeadlineExceeded)
}
