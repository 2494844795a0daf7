package datasource

import (
	"context"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// severities are the severities of log lines, the gravest first.
var severities = []string{"error", "warning", "info"}

// volume answers what Explore draws above logs: how many there are of each level in each step.
func (d *DataSource) volume(ctx context.Context, _ query, filter recording.Filter, from backend.DataQuery) (data.Frames, error) {
	step := stepOf(from)
	counts, err := d.store.Volume(ctx, filter, step)
	if err != nil {
		return nil, err
	}
	since := filter.From.Truncate(step)
	n := int(filter.To.Sub(since)/step) + 1
	frames := data.Frames{}
	for _, severity := range severities {
		if len(counts[severity]) == 0 {
			continue
		}
		times, values := make([]time.Time, n), make([]float64, n)
		for i := range n {
			times[i] = since.Add(time.Duration(i) * step)
			values[i] = float64(counts[severity][times[i]])
		}
		value := data.NewField("recordings", data.Labels{"level": severity}, values)
		value.SetConfig(&data.FieldConfig{DisplayNameFromDS: severity})
		when := data.NewField("time", nil, times)
		when.SetConfig(&data.FieldConfig{Interval: float64(step.Milliseconds())})
		frame := data.NewFrame("", when, value)
		frame.SetMeta(&data.FrameMeta{
			Type: data.FrameTypeTimeSeriesMulti, TypeVersion: data.FrameTypeVersion{0, 1}, PreferredVisualization: data.VisTypeGraph,
		})
		frames = append(frames, frame)
	}
	return frames, nil
}
