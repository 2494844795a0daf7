package scenario

import (
	"net/http"
	"strconv"

	"google.golang.org/grpc/codes"
)

// statusClientClosed is the status of what its client has cancelled, in no standard, but in google.rpc.Code.
const statusClientClosed = 499

// grpcErrors are the names of the errors of gRPC, in the order of their codes.
var grpcErrors = []string{
	"CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
	"FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

// GRPCCode returns the gRPC status of a name such as "UNAVAILABLE", and whether it is the name of an error.
func GRPCCode(name string) (codes.Code, bool) {
	var code codes.Code
	if err := code.UnmarshalJSON([]byte(strconv.Quote(name))); err != nil {
		return codes.Unknown, false
	}
	return code, code != codes.OK
}

// httpStatus returns the HTTP status that means the same as an error of gRPC, by the HTTP mapping of google.rpc.Code.
func httpStatus(code codes.Code) int {
	switch code {
	case codes.Canceled:
		return statusClientClosed
	case codes.InvalidArgument, codes.FailedPrecondition, codes.OutOfRange:
		return http.StatusBadRequest
	case codes.Unauthenticated:
		return http.StatusUnauthorized
	case codes.PermissionDenied:
		return http.StatusForbidden
	case codes.NotFound:
		return http.StatusNotFound
	case codes.AlreadyExists, codes.Aborted:
		return http.StatusConflict
	case codes.ResourceExhausted:
		return http.StatusTooManyRequests
	case codes.Unimplemented:
		return http.StatusNotImplemented
	case codes.Unavailable:
		return http.StatusServiceUnavailable
	case codes.DeadlineExceeded:
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}
