package postgres

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// SetTags replaces the tags of a recording; api.ErrNotFound where there is none. See api.Recordings.
func (s *Store) SetTags(ctx context.Context, id uuid.UUID, tags []string) error {
	const statement = "UPDATE recorded_requests SET tags = $2 WHERE id = $1"
	changed := func(statement string, args ...any) (bool, error) {
		result, err := s.db.ExecContext(ctx, statement, args...)
		if err != nil {
			return false, err
		}
		n, err := result.RowsAffected()
		return n > 0, err
	}
	stored := pq.Array(storableList(tags))
	done, err := false, error(nil)
	// As in Get: the id says which partitions to look into.
	if made, ok := recording.MadeAt(id); ok {
		done, err = changed(statement+" AND timestamp BETWEEN $3 AND $4", id, stored, made.Add(-longestExchange), made.Add(clockSlack))
	}
	if err == nil && !done {
		done, err = changed(statement, id, stored)
	}
	if err == nil && !done {
		return fmt.Errorf("recording %s: %w", id, api.ErrNotFound)
	}
	return wrap(err)
}
