package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// TagsByHand keeps the tags that people give to recordings which are in another store. See clickhouse.Tags.
type TagsByHand struct{ store *Store }

// TagsByHand returns those of this database.
func (s *Store) TagsByHand() TagsByHand { return TagsByHand{s} }

// SetTags replaces what is kept of a recording.
func (t TagsByHand) SetTags(ctx context.Context, id uuid.UUID, at time.Time, tags []string) error {
	_, err := t.store.db.ExecContext(ctx, `INSERT INTO tags_by_hand (recording_id, recorded_at, tags) VALUES ($1, $2, $3)
		ON CONFLICT (recording_id) DO UPDATE SET tags = excluded.tags`, id, at.UTC(), pq.Array(storableList(tags)))
	return wrap(err)
}

// TagsOf returns what is kept of some recordings.
func (t TagsByHand) TagsOf(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID][]string, error) {
	return t.read(ctx, "SELECT recording_id, tags FROM tags_by_hand WHERE recording_id = ANY($1)", pq.Array(ids))
}

// Tagged returns all that is kept.
func (t TagsByHand) Tagged(ctx context.Context) (map[uuid.UUID][]string, error) {
	return t.read(ctx, "SELECT recording_id, tags FROM tags_by_hand")
}

// DropTags drops what is kept of recordings from before a time.
func (t TagsByHand) DropTags(ctx context.Context, before time.Time) error {
	_, err := t.store.deleteRows(ctx, "tags_by_hand", "recorded_at < $1", before.UTC())
	return wrap(err)
}

func (t TagsByHand) read(ctx context.Context, statement string, args ...any) (map[uuid.UUID][]string, error) {
	rows, err := t.store.db.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	kept := map[uuid.UUID][]string{}
	for rows.Next() {
		var id uuid.UUID
		var tags []string
		if err := rows.Scan(&id, pq.Array(&tags)); err != nil {
			return nil, wrap(err)
		}
		kept[id] = tags
	}
	return kept, wrap(rows.Err())
}
