package sqlite

import (
	"context"
	"database/sql"
	"math"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// rangeTime is of how much time the table has the numbers together: a year has 52,560 rows, an hour of heavy traffic six.
const rangeTime = 10 * time.Minute

// numbers are those from lowest to highest.
type numbers struct{ lowest, highest int64 }

var allNumbers = numbers{1, math.MaxInt64}

func (n *numbers) add(other numbers) {
	n.lowest, n.highest = min(n.lowest, other.lowest), max(n.highest, other.highest)
}

// written is what was written, by the row that its numbers are of.
type written map[int64]numbers

// add notes a recording.
func (w written) add(at time.Time, number int64) {
	row, one := rowOf(at), numbers{number, number}
	if known, ok := w[row]; ok {
		one.add(known)
	}
	w[row] = one
}

// rowOf is rounded down, also before 1970, where a filter may begin.
func rowOf(at time.Time) int64 {
	micro, row := at.UnixMicro(), rangeTime.Microseconds()
	return (micro - (micro%row+row)%row) / row
}

// store widens the rows of the table.
func (w written) store(ctx context.Context, tx *sql.Tx) error {
	for row, n := range w {
		if _, err := tx.ExecContext(ctx, `INSERT INTO number_ranges (time, lowest, highest) VALUES (?, ?, ?)
			ON CONFLICT (time) DO UPDATE SET lowest = min(lowest, excluded.lowest), highest = max(highest, excluded.highest)`, row, n.lowest, n.highest); err != nil {
			return err
		}
	}
	return nil
}

// rowsOf returns the first and the last row that a filter's time is of.
func rowsOf(f *recording.Filter) (first, last int64) {
	first, last = math.MinInt64, math.MaxInt64
	if f.From != nil {
		first = rowOf(*f.From)
	}
	if f.To != nil {
		last = rowOf(*f.To)
	}
	return first, last
}

// numbersDuring returns which numbers the recordings of a filter's time can have; none, where lowest is above highest.
func numbersDuring(ctx context.Context, q queryer, f *recording.Filter) (n numbers, err error) {
	if f.From == nil && f.To == nil {
		return allNumbers, nil
	}
	first, last := rowsOf(f)
	err = q.QueryRowContext(ctx, "SELECT coalesce(min(lowest), 1), coalesce(max(highest), 0) FROM number_ranges WHERE time BETWEEN ? AND ?", first, last).Scan(&n.lowest, &n.highest)
	return n, err
}

// stretch is a part of a filter's time, and the numbers that its recordings can have.
type stretch struct {
	from, to *time.Time
	numbers  numbers
}

const (
	// stretchGrowth is how many times as many recordings each stretch is of as the one before: what is common is met soon, and what is
	// rare costs few statements.
	stretchGrowth = 8
	// maxStretchRows bounds how many rows are read to part a time; ten days have fewer. What is behind them is one stretch.
	maxStretchRows = 1500
)

// stretchesOf parts the time of a query, in its order. The first is of about room recordings.
func stretchesOf(ctx context.Context, q queryer, query recording.Query, room int64) (parts []stretch, err error) {
	first, last := rowsOf(&query.Filter)
	by := " DESC"
	if query.Ascending {
		by = ""
	}
	rows, err := q.QueryContext(ctx, "SELECT time, lowest, highest FROM number_ranges WHERE time BETWEEN ? AND ? ORDER BY time"+by+" LIMIT ?", first, last, maxStretchRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var size int64
	next := stretch{query.From, query.To, numbers{math.MaxInt64, math.MinInt64}}
	read := 0
	for rows.Next() {
		var row int64
		var n numbers
		if err := rows.Scan(&row, &n.lowest, &n.highest); err != nil {
			return nil, err
		}
		read++
		next.numbers.add(n)
		if size += n.highest - n.lowest + 1; size < room || read == maxStretchRows {
			continue
		}
		// The rest begins where this one ends. Times are stored in microseconds.
		rest := stretch{query.From, query.To, numbers{math.MaxInt64, math.MinInt64}}
		if query.Ascending {
			end := time.UnixMicro((row + 1) * rangeTime.Microseconds())
			before := end.Add(-time.Microsecond)
			if rest.from = &end; query.To == nil || before.Before(*query.To) {
				next.to = &before
			}
		} else {
			start := time.UnixMicro(row * rangeTime.Microseconds())
			before := start.Add(-time.Microsecond)
			if rest.to = &before; query.From == nil || start.After(*query.From) {
				next.from = &start
			}
		}
		parts = append(parts, next)
		next, size, room = rest, 0, room*stretchGrowth
	}
	if read == maxStretchRows {
		next.numbers = allNumbers
	}
	if next.numbers.lowest <= next.numbers.highest {
		parts = append(parts, next)
	}
	return parts, rows.Err()
}
