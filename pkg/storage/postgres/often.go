package postgres

import (
	"context"
	"database/sql"
	"sync/atomic"
)

// often runs a statement of one row that is run again and again. It is prepared, which is half the way to the server and a
// fraction of the work there, unless a pooler is in front: nothing of a session is relied on there.
func (s *Store) often(ctx context.Context, kept *atomic.Pointer[sql.Stmt], statement string, args ...any) *sql.Row {
	prepared := kept.Load()
	if prepared == nil && s.ways.keepsSessions() {
		ctx, done := s.db.impatient(ctx)
		made, err := s.db.PrepareContext(ctx, statement)
		done()
		switch {
		case err != nil: // The statement itself will say why.
		case kept.CompareAndSwap(nil, made):
			prepared = made
		default:
			_ = made.Close()
			prepared = kept.Load()
		}
	}
	if prepared == nil {
		return s.db.QueryRowContext(ctx, statement, args...)
	}
	ctx, done := s.db.impatient(ctx)
	defer done()
	return prepared.QueryRowContext(ctx, args...)
}
