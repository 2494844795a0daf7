package api

import (
	"context"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	defaultRange = 15 * time.Minute
	maxPoints    = 1000
	// maxSpan is more than figures are kept for, and less than what durations cannot hold.
	maxSpan = 3660 * 24 * time.Hour
)

func (h *handler) getInstances(w http.ResponseWriter, r *http.Request) error {
	if h.Instances == nil {
		return unavailable("instances")
	}
	s, err := h.current(r)
	if err != nil {
		return err
	}
	instances, err := h.Instances.Instances(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]any{"instances": list(instances), "version": s.Version})
}

func (h *handler) getTraffic(w http.ResponseWriter, r *http.Request) error {
	if h.Traffic == nil {
		return unavailable("traffic figures")
	}
	from, to, step, err := h.trafficRange(r.URL.Query())
	if err != nil {
		return err
	}
	points, err := h.points(r.Context(), r.URL.Query().Get("gateway"), from, to, step)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]any{"points": list(points)})
}

// maxGatewayName is the greatest length of a gateway's name, in bytes.
const maxGatewayName = 200

func (h *handler) points(ctx context.Context, gateway string, from, to time.Time, step time.Duration) ([]traffic.Point, error) {
	if gateway == "" {
		return h.Traffic.Points(ctx, from, to, step)
	}
	if len(gateway) > maxGatewayName || !utf8.ValidString(gateway) {
		return nil, validation.Errorf("gateway", "must be the name of a gateway, at most %d bytes of UTF-8", maxGatewayName)
	}
	store, ok := h.Traffic.(GatewayTraffic)
	if !ok {
		return nil, validation.Errorf("gateway", "cannot be given here: only figures of all gateways are kept")
	}
	return store.GatewayPoints(ctx, gateway, from, to, step)
}

// trafficRange returns the range that a query asks for: the last 15 minutes where no time is given, in steps that give 300 points
// at most.
func (h *handler) trafficRange(query url.Values) (from, to time.Time, step time.Duration, err error) {
	fail := func(err error) (time.Time, time.Time, time.Duration, error) {
		return time.Time{}, time.Time{}, 0, err
	}
	if err := knownParameters(query, "from", "to", "step", "gateway"); err != nil {
		return fail(err)
	}
	if to, err = moment(query, "to", h.Now()); err != nil {
		return fail(err)
	}
	if from, err = moment(query, "from", to.Add(-defaultRange)); err != nil {
		return fail(err)
	}
	if !from.Before(to) {
		return fail(validation.Errorf("from", "must be before to"))
	}
	span := to.Sub(from)
	if span > maxSpan {
		return fail(validation.Errorf("from", "must be at most %d days before to", maxSpan/(24*time.Hour)))
	}
	text := query.Get("step")
	if text == "" {
		step = traffic.Fitting((span/300).Truncate(time.Second)+time.Second, span, traffic.Routes)
		return from.Truncate(step), to, step, nil
	}
	step, err = time.ParseDuration(text)
	switch {
	case err != nil || len(text) > 40:
		return fail(validation.Errorf("step", "must be a duration such as 1s or 5m"))
	case step < time.Second:
		return fail(validation.Errorf("step", "must be at least 1s, is %s", step))
	}
	from = from.Truncate(step)
	if points := (to.Sub(from) + step - 1) / step; points > maxPoints {
		return fail(validation.Errorf("step", "must be longer: %s would give %d points, at most %d are given", step, points, maxPoints))
	}
	return from, to, step, nil
}

func moment(query url.Values, name string, absent time.Time) (time.Time, error) {
	text := query.Get(name)
	if text == "" {
		return absent.UTC(), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, validation.Errorf(name, "must be a time as in RFC 3339, such as 2026-01-31T12:00:00Z")
	}
	return t.UTC(), nil
}
