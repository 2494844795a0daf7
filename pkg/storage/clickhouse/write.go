package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// idsPerCheck is how many ids one statement looks for.
const idsPerCheck = 10_000

// WriteRecordings stores a batch, all or nothing. A recording that is there already, since an earlier attempt succeeded without the
// caller learning of it, is left as it is. After api.ErrUnavailable the same batch may be tried again later. See ledger.
func (s *Store) WriteRecordings(ctx context.Context, recordings []recording.Recording) error {
	batch := make([]*recording.Recording, len(recordings))
	for i := range recordings {
		batch[i] = &recordings[i]
	}
	return s.WriteBatch(ctx, batch)
}

// WriteBatch is WriteRecordings of recordings that are not in one place. It keeps none of them.
func (s *Store) WriteBatch(ctx context.Context, recordings []*recording.Recording) error {
	if len(recordings) == 0 {
		return nil
	}
	since := time.Now()
	missing, begun, err := s.missing(ctx, recordings)
	if err != nil || len(missing) == 0 {
		return err
	}
	b := newBatch(begun)
	if err := s.begin(ctx, b, since); err != nil {
		return err
	}
	if err := s.insert(ctx, b, missing); err != nil {
		return err
	}
	shared, err := s.shared(ctx, b, missing)
	if err != nil {
		return err
	}
	return s.commit(ctx, b, shared, since)
}

// missing returns the recordings that are not stored, each once, and the time of the server.
func (s *Store) missing(ctx context.Context, recordings []*recording.Recording) (missing []*recording.Recording, now uint32, err error) {
	wanted := make(map[key]bool, len(recordings))
	for _, r := range recordings {
		if k := keyOf(r.ID); !wanted[k] {
			wanted[k] = true
			missing = append(missing, r)
		}
	}
	var found []held
	for rest := missing; len(rest) > 0; {
		part := rest[:min(len(rest), idsPerCheck)]
		rest = rest[len(part):]
		statement := fmt.Sprintf("SELECT toUInt64(0), toUInt64(0), toUInt64(0), toUInt32(now()) FROM system.one UNION ALL SELECT id_high, id_low, batch, begun FROM %s WHERE %s AND (id_high, id_low) IN %s",
			s.place.whole(recordingsTable), within(part), tuples(part, func(r *recording.Recording) []uint64 { return keyOf(r.ID).numbers() }))
		err := s.client.query(ctx, request{statement: statement}, func(r *rowReader) {
			h := held{key{r.uint64(), r.uint64()}, batch{r.uint64(), r.uint32()}}
			if h.number == 0 {
				now = h.begun
				return
			}
			found = append(found, h)
		})
		if err != nil {
			return nil, 0, err
		}
	}
	if len(found) == 0 {
		return missing, now, nil
	}
	v, err := s.view(ctx)
	if err != nil {
		return nil, 0, err
	}
	sees, stored := v.sees(), map[key]bool{}
	for _, h := range found {
		if sees(h.batch) {
			stored[h.key] = true
		}
	}
	kept := missing[:0:0]
	for _, r := range missing {
		if !stored[keyOf(r.ID)] {
			kept = append(kept, r)
		}
	}
	return kept, now, nil
}

// within is the condition of the times of recordings: the same recording always has the same.
func within(recordings []*recording.Recording) string {
	low, high := recordings[0].StoredTime().UnixMicro(), recordings[0].StoredTime().UnixMicro()
	days := map[int32]bool{}
	for _, r := range recordings {
		at := r.StoredTime()
		low, high = min(low, at.UnixMicro()), max(high, at.UnixMicro())
		days[dayOf(at)] = true
	}
	var b strings.Builder
	for day := range days {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprint(&b, day)
	}
	return fmt.Sprintf("day IN (%s) AND time >= %d AND time <= %d", b.String(), low, high)
}

var insertRecordings = " (" + namesOf(columns) + ") FORMAT RowBinary"

func (s *Store) insert(ctx context.Context, b batch, recordings []*recording.Recording) error {
	w := rowWriter{bytes: make([]byte, 0, 1024*len(recordings))}
	for _, r := range recordings {
		of := row{r, b}
		for i := range columns {
			columns[i].write(&w, &of)
		}
	}
	settings := s.writing()
	return s.client.execute(ctx, request{statement: "INSERT INTO " + s.place.whole(recordingsTable) + insertRecordings, rows: w.bytes, settings: settings})
}

// shared returns what other batches have of the recordings of b. Each shard looks at its own rows, since all of an id are on one.
func (s *Store) shared(ctx context.Context, b batch, recordings []*recording.Recording) (shared []held, err error) {
	times := within(recordings)
	statement := fmt.Sprintf("SELECT id_high, id_low, batch, begun FROM %s WHERE %s AND batch != %d AND (id_high, id_low) IN (SELECT id_high, id_low FROM %s WHERE %s AND batch = %d)",
		s.place.whole(recordingsTable), times, b.number, s.place.part(recordingsTable), times, b.number)
	err = s.client.query(ctx, request{statement: statement}, func(r *rowReader) {
		shared = append(shared, held{key{r.uint64(), r.uint64()}, batch{r.uint64(), r.uint32()}})
	})
	return shared, err
}
