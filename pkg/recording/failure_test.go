package recording

import (
	"slices"
	"testing"
)

func TestTheOriginOfAnErrorIsWhoseDoingItIs(t *testing.T) {
	unavailable, tryAgain := 14, 1013
	for name, test := range map[string]struct {
		recording Recording
		want      Origin
	}{
		"an answer":                       {Recording{ResponseStatus: 404}, Fine},
		"a server error":                  {Recording{ResponseStatus: 503}, OriginOrganic},
		"a gRPC error":                    {Recording{ResponseStatus: 200, GRPCStatus: &unavailable}, OriginOrganic},
		"a close code":                    {Recording{ResponseStatus: 101, WebSocketClose: &tryAgain}, OriginOrganic},
		"an upstream":                     {Recording{ResponseStatus: 502, Failure: "x", FailedBy: ByUpstream}, OriginOrganic},
		"a plugin":                        {Recording{ResponseStatus: 500, Failure: "x", FailedBy: ByPlugin}, OriginOrganic},
		"a mock":                          {Recording{ResponseStatus: 500, Failure: "x", FailedBy: ByMock}, OriginOrganic},
		"a client":                        {Recording{Failure: "x", FailedBy: ByClient}, OriginClient},
		"a tunnel":                        {Recording{ResponseStatus: 501, Failure: "tunnel refused"}, OriginClient},
		"a limit on the upstream":         {Recording{ResponseStatus: 502, Failure: "x", FailedBy: ByLimit}, OriginLimit},
		"a limit of a call":               {Recording{ResponseStatus: 200, GRPCStatus: &unavailable, Failure: "x", FailedBy: ByLimit}, OriginLimit},
		"the gateway":                     {Recording{ResponseStatus: 502, Failure: "x", FailedBy: ByGateway}, OriginGateway},
		"a fault":                         {Recording{Failure: "x", FailedBy: ByFault}, OriginInjected},
		"a client that a fault has held":  {Recording{Failure: "x", FailedBy: ByClient, Faults: []Fault{{Kind: "timeout"}}}, OriginInjected},
		"a client that was only delayed":  {Recording{Failure: "x", FailedBy: ByClient, Faults: []Fault{{Kind: "latency"}}}, OriginClient},
		"a server error behind a delay":   {Recording{ResponseStatus: 500, Faults: []Fault{{Kind: "latency"}}}, OriginOrganic},
		"a replaced answer that fails":    {Recording{ResponseStatus: 500, Faults: []Fault{{Kind: "replace"}}}, OriginInjected},
		"a replaced answer that does not": {Recording{ResponseStatus: 200, Faults: []Fault{{Kind: "replace"}}}, Fine},
	} {
		if got := test.recording.Origin(); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestWhoFailedAndHowAreOfClosedSets(t *testing.T) {
	f := Filter{FailedBy: []FailedBy{"nobody"}, FailureKinds: []FailureKind{"somehow"}}
	if err := f.Validate(); err == nil {
		t.Error("unknown values are taken")
	}
	f = Filter{FailedBy: FailedBys(), FailureKinds: FailureKinds()}
	if err := f.Validate(); err != nil {
		t.Error(err)
	}
	if slices.Contains(FailedBys(), "") || slices.Contains(FailureKinds(), "") {
		t.Error("an empty value is one of them")
	}
}
