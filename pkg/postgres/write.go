package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

var recordingColumns = []string{
	"id", "timestamp", "trace_id", "span_id", "protocol", "gateway", "instance", "consumer", "client_ip",
	"method", "scheme", "host", "path", "route", "operation", "http_version", "query_params", "headers",
	"body", "body_binary", "body_size", "body_truncated", "body_redacted", "body_decoded",
	"response_status", "response_headers", "response_trailers",
	"response_body", "response_body_binary", "response_body_size", "response_body_truncated", "response_body_redacted", "response_body_decoded",
	"grpc_status", "websocket_close", "response_time_ms", "upstream_time_ms", "first_byte_ms", "injected_delay_ms",
	"scenario_mode", "scenario_version", "rule", "faults", "fault_kinds", "failure", "mock_matched", "plugin_executed", "tags",
}

var messageColumns = []string{
	"timestamp", "recording_id", "sequence", "direction", "offset_ms", "kind",
	"body", "body_binary", "body_size", "body_truncated", "body_redacted", "body_decoded",
}

// RejectedError says that some recordings of a batch cannot be stored, now or later. The others were stored.
type RejectedError struct {
	IDs []uuid.UUID
	// Err is what PostgreSQL said of the first.
	Err error
}

func (e *RejectedError) Error() string {
	return fmt.Sprintf("%d recordings cannot be stored: %v", len(e.IDs), e.Err)
}

// Unwrap returns what PostgreSQL said of the first.
func (e *RejectedError) Unwrap() error { return e.Err }

// WriteRecordings stores a batch, all or nothing, by COPY in one transaction. A recording that is there already, since an
// earlier attempt succeeded without the caller learning of it, is left as it is. After api.ErrUnavailable the same
// batch may be tried again later; after *RejectedError it must not, the rest of the batch having been stored.
func (s *Store) WriteRecordings(ctx context.Context, recordings []recording.Recording) error {
	if len(recordings) == 0 {
		return nil
	}
	err := wrap(s.writeBatch(ctx, recordings))
	pqErr, ok := errors.AsType[*pq.Error](err)
	if !ok || errors.Is(err, api.ErrUnavailable) || (pqErr.Code.Class() != "22" && pqErr.Code.Class() != "23" && pqErr.Code.Class() != "54") {
		return err
	}
	// One of the recordings is at fault: find it by halves.
	if len(recordings) == 1 {
		return &RejectedError{IDs: []uuid.UUID{recordings[0].ID}, Err: err}
	}
	rejected := &RejectedError{}
	for _, half := range [][]recording.Recording{recordings[:len(recordings)/2], recordings[len(recordings)/2:]} {
		err := s.WriteRecordings(ctx, half)
		if r, ok := errors.AsType[*RejectedError](err); ok {
			rejected.IDs = append(rejected.IDs, r.IDs...)
			if rejected.Err == nil {
				rejected.Err = r.Err
			}
		} else if err != nil {
			return err
		}
	}
	return rejected
}

func (s *Store) writeBatch(ctx context.Context, recordings []recording.Recording) error {
	days := map[string]time.Time{}
	for i := range recordings {
		day := dayOf(timestampOf(&recordings[i]))
		days[day.Format(dayFormat)] = day
	}
	for attempt := 0; ; attempt++ {
		if err := s.ensurePartitions(ctx, s.partitions.missing(days)); err != nil {
			return err
		}
		err := s.inTransaction(ctx, nil, func(tx *sql.Tx) error { return copyBatch(ctx, tx, "", recordings) })
		switch {
		case pq.As(err, pqerror.UniqueViolation) != nil:
			// Rare, so the plain COPY above does not pay for it: staging writes every row twice.
			return s.inTransaction(ctx, nil, func(tx *sql.Tx) error { return mergeBatch(ctx, tx, recordings) })
		case pq.As(err, pqerror.CheckViolation) != nil && attempt == 0:
			// No partition for a row: another instance has dropped it since.
			s.partitions.forget()
		default:
			return err
		}
	}
}

// mergeBatch writes to staging tables first, from which only what is new is taken over.
func mergeBatch(ctx context.Context, tx *sql.Tx, recordings []recording.Recording) error {
	for _, table := range partitionedTables {
		if _, err := tx.ExecContext(ctx, "CREATE TEMPORARY TABLE staged_"+table+" (LIKE "+table+" INCLUDING DEFAULTS) ON COMMIT DROP"); err != nil {
			return err
		}
	}
	if err := copyBatch(ctx, tx, "staged_", recordings); err != nil {
		return err
	}
	for _, table := range partitionedTables {
		if _, err := tx.ExecContext(ctx, "INSERT INTO "+table+" SELECT * FROM staged_"+table+" ON CONFLICT DO NOTHING"); err != nil {
			return err
		}
	}
	return nil
}

func copyBatch(ctx context.Context, tx *sql.Tx, prefix string, recordings []recording.Recording) error {
	messages := 0
	err := copyRows(ctx, tx, prefix+"recorded_requests", recordingColumns, func(row func(...any) error) error {
		for i := range recordings {
			messages += len(recordings[i].Messages)
			values, err := recordingRow(&recordings[i])
			if err != nil {
				return err
			}
			if err := row(values...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || messages == 0 {
		return err
	}
	return copyRows(ctx, tx, prefix+"recorded_messages", messageColumns, func(row func(...any) error) error {
		for i := range recordings {
			r := &recordings[i]
			for sequence, m := range r.Messages {
				values := append([]any{timestampOf(r), r.ID, sequence, storable(m.Direction), finite(m.OffsetMS), storable(m.Kind)}, bodyRow(m.Body)...)
				if err := row(values...); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func copyRows(ctx context.Context, tx *sql.Tx, table string, columns []string, write func(row func(...any) error) error) error {
	statement, err := tx.PrepareContext(ctx, "COPY "+table+" ("+strings.Join(columns, ", ")+") FROM STDIN")
	if err != nil {
		return err
	}
	err = write(func(values ...any) error {
		_, err := statement.ExecContext(ctx, values...)
		return err
	})
	if err == nil {
		// Without values: the end of the rows, where the server's errors are reported.
		_, err = statement.ExecContext(ctx)
	}
	return errors.Join(err, statement.Close())
}

func recordingRow(r *recording.Recording) ([]any, error) {
	values := []any{
		r.ID, timestampOf(r), orNull(r.TraceID), orNull(r.SpanID), storable(string(r.Protocol)), storable(r.Gateway), storable(r.Instance), storable(r.Consumer), storable(r.ClientIP),
		storable(r.Method), storable(r.Scheme), storable(r.Host), storable(r.Path), storable(r.Route), storable(r.Operation), storable(r.HTTPVersion),
	}
	for _, document := range []recording.Values{r.QueryParams, r.Headers} {
		value, err := valuesColumn(document)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	values = append(values, bodyRow(r.Body)...)
	values = append(values, r.ResponseStatus)
	for _, document := range []recording.Values{r.ResponseHeaders, r.ResponseTrailers} {
		value, err := valuesColumn(document)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	values = append(values, bodyRow(r.ResponseBody)...)
	faults, kinds, err := faultColumns(r.Faults)
	if err != nil {
		return nil, err
	}
	return append(values, r.GRPCStatus, r.WebSocketClose, finite(r.ResponseTimeMS), finiteOrNull(r.UpstreamTimeMS), finiteOrNull(r.FirstByteMS), finite(r.InjectedDelayMS),
		storable(r.ScenarioMode), r.ScenarioVersion, storable(r.Rule), faults, pq.Array(kinds), storable(r.Failure), storable(r.MockMatched),
		pq.Array(storableList(r.PluginExecuted)), pq.Array(storableList(r.Tags))), nil
}

// timestampOf is the recording's time as the database has it: microseconds of UTC. A time that cannot be right is taken
// from the id instead, so that no recording is refused and no far-off partition made for it.
func timestampOf(r *recording.Recording) time.Time {
	at := r.Timestamp
	if year := at.Year(); year < 2000 || year > 2200 {
		at = time.Unix(0, 0)
		if made, ok := timeOf(r.ID); ok {
			at = made
		}
	}
	return at.UTC().Truncate(time.Microsecond)
}

// timeOf is when a UUIDv7 was made, to the millisecond (RFC 9562, section 5.7).
func timeOf(id uuid.UUID) (time.Time, bool) {
	if id.Version() != 7 {
		return time.Time{}, false
	}
	seconds, nanoseconds := id.Time().UnixTime()
	return time.Unix(seconds, nanoseconds).UTC(), true
}

// bodyRow is text where the content is text, bytes where it is not, neither where there is none.
func bodyRow(b recording.Body) []any {
	var text, binary any
	if len(b.Content) > 0 {
		if t, ok := b.Text(); ok {
			text = t
		} else {
			binary = b.Content
		}
	}
	return []any{text, binary, b.Size, b.Truncated, b.Redacted, b.Decoded}
}

func valuesColumn(values recording.Values) (any, error) {
	if len(values) == 0 {
		return nil, nil
	}
	document, err := json.Marshal(storableValues(values))
	return string(document), err
}

func faultColumns(faults []recording.Fault) (any, []string, error) {
	if len(faults) == 0 {
		return nil, []string{}, nil
	}
	stored, kinds := make([]recording.Fault, len(faults)), make([]string, len(faults))
	for i, f := range faults {
		stored[i] = recording.Fault{Kind: storable(f.Kind), Detail: storable(f.Detail)}
		kinds[i] = stored[i].Kind
	}
	document, err := json.Marshal(stored)
	return string(document), kinds, err
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return strings.ToLower(storable(text))
}

// finite is v, or 0 for what JSON has no word for.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

func finiteOrNull(v *float64) any {
	if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return nil
	}
	return *v
}
