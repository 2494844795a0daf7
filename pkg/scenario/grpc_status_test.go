package scenario_test

import (
	"slices"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// The HTTP mapping of google.rpc.Code.
var httpStatuses = map[string]int{
	"CANCELLED": 499, "UNKNOWN": 500, "INVALID_ARGUMENT": 400, "DEADLINE_EXCEEDED": 504, "NOT_FOUND": 404, "ALREADY_EXISTS": 409,
	"PERMISSION_DENIED": 403, "RESOURCE_EXHAUSTED": 429, "FAILED_PRECONDITION": 400, "ABORTED": 409, "OUT_OF_RANGE": 400,
	"UNIMPLEMENTED": 501, "INTERNAL": 500, "UNAVAILABLE": 503, "DATA_LOSS": 500, "UNAUTHENTICATED": 401,
}

func TestAGRPCStatusIsItsHTTPEquivalent(t *testing.T) {
	if want := int(codes.Unauthenticated); len(httpStatuses) != want {
		t.Errorf("%d codes, gRPC has %d that are errors", len(httpStatuses), want)
	}
	for name, want := range httpStatuses {
		requested, err := scenario.ParseFaultRequest("error=" + name)
		if err != nil {
			t.Fatal(err)
		}
		listed := scenario.Fault{Kind: scenario.FaultError, GRPCCode: name}
		asked := compile(t, scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}).DecideRequested(scenario.Exchange{}, requested)
		for how, got := range map[string]scenario.Decision{"by a request": asked, "by a scenario": compile(t, faults(listed)).Decide(scenario.Exchange{})} {
			if len(got.Faults) != 1 || got.Faults[0].Code != want || got.Faults[0].GRPCCode != name {
				t.Errorf("%s %s: got %+v, want %d", name, how, got.Faults, want)
			}
		}
		listed.StatusCodes = []int{418}
		if got := listed.WithDefaults().StatusCodes; !slices.Equal(got, []int{418}) {
			t.Errorf("%s with a status of its own: got %v", name, got)
		}
	}
}
