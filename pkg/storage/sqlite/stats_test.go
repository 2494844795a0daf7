package sqlite_test

import (
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Sums of many recordings do not read the table, which is a page for nearly each of them.
func TestSumsOfManyReadAnIndexAlone(t *testing.T) {
	store := fresh(t)
	for name, f := range map[string]recording.Filter{
		"everything": {}, "a time": {From: &noon, To: &noon}, "a gateway": {Gateways: []string{"shop"}}, "a method": {Methods: []string{"GET"}},
	} {
		plan, err := store.PlanOfStats(t.Context(), f)
		if err != nil || !strings.Contains(plan, "USING COVERING INDEX recordings_time") {
			t.Errorf("%s: %s, %v", name, plan, err)
		}
	}
}
