package jobs

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// maxReads is how many recordings are read at once where their store cannot find many at once.
const maxReads = 8

type takeItems func(ctx context.Context, tx JobTx, job uuid.UUID) ([]Tally, error)

// choose finds the recordings of a job; what it returns takes them into it.
func (r *Replays) choose(ctx context.Context, request replay.JobRequest) (takeItems, error) {
	if request.Filter != nil && r.selector != nil {
		return r.selector.Select(ctx, *request.Filter, request.Limit)
	}
	found, err := r.chosen(ctx, request)
	if err != nil {
		return nil, err
	}
	items, tallies := inOrder(found)
	return func(ctx context.Context, tx JobTx, job uuid.UUID) ([]Tally, error) {
		return tallies, tx.AddItems(ctx, job, items)
	}, nil
}

func (r *Replays) chosen(ctx context.Context, request replay.JobRequest) ([]Found, error) {
	if request.Filter != nil {
		return r.newest(ctx, *request.Filter, request.Limit)
	}
	wanted := make([]Found, len(request.RecordingIDs))
	for i, id := range request.RecordingIDs {
		wanted[i].ID = id
	}
	found, err := r.find(ctx, wanted)
	if err != nil {
		return nil, err
	}
	return found, missing(request.RecordingIDs, found)
}

// newest finds the newest recordings of a filter, page by page.
func (r *Replays) newest(ctx context.Context, filter recording.Filter, limit int) ([]Found, error) {
	var all []Found
	for query := (recording.Query{Filter: filter}); ; {
		query.Limit = min(recording.MaxLimit, limit-len(all))
		page, err := r.recordings.Query(ctx, query)
		if err != nil {
			return nil, err
		}
		for i := range page.Recordings {
			all = append(all, foundOf(&page.Recordings[i]))
		}
		query.Cursor = page.NextCursor
		if query.Cursor == "" || len(all) >= limit {
			return all, nil
		}
	}
}

// find returns those of the wanted recordings that are there, in any order.
func (r *Replays) find(ctx context.Context, wanted []Found) ([]Found, error) {
	if finder, ok := r.recordings.(Finder); ok {
		return finder.Find(ctx, wanted)
	}
	found := make([]Found, len(wanted))
	reading, ctx := errgroup.WithContext(ctx)
	reading.SetLimit(maxReads)
	for i, each := range wanted {
		reading.Go(func() error {
			one, err := r.recordings.Get(ctx, each.ID)
			if errors.Is(err, api.ErrNotFound) {
				return nil
			}
			found[i] = foundOf(&one)
			return err
		})
	}
	if err := reading.Wait(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(f Found) bool { return f.ID == uuid.Nil }), nil
}

func foundOf(r *recording.Recording) Found {
	return Found{ID: r.ID, RecordedAt: r.Timestamp, Gateway: r.Gateway, Method: r.Method, Path: r.Path}
}

// inOrder numbers recordings, oldest first, and counts them by gateway.
func inOrder(found []Found) ([]Item, []Tally) {
	slices.SortFunc(found, func(a, b Found) int {
		return cmp.Or(a.RecordedAt.Compare(b.RecordedAt), slices.Compare(a.ID[:], b.ID[:]))
	})
	items := make([]Item, len(found))
	at := map[string]int{}
	var tallies []Tally
	for i, each := range found {
		items[i] = Item{i + 1, each}
		n, ok := at[each.Gateway]
		if !ok {
			n = len(tallies)
			at[each.Gateway] = n
			tallies = append(tallies, Tally{Gateway: each.Gateway, First: each.RecordedAt})
		}
		tallies[n].Total++
		tallies[n].Last = each.RecordedAt
	}
	return items, tallies
}
