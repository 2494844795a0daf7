package clickhouse

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	// maxPage is how much the recordings of a page may be together, in bytes: headers of answers alone may be 1 MiB each.
	maxPage = 16 << 20
	// maxFetch is how many recordings one statement fetches.
	maxFetch = 1000
	// longestExchange and clockSlack are how long before and after an id was made the time of its recording mostly is.
	longestExchange = 24 * time.Hour
	clockSlack      = 5 * time.Minute
)

// found is where a recording is, and how large.
type found struct {
	held
	time int64
	// size is that of a page's part of it, content the rest.
	size, content uint64
}

// find returns where the first recordings are that meet a condition.
func (s *Store) find(ctx context.Context, clause string, c *conditions, seen *view, ascending bool, limit int) (all []found, err error) {
	direction := "DESC"
	if ascending {
		direction = "ASC"
	}
	statement := fmt.Sprintf("SELECT time, id_high, id_low, batch, begun, size, content_size FROM %s WHERE %s AND (%s) ORDER BY time %[4]s, id_high %[4]s, id_low %[4]s LIMIT %[5]d",
		s.place.whole(recordingsTable), seen.condition(), clause, direction, limit)
	err = s.client.query(ctx, request{statement: statement, parameters: c.parameters}, func(r *rowReader) {
		f := found{time: r.int64(), held: held{key{r.uint64(), r.uint64()}, batch{r.uint64(), r.uint32()}}}
		f.size, f.content = r.uint64(), r.uint64()
		all = append(all, f)
	})
	return all, err
}

// fetch returns recordings, in the order of places.
func (s *Store) fetch(ctx context.Context, places []found, whole bool) ([]recording.Recording, error) {
	if len(places) == 0 {
		return []recording.Recording{}, nil
	}
	low, high, ids := places[0].time, places[0].time, make([]uuid.UUID, 0, len(places))
	for _, p := range places {
		low, high = min(low, p.time), max(high, p.time)
		ids = append(ids, p.id())
	}
	tags, err := s.tags.TagsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	selected := readColumns(whole)
	statement := fmt.Sprintf("SELECT %s FROM %s WHERE day >= %d AND day <= %d AND time >= %d AND time <= %d AND (batch, id_high, id_low) IN %s",
		namesOf(selected), s.place.whole(recordingsTable), dayOf(time.UnixMicro(low)), dayOf(time.UnixMicro(high)), low, high,
		heldTuples(each(places, func(f *found) held { return f.held })))
	byID := make(map[uuid.UUID]recording.Recording, len(places))
	var wrong error
	err = s.client.query(ctx, request{statement: statement}, func(from *rowReader) {
		var r recording.Recording
		for i := range selected {
			selected[i].read(from, &r)
		}
		if given, ok := tags[r.ID]; ok {
			r.Tags = given
		}
		if err := r.CheckForms(); err != nil && wrong == nil && from.err == nil {
			wrong = fmt.Errorf("recording %s cannot be read: %w", r.ID, err)
		}
		byID[r.ID] = r
	})
	if err == nil {
		err = wrong
	}
	all := make([]recording.Recording, 0, len(places))
	for _, p := range places {
		if r, ok := byID[p.id()]; ok { // Its day may have been dropped meanwhile.
			all = append(all, r)
		}
	}
	return all, err
}

// Query returns one page of recordings. See api.Recordings.
func (s *Store) Query(ctx context.Context, query recording.Query) (recording.Page, error) {
	page := recording.Page{Recordings: []recording.Recording{}}
	if err := query.Validate(); err != nil {
		return page, err
	}
	limit := query.Limit
	if limit == 0 {
		limit = recording.DefaultLimit
	}
	clause, c, err := s.matching(ctx, query.Filter)
	if err != nil {
		return page, err
	}
	var cursor *recording.Cursor
	if query.Cursor != "" {
		at, err := recording.ParseCursor(query.Cursor)
		if err != nil {
			return page, err
		}
		cursor = &at
		clause += " AND " + behind(at, query.Ascending)
	}
	seen, err := s.view(ctx)
	if err != nil {
		return page, err
	}
	places, err := s.search(ctx, clause, c, seen, reachOf(&query.Filter, cursor, query.Ascending), query.Ascending, limit+1)
	if err != nil {
		return page, err
	}
	on := fitting(places[:min(len(places), limit)], false)
	if page.Recordings, err = s.fetch(ctx, on, false); err != nil {
		return recording.Page{Recordings: []recording.Recording{}}, err
	}
	if len(on) < len(places) {
		last := on[len(on)-1]
		page.NextCursor = recording.Cursor{Timestamp: time.UnixMicro(last.time).UTC(), ID: last.id()}.String()
	}
	return page, nil
}

// behind is met by what comes behind a place.
func behind(cursor recording.Cursor, ascending bool) string {
	at, k, compare := cursor.Timestamp.UnixMicro(), keyOf(cursor.ID), "<"
	if ascending {
		compare = ">"
	}
	return fmt.Sprintf("time %[1]s= %[2]d AND (time %[1]s %[2]d OR id_high %[1]s %[3]d OR (id_high = %[3]d AND id_low %[1]s %[4]d))", compare, at, k.high, k.low)
}

// fitting returns as many places as a page holds, one at least.
func fitting(places []found, whole bool) []found {
	left := int64(maxPage)
	for i, p := range places {
		if i > 0 && (left <= 0 || i == maxFetch) {
			return places[:i]
		}
		left -= int64(p.size)
		if whole {
			left -= int64(p.content)
		}
	}
	return places
}

// Get returns one recording, whole; api.ErrNotFound where there is none.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (recording.Recording, error) {
	place, err := s.locate(ctx, id)
	if err != nil {
		return recording.Recording{}, err
	}
	all, err := s.fetch(ctx, []found{place}, true)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("recording %s: %w", id, api.ErrNotFound)
	}
	if err != nil {
		return recording.Recording{}, err
	}
	return all[0], nil
}

func (s *Store) locate(ctx context.Context, id uuid.UUID) (found, error) {
	seen, err := s.view(ctx)
	if err != nil {
		return found{}, err
	}
	k := keyOf(id)
	clause := fmt.Sprintf("id_high = %d AND id_low = %d", k.high, k.low)
	// The id says where to look first.
	if made, ok := recording.MadeAt(id); ok && made.Year() < 9999 {
		from, to := made.Add(-longestExchange), made.Add(clockSlack)
		near := fmt.Sprintf("%s AND day >= %d AND day <= %d AND time >= %d AND time <= %d", clause, dayOf(from), dayOf(to), from.UnixMicro(), to.UnixMicro())
		if places, err := s.find(ctx, near, &conditions{}, seen, true, 1); err != nil || len(places) > 0 {
			return first(places), err
		}
	}
	places, err := s.find(ctx, clause, &conditions{}, seen, true, 1)
	if err == nil && len(places) == 0 {
		err = fmt.Errorf("recording %s: %w", id, api.ErrNotFound)
	}
	return first(places), err
}

func first(places []found) (place found) {
	if len(places) > 0 {
		place = places[0]
	}
	return place
}

// Scan gives the newest recordings of a filter, at most limit, whole and oldest first. It ends with the first error.
func (s *Store) Scan(ctx context.Context, filter recording.Filter, limit int) iter.Seq2[recording.Recording, error] {
	return func(yield func(recording.Recording, error) bool) {
		if err := s.scan(ctx, filter, limit, func(r recording.Recording) bool { return yield(r, nil) }); err != nil {
			yield(recording.Recording{}, err)
		}
	}
}

func (s *Store) scan(ctx context.Context, filter recording.Filter, limit int, give func(recording.Recording) bool) error {
	if err := filter.Validate(); err != nil || limit <= 0 {
		return err
	}
	clause, c, err := s.matching(ctx, filter)
	if err != nil {
		return err
	}
	seen, err := s.view(ctx)
	if err != nil {
		return err
	}
	places, err := s.search(ctx, clause, c, seen, reachOf(&filter, nil, false), false, limit)
	if err != nil {
		return err
	}
	slices.Reverse(places)
	for len(places) > 0 {
		part := fitting(places, true)
		places = places[len(part):]
		all, err := s.fetch(ctx, part, true)
		if err != nil {
			return err
		}
		for _, r := range all {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !give(r) {
				return nil
			}
		}
	}
	return nil
}

// SetTags replaces the tags of a recording; api.ErrNotFound where there is none. See api.Recordings.
func (s *Store) SetTags(ctx context.Context, id uuid.UUID, tags []string) error {
	place, err := s.locate(ctx, id)
	if err != nil {
		return err
	}
	return s.tags.SetTags(ctx, id, time.UnixMicro(place.time).UTC(), tags)
}
