package replay

import (
	"net/http"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	// faultHeader asks the first gateway that obeys it for faults, and ends there.
	faultHeader = "X-MockForge-Fault"
	// faultMember is the member of W3C baggage that asks every gateway on the way.
	faultMember = "mockforge.fault"
)

// askedForFaults says that the header by which the recorded request asked for faults is not sent: its gateway had it, not the
// upstream.
func askedForFaults(r recording.Recording) []Dropped {
	if len(canonical(r.Headers)[http.CanonicalHeaderKey(faultHeader)]) == 0 {
		return nil
	}
	return []Dropped{{"header", faultHeader, "a replay meets the faults of its scenario, not those that were asked for"}}
}

// dropFaultMember takes out of a request's baggage what asks the gateways behind the replay's for faults. All else stays as
// it was sent.
func dropFaultMember(header http.Header) []Dropped {
	var kept []string
	found := false
	for _, line := range header["Baggage"] {
		var members []string
		for member := range strings.SplitSeq(line, ",") {
			if name, _, _ := strings.Cut(member, "="); strings.TrimSpace(name) == faultMember {
				found = true
				continue
			}
			members = append(members, member)
		}
		if rest := strings.Join(members, ","); strings.TrimSpace(rest) != "" || rest == line {
			kept = append(kept, rest)
		}
	}
	if !found {
		return nil
	}
	header["Baggage"] = kept
	return []Dropped{{"header", "Baggage: " + faultMember, "a replay meets the faults of its scenario, not those that were asked for"}}
}
