package exchange

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func FuzzFaultsAsked(f *testing.F) {
	f.Add("latency=200ms;error=503@payments", "tenant=blue,mockforge.fault=error%3D503;p=1")
	f.Add(";;@;a@b@c", "mockforge.fault=%zz,=,,")
	limits := scenario.Limits{MaxLatencyMS: 1000, MaxTimeoutMS: 1000}
	f.Fuzz(func(t *testing.T, header, baggage string) {
		wanted, err := wantedOf(http.Header{faultHeader: {header}, "Baggage": {baggage}}, "shop", limits)
		if err != nil {
			if wanted.faults != nil || !strings.Contains(err.Error(), FaultHeader) && !strings.Contains(err.Error(), faultMember) {
				t.Errorf("%q, %q: %v", header, baggage, err)
			}
			return
		}
		seen := map[scenario.FaultKind]bool{}
		for _, fault := range wanted.faults {
			if fault.Validate() != nil || seen[fault.Kind] || limits.CheckFaults(wanted.faults) != nil {
				t.Errorf("%q, %q ask for %+v", header, baggage, fault)
			}
			seen[fault.Kind] = true
		}
		for item := range strings.SplitSeq(wanted.rest, ";") {
			if _, name, ok := strings.Cut(item, "@"); item != "" && (!ok || strings.TrimSpace(name) == "shop") {
				t.Errorf("%q is left of %q", item, header)
			}
		}
	})
}
