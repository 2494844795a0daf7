package fault

import (
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Header returns the value of the X-MockForge-Fault header: what answered or broke first, then the rest in its order, what
// delays with how long, as in "error;latency=120ms". It is empty where nothing was done.
func Header(faults []recording.Fault) string {
	var parts []string
	for _, f := range faults {
		switch kind := scenario.FaultKind(f.Kind); {
		case kind == scenario.FaultLatency || f.Kind == KindStretch:
			parts = append(parts, f.Kind+"="+f.Detail)
		case f.Fails():
			parts = slices.Insert(parts, 0, f.Kind)
		default:
			parts = append(parts, f.Kind)
		}
	}
	return strings.Join(parts, ";")
}
