package datasource

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"golang.org/x/sync/errgroup"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxParallel is how many queries of one request run at once.
const maxParallel = 4

// query is a query as the editor writes it, besides what Grafana itself puts into every query.
type query struct {
	// Filter is a recording.Filter without its time range, which is the dashboard's.
	Filter json.RawMessage `json:"filter"`
	// Limit is the greatest number of rows; 0 is the default of the query type.
	Limit int `json:"limit"`
	// GroupBy, Metrics and SeriesLimit are of traffic.
	GroupBy     traffic.Dimension `json:"groupBy"`
	Metrics     []metric          `json:"metrics"`
	SeriesLimit int               `json:"seriesLimit"`
	// Field is the list of the filter whose values are asked for.
	Field string `json:"field"`
	// PatternTypes are the pattern types of patterns; none is all.
	PatternTypes []string `json:"patternTypes"`
	// Around is by how much recordings and logs look further than the time range, on either side: "10m". A trace leads to
	// its recordings with the time range of a span, which may begin after the exchange did.
	Around string `json:"around"`
}

// handler answers one query; filter has the query's time range.
type handler func(ctx context.Context, q query, filter recording.Filter, from backend.DataQuery) (data.Frames, error)

// each answers the queries of a request one by one, a few of them at once; a query that fails does the others no harm.
func (d *DataSource) each(what queryType) backend.QueryDataHandlerFunc {
	return func(ctx context.Context, req *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
		answers := make([]backend.DataResponse, len(req.Queries))
		var group errgroup.Group
		group.SetLimit(maxParallel)
		for i, from := range req.Queries {
			group.Go(func() error {
				answers[i] = d.answer(ctx, what, from, req.PluginContext.User)
				return nil
			})
		}
		_ = group.Wait()
		response := backend.NewQueryDataResponse()
		for i, from := range req.Queries {
			response.Responses[from.RefID] = answers[i]
		}
		return response, nil
	}
}

func (d *DataSource) answer(ctx context.Context, what queryType, from backend.DataQuery, user *backend.User) backend.DataResponse {
	if d.problem != nil {
		return failed(d.problem)
	}
	q, filter, err := parse(ctx, from)
	if err != nil {
		return failed(err)
	}
	if err := d.searchable(&filter, user); err != nil {
		return failed(err)
	}
	if err := what.can.Check(&filter); err != nil {
		return failed(validation.In("filter", err))
	}
	frames, err := what.run(ctx, q, filter, from)
	if err != nil {
		return failed(err)
	}
	for _, frame := range frames {
		frame.RefID = from.RefID
	}
	return backend.DataResponse{Frames: frames}
}

// parse reads a query, and its filter over the query's time range. The error joins *validation.Error.
func parse(ctx context.Context, from backend.DataQuery) (query, recording.Filter, error) {
	var q query
	var filter recording.Filter
	if err := json.Unmarshal(from.JSON, &q); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) && kind.Field != "" {
			return q, filter, validation.Errorf(kind.Field, "must not be a %s", kind.Value)
		}
		return q, filter, validation.Errorf("query", "must be a JSON object")
	}
	if len(q.Filter) > 0 && string(q.Filter) != "null" {
		if err := validation.DecodeJSONContext(ctx, q.Filter, &filter); err != nil {
			return q, filter, validation.In("filter", err)
		}
	}
	further, err := q.around(from.QueryType)
	if err != nil {
		return q, filter, err
	}
	since, until := from.TimeRange.From.UTC().Add(-further), from.TimeRange.To.UTC().Add(further)
	filter.From, filter.To = &since, &until
	return q, filter, validation.In("filter", filter.Validate())
}

// maxAround bounds how much further than its time range a query looks.
const maxAround = 24 * time.Hour

// around returns how much further than its time range a query of a type looks.
func (q query) around(queryType string) (time.Duration, error) {
	if q.Around == "" {
		return 0, nil
	}
	if queryType != "recordings" && queryType != "logs" {
		return 0, validation.Errorf("around", "must be absent from queries other than recordings and logs, is %q", q.Around)
	}
	further, err := time.ParseDuration(q.Around)
	if err != nil || further < 0 || further > maxAround {
		return 0, validation.Errorf("around", "must be a duration from 0s to 24h such as 10m, is %q", q.Around)
	}
	return further, nil
}

// limit returns the number of rows of a query: what it asks for up to most, usual where it says nothing.
func (q query) limit(usual, most int) (int, error) {
	if q.Limit == 0 {
		return usual, nil
	}
	if q.Limit < 1 || q.Limit > most {
		return 0, validation.Errorf("limit", "must be between 1 and %d, is %d", most, q.Limit)
	}
	return q.Limit, nil
}

func (d *DataSource) unknown(_ context.Context, _ query, _ recording.Filter, from backend.DataQuery) (data.Frames, error) {
	return nil, validation.Errorf("queryType", "must be recordings, logs, traffic, patterns, events or values, is %q", from.QueryType)
}

// failed says what went wrong, and whose fault it is: what a user or the database can put right is downstream, the rest
// is an error of the plugin, whose text is kept from users.
func failed(err error) backend.DataResponse {
	downstream := backend.DataResponse{Error: err, ErrorSource: backend.ErrorSourceDownstream}
	switch {
	case len(validation.All(err)) > 0, errors.Is(err, errNotConfigured):
		downstream.Status = backend.StatusBadRequest
	case errors.As(err, new(*searchError)):
		downstream.Status = backend.StatusForbidden
	case errors.Is(err, context.Canceled):
		downstream.Status = backend.Status(499)
	case errors.Is(err, api.ErrTooLong):
		downstream.Error, downstream.Status = errTooLong, backend.StatusTimeout
	case errors.Is(err, api.ErrUnavailable):
		downstream.Error, downstream.Status = withoutDriver(err), backend.StatusBadGateway
	case errors.Is(err, context.DeadlineExceeded):
		downstream.Error, downstream.Status = errTooLong, backend.StatusTimeout
	default:
		backend.Logger.Error("A query failed", "error", err)
		return backend.DataResponse{
			Error: errors.New("the query failed; Grafana's log says why"), Status: backend.StatusInternal, ErrorSource: backend.ErrorSourcePlugin,
		}
	}
	return downstream
}

var errTooLong = errors.New("the query took too long: narrow its filter or its time range")

// withoutDriver keeps the driver's own words, which name hosts and users, for Grafana's log.
func withoutDriver(err error) error {
	if away, ok := errors.AsType[*api.UnavailableError](err); ok {
		backend.Logger.Warn("The collector cannot be read", "error", away.Detail, "cause", away.Err)
		return away
	}
	if errors.Is(errors.Unwrap(err), api.ErrUnavailable) || err == api.ErrUnavailable { // identity: the text is our own
		return err
	}
	backend.Logger.Warn("The database cannot be read", "error", err)
	return api.ErrUnavailable
}
