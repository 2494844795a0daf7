package recorder

import "github.com/mockforge/mockforge-observability-app/pkg/recording"

// maxLoadedBytes bounds what is read from disk at once.
const maxLoadedBytes = 8 << 20

// backlog is a batch that was taken from the spool and is not written yet.
type backlog struct{ batch []recording.Recording }

func (b *backlog) empty() bool { return len(b.batch) == 0 }

// written takes away the first n, which are stored or lost.
func (b *backlog) written(n int) {
	clear(b.batch[:n]) // What is over must not be held by its old place.
	if b.batch = b.batch[n:]; b.empty() {
		b.batch = nil
	}
}

// keep puts a batch on disk. What finds no room there is dropped, the oldest first.
func (r *Recorder) keep(batch []recording.Recording) {
	kept, failed := 0, 0
	var problem error
	for i := range batch {
		record, err := encode(batch[i])
		if err == nil {
			var dropped int
			if dropped, err = r.options.Spool.Append(record); dropped > 0 {
				r.options.Metrics.Dropped(DroppedSpoolFull, dropped)
			}
		}
		if err != nil {
			failed, problem = failed+1, err
			continue
		}
		kept++
	}
	if kept > 0 {
		r.options.Metrics.Spooled(kept)
	}
	if failed > 0 {
		r.options.Metrics.Dropped(DroppedSpoolFailed, failed)
		r.options.Logger.Error("recordings could not be kept on disk and are lost: make room in recorder::storage::spool_directory", "count", failed, "error", problem)
	}
}

// load writes a portion of the oldest batch that is on disk, and is false where the sink does not take it. The batch leaves
// the disk only when all of it is stored. Where the process ends in between it is written again, which does no harm, since the
// sink knows its recordings by their ids.
func (r *Recorder) load(held *backlog) bool {
	if held.empty() {
		r.take(held)
	}
	var err error
	if !held.empty() {
		var alone bool
		if alone, err = r.advance(held); err != nil {
			r.leave(err)
			if alone {
				r.makeWay(held)
			}
		}
	}
	if held.empty() {
		if err := r.options.Spool.Done(); err != nil {
			r.options.Logger.Warn("recordings that are stored could not be removed from the disk", "error", err)
		}
	}
	return err == nil
}

func (r *Recorder) take(held *backlog) {
	taken := r.options.Spool.Take(batchSize, maxLoadedBytes)
	damaged := taken.Damaged
	for _, record := range taken.Records {
		rec, err := decode(record)
		if err != nil {
			damaged++
			continue
		}
		held.batch = append(held.batch, rec)
	}
	if damaged > 0 {
		r.options.Metrics.Dropped(DroppedDamaged, damaged)
		r.options.Logger.Error("recordings on disk are damaged and lost", "count", damaged)
	}
}
