package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// storePatience is how long the database may take before the collectors are asked themselves.
const storePatience = 2 * time.Second

// stops takes harm away through the database, from which every collector follows; where that fails, at the collectors of
// the settings themselves, which tell the others when the database is back.
type stops struct {
	scenarios  api.Scenarios
	collectors collectorAPIs
	// problem is what is wrong with the settings of the collectors, nil for nothing.
	problem error
	logger  *slog.Logger
}

var _ api.Stops = (*stops)(nil)

// Stop implements api.Stops.
func (s *stops) Stop(ctx context.Context, audit api.Audit, ifVersion *int64, relief scenario.Relief) (scenario.Scenario, api.Reach, error) {
	changed, err := s.change(ctx, audit, ifVersion, relief)
	if err == nil {
		return changed, api.Reach{Fleet: api.Told, Durable: true}, nil
	}
	if errors.Is(err, api.ErrConflict) || len(validation.All(err)) > 0 {
		return changed, api.Reach{}, err
	}
	call, err := callOf(audit, ifVersion, relief, time.Now())
	if err != nil {
		return changed, api.Reach{}, err
	}
	// Who has left wanted it all the same.
	answers, reached := s.collectors.send(context.WithoutCancel(ctx), call)
	reach := api.Reach{Fleet: api.Pending, Durable: true, Collectors: reached}
	count := 0
	for _, answer := range answers {
		if answer == nil {
			continue
		}
		if count++; count == 1 || answer.Version > changed.Version {
			changed = answer.Scenario
		}
		if answer.Reach.Fleet == api.Told {
			reach.Fleet = api.Told
		}
		reach.Durable = reach.Durable && answer.Reach.Durable
	}
	if count == 0 {
		return changed, api.Reach{}, s.nobody(call, reached)
	}
	reach.Detail = fmt.Sprintf("The database does not answer Grafana: %d of %d collectors of the settings were asked themselves and have it in force. ", count, len(reached))
	if reach.Fleet == api.Told {
		reach.Detail += "One of them could tell the fleet."
	} else {
		reach.Detail += "They tell the others when the database is back."
	}
	s.logger.WarnContext(ctx, "The database did not take a stop, so collectors were asked themselves", "reached", count, "of", len(reached), "by", audit.By)
	return changed, reach, nil
}

// change asks the database. Its driver may hold a call up for longer than its context lasts.
func (s *stops) change(ctx context.Context, audit api.Audit, ifVersion *int64, relief scenario.Relief) (scenario.Scenario, error) {
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	type result struct {
		changed scenario.Scenario
		err     error
	}
	done := make(chan result, 1)
	go func() {
		defer cancel()
		changed, err := s.scenarios.Change(ctx, audit, ifVersion, func(next *scenario.Scenario) error {
			*next = relief.From(*next)
			return nil
		})
		done <- result{changed, err}
	}()
	timer := time.NewTimer(storePatience)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.changed, r.err
	case <-timer.C:
		return scenario.Scenario{}, api.ErrTooLong
	}
}

// collectorCall is one request to a control API.
type collectorCall struct {
	method, path string
	body         []byte
}

// callOf returns the request that takes the same away. The collector knows Grafana's users by the reason only.
func callOf(audit api.Audit, ifVersion *int64, relief scenario.Relief, now time.Time) (collectorCall, error) {
	reason := strings.TrimSpace(audit.Reason + " (" + audit.By + " in Grafana)")
	if len(reason) > scenario.MaxReasonLength {
		reason = audit.Reason
	}
	body := map[string]any{"reason": reason}
	call := collectorCall{method: http.MethodPut}
	switch {
	case relief.Complete():
		call.method, call.path = http.MethodPost, "scenarios/stop"
	case relief.Mode:
		call.path, body["mode"] = "scenarios/mode", scenario.Healthy
	case relief.Latency:
		call.path = "scenarios/latency"
	default:
		call.path, body["rules"] = "scenarios/rules", []scenario.Rule{}
	}
	if !relief.Complete() {
		if ifVersion != nil {
			body["if_version"] = *ifVersion
		}
		if relief.ExpiresAt != nil {
			body["expires_in"] = max(time.Second, relief.ExpiresAt.Sub(now).Truncate(time.Second)).String()
		}
	}
	var err error
	call.body, err = json.Marshal(body)
	return call, err
}

// nobody says what to do where neither the database nor a collector was reached.
func (s *stops) nobody(call collectorCall, reached []api.ReachedCollector) error {
	detail := "The database cannot be reached, and the settings of the app name no collector (collectorUrls) that could be asked itself. "
	switch {
	case s.problem != nil:
		detail = "The database cannot be reached, and the settings of the app are wrong: " + s.problem.Error() + ". "
	case len(reached) > 0:
		var parts []string
		for _, r := range reached {
			parts = append(parts, r.URL+": "+r.Detail)
		}
		detail = "Neither the database nor a collector can be reached (" + strings.Join(parts, "; ") + "). "
	}
	detail += fmt.Sprintf("Faults go on until they expire. Ask each collector itself: curl -X %s -H 'Content-Type: application/json' -d '%s' http://127.0.0.1:4600/%s",
		call.method, withoutReason(call.body), call.path)
	return &api.Problem{Type: "about:blank", Title: http.StatusText(http.StatusServiceUnavailable), Status: http.StatusServiceUnavailable, Detail: detail}
}

// withoutReason keeps what a user wrote out of a line for a shell.
func withoutReason(body []byte) string {
	var fields map[string]any
	if json.Unmarshal(body, &fields) != nil {
		return "{}"
	}
	delete(fields, "reason")
	text, err := json.Marshal(fields)
	if err != nil {
		return "{}"
	}
	return string(text)
}
