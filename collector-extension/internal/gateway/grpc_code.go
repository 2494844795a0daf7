package gateway

import "google.golang.org/grpc/codes"

// GRPCCode is the gRPC code that an HTTP status is answered with where the client speaks gRPC.
func GRPCCode(status int) codes.Code { return grpcCode(status) }
