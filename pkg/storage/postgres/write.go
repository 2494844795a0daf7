package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

var messageColumns = []string{
	"timestamp", "recording_id", "sequence", "direction", "offset_ms", "kind",
	"body", "body_binary", "body_size", "body_truncated", "body_redacted", "body_decoded",
}

// reasonOf returns what logs may know of why PostgreSQL refuses a recording: its SQLSTATE with its name, since its other words may have
// contents of the recording.
func reasonOf(err *pq.Error) string {
	return fmt.Sprintf("SQLSTATE %s %s", string(err.Code), err.Code.Name())
}

// WriteRecordings stores a batch, all or nothing, by COPY in one transaction. A recording that is there already, since an
// earlier attempt succeeded without the caller learning of it, is left as it is. After api.ErrUnavailable the same
// batch may be tried again later; after *api.RejectedError it must not, the rest of the batch having been stored.
func (s *Store) WriteRecordings(ctx context.Context, recordings []recording.Recording) error {
	batch := make([]*recording.Recording, len(recordings))
	for i := range recordings {
		batch[i] = &recordings[i]
	}
	return s.WriteBatch(ctx, batch)
}

// WriteBatch is WriteRecordings of recordings that are not in one place. It keeps none of them.
func (s *Store) WriteBatch(ctx context.Context, recordings []*recording.Recording) error {
	recordings, far, err := s.withoutFarOff(ctx, recordings)
	if err != nil {
		return wrap(err)
	}
	return merged(far, s.writeNear(ctx, recordings))
}

// writeNear writes a batch; see WriteRecordings.
func (s *Store) writeNear(ctx context.Context, recordings []*recording.Recording) error {
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
		return &api.RejectedError{IDs: []uuid.UUID{recordings[0].ID}, Err: err, Cause: reasonOf(pqErr)}
	}
	rejected := &api.RejectedError{}
	for _, half := range [][]*recording.Recording{recordings[:len(recordings)/2], recordings[len(recordings)/2:]} {
		err := s.writeNear(ctx, half)
		if r, ok := errors.AsType[*api.RejectedError](err); ok {
			rejected.IDs = append(rejected.IDs, r.IDs...)
			if rejected.Err == nil {
				rejected.Err, rejected.Cause = r.Err, r.Cause
			}
		} else if err != nil {
			return err
		}
	}
	return rejected
}

func (s *Store) writeBatch(ctx context.Context, recordings []*recording.Recording) error {
	days := daysOf(recordings)
	for attempt := 0; ; attempt++ {
		if err := s.ensurePartitions(ctx, s.partitions.missing(days)); err != nil {
			return err
		}
		err := s.inTransactionOf(ctx, func(conn *sql.Conn, _ *sql.Tx) error { return copyBatch(ctx, conn, "", recordings) })
		switch {
		case pq.As(err, pqerror.UniqueViolation) != nil:
			// Rare, so the plain COPY above does not pay for it: staging writes every row twice.
			return s.inTransactionOf(ctx, func(conn *sql.Conn, tx *sql.Tx) error { return mergeBatch(ctx, conn, tx, recordings) })
		case pq.As(err, pqerror.CheckViolation) != nil && attempt == 0:
			// No partition for a row: another instance has dropped it since.
			s.partitions.forget()
		default:
			return err
		}
	}
}

// mergeBatch writes to staging tables first, from which only what is new is taken over.
func mergeBatch(ctx context.Context, conn *sql.Conn, tx *sql.Tx, recordings []*recording.Recording) error {
	for _, table := range partitionedTables {
		if _, err := tx.ExecContext(ctx, "CREATE TEMPORARY TABLE staged_"+table+" (LIKE "+table+" INCLUDING DEFAULTS) ON COMMIT DROP"); err != nil {
			return err
		}
	}
	if err := copyBatch(ctx, conn, "staged_", recordings); err != nil {
		return err
	}
	for _, table := range partitionedTables {
		if _, err := tx.ExecContext(ctx, "INSERT INTO "+table+" SELECT * FROM staged_"+table+" ON CONFLICT DO NOTHING"); err != nil {
			return err
		}
	}
	return nil
}

func copyBatch(ctx context.Context, conn *sql.Conn, prefix string, recordings []*recording.Recording) error {
	at, messages := 0, 0
	err := copyRows(ctx, conn, prefix+"recorded_requests", recordingColumns, func(text *copyText) bool {
		if at == len(recordings) {
			return false
		}
		messages += len(recordings[at].Messages)
		recordingRow(text, recordings[at])
		at++
		return true
	})
	if err != nil || messages == 0 {
		return err
	}
	at = 0
	return copyRows(ctx, conn, prefix+"recorded_messages", messageColumns, func(text *copyText) bool {
		if at == len(recordings) {
			return false
		}
		r := recordings[at]
		for sequence, m := range r.Messages {
			text.time(r.StoredTime())
			text.uuid(r.ID)
			text.integer(int64(sequence))
			text.text(m.Direction)
			text.float(m.OffsetMS)
			text.text(m.Kind)
			bodyColumns(text, &m.Body)
			text.endRow()
		}
		at++
		return true
	})
}

// recordingRow adds the columns in the order of recordingColumns.
func recordingRow(text *copyText, r *recording.Recording) {
	text.uuid(r.ID)
	text.time(r.StoredTime())
	text.textOrNull(identifier(r.TraceID))
	text.textOrNull(identifier(r.SpanID))
	text.text(string(r.Protocol))
	text.indexed(r.Gateway, 256)
	text.text(r.Instance)
	text.indexed(r.Consumer, 512)
	text.text(r.ClientIP)
	text.indexed(r.Method, 256)
	text.text(r.Scheme)
	text.text(r.Host)
	text.text(r.Path)
	text.textOrNull(r.Target.Text())
	text.boolean(r.TargetRedacted)
	text.indexed(r.Route, 1024)
	text.text(r.Operation)
	text.text(r.HTTPVersion)
	text.values(r.QueryParams)
	text.values(r.Headers)
	text.textOrNull(string(r.HeaderForm))
	bodyColumns(text, &r.Body)
	text.integer(int64(r.ResponseStatus))
	text.values(r.ResponseHeaders)
	text.textOrNull(string(r.ResponseHeaderForm))
	text.values(r.ResponseTrailers)
	bodyColumns(text, &r.ResponseBody)
	text.integerOrNull(r.GRPCStatus)
	text.integerOrNull(r.WebSocketClose)
	text.float(r.ResponseTimeMS)
	text.floatOrNull(r.UpstreamTimeMS)
	text.floatOrNull(r.FirstByteMS)
	text.float(r.InjectedDelayMS)
	text.text(r.ScenarioMode)
	text.integer(r.ScenarioVersion)
	text.indexed(r.Rule, 512)
	text.faults(r.Faults)
	text.text(r.Failure)
	text.textOrNull(string(r.FailedBy))
	text.textOrNull(string(r.FailureKind))
	text.text(r.MockMatched)
	text.list(r.PluginExecuted)
	text.list(r.Tags)
	text.endRow()
}

func bodyColumns(text *copyText, b *recording.Body) {
	text.bodies(b)
	text.integer(b.Size)
	text.boolean(b.Truncated)
	text.boolean(b.Redacted)
	text.boolean(b.Decoded)
}

// identifier is what ids of traces and spans are compared by.
func identifier(text string) string {
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			return strings.ToLower(indexable(text, 256))
		}
	}
	return text[:min(len(text), 256)]
}
