package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

var (
	_ api.Instances     = (*Store)(nil)
	_ api.RecordingSums = (*Store)(nil)
	_ api.TrafficSeries = (*Store)(nil)
	_ api.Changes       = (*Store)(nil)
)

// About asks the collector who it is.
func (s *Store) About(ctx context.Context) (api.About, error) {
	var about api.About
	err := s.get(ctx, "/about", nil, &about)
	return about, err
}

// Instances implements api.Instances.
func (s *Store) Instances(ctx context.Context) ([]scenario.Instance, error) {
	var answer struct {
		Instances []scenario.Instance `json:"instances"`
	}
	err := s.get(ctx, "/instances", nil, &answer)
	return answer.Instances, err
}

// Query is that of api.Recordings.
func (s *Store) Query(ctx context.Context, query recording.Query) (recording.Page, error) {
	var page recording.Page
	body, err := json.Marshal(query)
	if err != nil {
		return page, err
	}
	request, err := s.request(ctx, http.MethodPost, "/recordings/query", "", bytes.NewReader(body))
	if err != nil {
		return page, err
	}
	request.Header.Set("Content-Type", "application/json")
	err = s.read(request, &page)
	return page, err
}

// Values implements api.RecordingSums.
func (s *Store) Values(ctx context.Context, filter recording.Filter, field string, limit int) ([]recording.Count, error) {
	query, err := filterQuery(filter)
	if err != nil {
		return nil, err
	}
	query.Set("field", field)
	query.Set("limit", strconv.Itoa(limit))
	var answer struct {
		Values []recording.Count `json:"values"`
	}
	err = s.get(ctx, "/recordings/values", query, &answer)
	return answer.Values, err
}

// Volume implements api.RecordingSums.
func (s *Store) Volume(ctx context.Context, filter recording.Filter, step time.Duration) (map[string]map[time.Time]int64, error) {
	query, err := filterQuery(filter)
	if err != nil {
		return nil, err
	}
	query.Set("step", step.String())
	var answer struct {
		Volume map[string]map[time.Time]int64 `json:"volume"`
	}
	err = s.get(ctx, "/recordings/volume", query, &answer)
	return answer.Volume, err
}

// Stored is that of api.Patterns.
func (s *Store) Stored(ctx context.Context, filter recording.Filter) (api.PatternReport, error) {
	var report api.PatternReport
	query, err := filterQuery(filter)
	if err != nil {
		return report, err
	}
	err = s.get(ctx, "/recordings/patterns", query, &report)
	return report, err
}

// Series implements api.TrafficSeries.
func (s *Store) Series(ctx context.Context, from, to time.Time, step time.Duration, by traffic.Dimension, selection traffic.Selection, limit int) (traffic.Breakdown, error) {
	query := between(from, to)
	for name, values := range map[string][]string{
		"gateways": selection.Gateways, "protocols": selection.Protocols, "routes": selection.Routes, "modes": selection.Modes,
	} {
		if len(values) > 0 {
			query[name] = values
		}
	}
	query.Set("step", step.String())
	query.Set("limit", strconv.Itoa(limit))
	if by != traffic.Whole {
		query.Set("by", string(by))
	}
	var breakdown traffic.Breakdown
	err := s.get(ctx, "/traffic/series", query, &breakdown)
	return breakdown, err
}

// Changes implements api.Changes.
func (s *Store) Changes(ctx context.Context, from, to time.Time, limit int) ([]scenario.Change, error) {
	query := between(from, to)
	query.Set("limit", strconv.Itoa(limit))
	var answer struct {
		Changes []scenario.Change `json:"changes"`
	}
	err := s.get(ctx, "/scenarios/changes", query, &answer)
	return answer.Changes, err
}

func between(from, to time.Time) url.Values {
	return url.Values{"from": {from.UTC().Format(time.RFC3339Nano)}, "to": {to.UTC().Format(time.RFC3339Nano)}}
}
