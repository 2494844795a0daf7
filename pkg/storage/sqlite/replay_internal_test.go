package sqlite

import (
	"context"
	"time"
)

// DeleteReplays deletes jobs that ended before a time.
func (s *Store) DeleteReplays(ctx context.Context, before time.Time) error {
	return s.deleteReplays(ctx, before.UnixMicro())
}
