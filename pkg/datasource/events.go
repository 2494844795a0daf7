package datasource

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	defaultEvents = 200
	maxEvents     = 1000
)

// eventConditions are what changes of the scenario can be told apart by.
var eventConditions = recording.Support{Of: "events", Fields: []string{"from", "to", "modes"}}

// events answers with the changes of the scenario as annotations, oldest first: a change that harms traffic is a region
// until the next one.
func (d *DataSource) events(ctx context.Context, q query, filter recording.Filter, _ backend.DataQuery) (data.Frames, error) {
	limit, err := q.limit(defaultEvents, maxEvents)
	if err != nil {
		return nil, err
	}
	// One more, for what was in force when the range begins, and one to see whether there are more.
	changes, err := d.store.Changes(ctx, *filter.From, *filter.To, limit+2)
	if err != nil {
		return nil, err
	}
	more := len(changes) > limit+1
	changes = changes[:min(len(changes), limit+1)]
	slices.Reverse(changes)
	frame := eventsFrame(eventsOf(changes, filter, d.now().UTC()))
	if more {
		cut(frame, "The newest %d changes are shown; there are more.", limit)
	}
	return data.Frames{frame}, nil
}

// event is one change as it is drawn.
type event struct {
	at time.Time
	// end is nil for a moment.
	end    *time.Time
	change scenario.Change
}

// eventsOf makes events of changes, oldest first, as far as they touch the filter's range.
func eventsOf(changes []scenario.Change, filter recording.Filter, now time.Time) []event {
	var events []event
	for i, change := range changes {
		if len(filter.Modes) > 0 && !slices.Contains(filter.Modes, string(change.Scenario.Mode)) {
			continue
		}
		one := event{at: change.At, change: change}
		if harms(change.Scenario) {
			end := earlier(*filter.To, now)
			if i+1 < len(changes) {
				end = changes[i+1].At
			}
			if expiry := change.Scenario.ExpiresAt; expiry != nil {
				end = earlier(end, *expiry)
			}
			one.end = &end
		}
		switch {
		case !one.at.Before(*filter.From):
		case one.end != nil && one.end.After(*filter.From):
			one.at = *filter.From
		default:
			continue
		}
		events = append(events, one)
	}
	return events
}

func harms(s scenario.Scenario) bool {
	return s.Mode != scenario.Healthy || s.Latency != nil || len(s.Rules) > 0
}

func eventsFrame(events []event) *data.Frame {
	n := len(events)
	times, ends := make([]time.Time, n), make([]*time.Time, n)
	titles, texts, tags, modes, actions, authors, colors := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]*string, n), make([]string, n)
	versions := make([]int64, n)
	for i, one := range events {
		c := one.change
		mode := string(c.Scenario.Mode)
		times[i], ends[i], modes[i], actions[i], authors[i], versions[i] = one.at, one.end, mode, c.Action, optional(c.By), c.Version
		titles[i], texts[i] = titleOf(c), textOf(c)
		tags[i] = strings.Join([]string{"mockforge", mode, c.Action}, ",")
		colors[i] = modeColors[0].(data.ValueMapper)[mode].Color
	}
	frame := data.NewFrame("events",
		data.NewField("time", nil, times),
		data.NewField("timeEnd", nil, ends),
		data.NewField("title", nil, titles),
		data.NewField("text", nil, texts),
		data.NewField("tags", nil, tags),
		column("mode", modes, colored(modeColors)),
		data.NewField("action", nil, actions),
		data.NewField("by", nil, authors),
		data.NewField("version", nil, versions),
		data.NewField("color", nil, colors),
	)
	frame.SetMeta(&data.FrameMeta{Type: data.FrameTypeTable, TypeVersion: data.FrameTypeVersion{0, 1}, PreferredVisualization: data.VisTypeTable})
	return frame
}

// titleOf returns what is in force: "Chaos (preset black-friday)", "Healthy plus 100 to 200 ms".
func titleOf(c scenario.Change) string {
	mode := string(c.Scenario.Mode)
	title := strings.ToUpper(mode[:min(1, len(mode))]) + mode[min(1, len(mode)):]
	if c.Scenario.Preset != "" {
		title += fmt.Sprintf(" (preset %s)", c.Scenario.Preset)
	}
	if l := c.Scenario.Latency; l != nil {
		title += fmt.Sprintf(" plus %d to %d ms", l.MinMS, l.MaxMS)
	}
	switch n := len(c.Scenario.Rules); n {
	case 0:
	case 1:
		title += ", 1 rule"
	default:
		title += fmt.Sprintf(", %d rules", n)
	}
	return title
}

// textOf returns who did it and why: "by alice: can the shop stand it?".
func textOf(c scenario.Change) string {
	switch {
	case c.Action == "expired":
		return "the scenario expired"
	case c.By == "":
		return c.Reason
	case c.Reason == "":
		return "by " + c.By
	}
	return "by " + c.By + ": " + c.Reason
}
