package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// trafficDays is how many days of intervals are kept besides that of now.
	trafficDays = 1
	// ledgerDays is how many days of settled batches are kept besides that of the mark: nobody reads them.
	ledgerDays = 1
)

// Maintain settles batches (see ledger), and drops the recordings of days of UTC that are more than so many days before that of now, with
// the tags that people gave to them, and intervals of traffic of earlier than yesterday; 0 days keep all recordings. Any number of
// instances may call it at once, every few minutes or so.
func (s *Store) Maintain(ctx context.Context, days int, now time.Time) error {
	settled, err := s.settle(ctx)
	if err != nil {
		return err
	}
	if err := s.dropBefore(ctx, trafficTable, dayOf(now)-trafficDays); err != nil {
		return err
	}
	if settled > 0 {
		if err := s.dropBefore(ctx, batchesTable, dayOf(time.Unix(int64(settled), 0))-ledgerDays); err != nil {
			return err
		}
	}
	if days <= 0 {
		return nil
	}
	first := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -days)
	if err := s.dropBefore(ctx, recordingsTable, dayOf(first)); err != nil {
		return err
	}
	return s.tags.DropTags(ctx, first)
}

// dropBefore drops the days of a table that are before one, on every shard.
func (s *Store) dropBefore(ctx context.Context, table string, first int32) error {
	place, err := s.survey(ctx)
	if err != nil {
		return err
	}
	endpoints, on := s.client.endpoints, ""
	switch {
	case place.cluster == "":
		endpoints = endpoints[int(s.client.current.Load())%len(endpoints):][:1]
	case place.keeper:
		endpoints, on = endpoints[int(s.client.current.Load())%len(endpoints):][:1], " ON CLUSTER "+name(place.cluster)
	}
	var problems []error
	for _, endpoint := range endpoints {
		days, err := s.daysBefore(ctx, place, table, first, endpoint)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		for _, day := range days {
			statement := fmt.Sprintf("ALTER TABLE %s%s DROP PARTITION %d", place.part(table), on, day)
			if err := s.client.execute(ctx, request{statement: statement, endpoint: endpoint}); err != nil {
				problems = append(problems, fmt.Errorf("drop an old day of %s: %w", table, err))
				break
			}
			if table == recordingsTable {
				s.logger.InfoContext(ctx, "old recordings deleted", "day", time.Unix(int64(day)*24*60*60, 0).UTC().Format(time.DateOnly), "server", endpoint)
			}
		}
	}
	return errors.Join(problems...)
}

func (s *Store) daysBefore(ctx context.Context, at place, table string, first int32, endpoint string) (days []int32, err error) {
	// Days by which tables are partitioned are few, and are asked for as rows, so that a cluster tells of all shards.
	from := at.part(table)
	if at.keeper {
		from = at.whole(table)
	}
	err = s.client.query(ctx, request{statement: fmt.Sprintf("SELECT DISTINCT day FROM %s WHERE day < %d ORDER BY day", from, first), endpoint: endpoint}, func(r *rowReader) {
		days = append(days, r.int32())
	})
	return days, err
}

// Settle does the part of Maintain that views are small by. It is to be called every minute or so.
func (s *Store) Settle(ctx context.Context) error {
	_, err := s.settle(ctx)
	return err
}

// settle moves the mark on, and writes down before what is left out up to it. It returns the mark.
func (s *Store) settle(ctx context.Context) (uint32, error) {
	var now uint32
	if err := s.client.query(ctx, request{statement: "SELECT toUInt32(now())", nowhere: true}, func(r *rowReader) { now = r.uint32() }); err != nil {
		return 0, err
	}
	return s.settleUpTo(ctx, now-uint32(settleTime.Seconds()))
}

func (s *Store) settleUpTo(ctx context.Context, next uint32) (uint32, error) {
	mark, err := s.readMark(ctx)
	if err != nil || mark >= next {
		return mark, err
	}
	seen, err := s.view(ctx)
	if err != nil {
		return mark, err
	}
	// What a commit shares may be of a batch that began later, and is committed by now.
	commits, err := s.commits(ctx, mark, 0)
	if err != nil {
		return mark, err
	}
	var w rowWriter
	leave := func(h held) { w.uint64(h.number); w.uint64(h.high); w.uint64(h.low) }
	committed := map[uint64]bool{}
	settling := make([]commit, 0, len(commits))
	for _, c := range commits {
		committed[c.number] = true
		if c.begun < next {
			settling = append(settling, c)
		}
	}
	began := false
	err = s.client.query(ctx, request{statement: fmt.Sprintf("SELECT DISTINCT batch FROM %s WHERE begun >= %d AND begun < %d", s.place.whole(batchesTable), mark, next)}, func(r *rowReader) {
		number := r.uint64()
		began = true
		if !committed[number] {
			leave(held{batch: batch{number: number}})
		}
	})
	if err != nil || !began {
		return mark, err
	}
	for _, h := range doubledIn(settling, func(b batch) bool { return seen.sees()(b) || committed[b.number] }) {
		leave(h)
	}
	if len(w.bytes) > 0 {
		err := s.client.execute(ctx, request{statement: "INSERT INTO " + s.place.part(leftOutTable) + " (batch, id_high, id_low) FORMAT RowBinary", rows: w.bytes, settings: s.writing()})
		if err != nil {
			return mark, err
		}
	}
	row := rowWriter{}
	row.uint32(next)
	if err := s.client.execute(ctx, request{statement: "INSERT INTO " + s.place.part(settledTable) + " (mark) FORMAT RowBinary", rows: row.bytes, settings: s.writing()}); err != nil {
		return mark, err
	}
	return next, nil
}
