package datasource

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// forgetful is a store that keeps traffic for a day.
type forgetful struct {
	store
	series []traffic.Series
}

func (f forgetful) Series(_ context.Context, _, _ time.Time, step time.Duration, _ traffic.Dimension, _ traffic.Selection, _ int) (traffic.Breakdown, error) {
	return traffic.Breakdown{Series: f.series, Of: len(f.series), Step: step, KeptDays: 1}, nil
}

// Where a store keeps traffic for a day only, a panel of more says so, whether there is any traffic or not.
func TestAPanelSaysWhatAStoreDoesNotKeep(t *testing.T) {
	yesterday := noon.UTC().Truncate(24*time.Hour).AddDate(0, 0, -1)
	some := []traffic.Series{{Intervals: []traffic.Interval{{Start: noon.Add(-time.Hour), Seconds: 1, Requests: 1}}}}
	for name, test := range map[string]struct {
		from   time.Time
		series []traffic.Series
		says   bool
	}{
		"the last hour":              {noon.Add(-time.Hour), some, false},
		"from yesterday's first":     {yesterday, some, false},
		"from just before yesterday": {yesterday.Add(-time.Second), some, true},
		"a month without any":        {noon.AddDate(0, -1, 0), nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			source := newDataSource(settings{}, forgetful{series: test.series}, nil)
			source.now = func() time.Time { return noon }
			got := askBy(t, source, time.Minute, backend.TimeRange{From: test.from, To: noon})
			if len(got.Frames) != 1 {
				t.Fatalf("%d frames, want 1", len(got.Frames))
			}
			said := false
			for _, frame := range got.Frames {
				for _, notice := range frame.Meta.Notices {
					said = said || strings.Contains(notice.Text, "are shown from "+yesterday.Format(time.DateOnly)+" on")
				}
			}
			if said != test.says {
				t.Errorf("it is said: %v, want %v", said, test.says)
			}
		})
	}
}
