package recorder

import "github.com/mockforge/mockforge-observability-app/pkg/recording"

// maxLoadedBytes bounds what is read from disk at once, and what a batch of it holds.
const maxLoadedBytes = 8 << 20

// backlog is what was taken from the spool and is not written yet: a batch, and records behind it as they are on disk.
type backlog struct {
	batch   []*recording.Recording
	records [][]byte
}

func (b *backlog) empty() bool { return len(b.batch) == 0 && len(b.records) == 0 }

// written takes away the first n, which are stored or lost.
func (b *backlog) written(n int) {
	clear(b.batch[:n]) // What is over must not be held by its old place.
	if b.batch = b.batch[n:]; len(b.batch) == 0 {
		b.batch = nil
	}
}

// keptAtOnce is how many bytes of records are put on disk at once.
const keptAtOnce = 1 << 20

// keep puts a batch on disk. What finds no room there is dropped, the oldest first.
func (r *Recorder) keep(batch []*recording.Recording) {
	kept, failed, dropped := 0, 0, 0
	var problem error
	records, bytes := make([][]byte, 0, len(batch)), 0
	for i := range batch {
		record, err := encode(*batch[i])
		if err != nil {
			failed, problem = failed+1, err
		} else {
			records, bytes = append(records, record), bytes+len(record)
		}
		if i < len(batch)-1 && bytes < keptAtOnce {
			continue
		}
		added, gone, err := r.options.Spool.AppendAll(records)
		kept, failed, dropped = kept+added, failed+len(records)-added, dropped+gone
		if err != nil {
			problem = err
		}
		clear(records)
		records, bytes = records[:0], 0
	}
	if dropped > 0 {
		r.options.Metrics.Dropped(DroppedSpoolFull, dropped)
	}
	if kept > 0 {
		r.options.Metrics.Spooled(kept)
	}
	if failed > 0 {
		r.options.Metrics.Dropped(DroppedSpoolFailed, failed)
		r.options.Logger.Error("recordings could not be kept on disk and are lost: make room in recorder::storage::spool_directory", "count", failed, "error", problem)
	}
}

// load writes a portion of the oldest batch that is on disk, and reports whether the sink took it. The batch leaves
// the disk only when all of it is stored. Where the process ends in between it is written again, which does no harm, since the
// sink knows its recordings by their ids.
func (r *Recorder) load(held *backlog) bool {
	if len(held.batch) == 0 {
		r.take(held)
	}
	var err error
	if len(held.batch) > 0 {
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

// take makes the next batch, of recordings that hold maxLoadedBytes but for what the last has more: a recording may hold
// several times what it has on disk.
func (r *Recorder) take(held *backlog) {
	damaged := 0
	if len(held.records) == 0 {
		taken := r.options.Spool.Take(batchSize, maxLoadedBytes)
		held.records, damaged = taken.Records, taken.Damaged
	}
	for bytes := int64(0); len(held.records) > 0 && bytes < maxLoadedBytes; {
		rec, err := decode(held.records[0])
		held.records[0] = nil // What is over must not be held by its old place.
		held.records = held.records[1:]
		if err != nil {
			damaged++
			continue
		}
		bytes += rec.Size()
		held.batch = append(held.batch, &rec)
	}
	if damaged > 0 {
		r.options.Metrics.Dropped(DroppedDamaged, damaged)
		r.options.Logger.Error("recordings on disk are damaged and lost", "count", damaged)
	}
}
