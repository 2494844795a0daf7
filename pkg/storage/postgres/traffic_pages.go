package postgres

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// pageBatch is how many pages one statement writes.
const pageBatch = 500

// Pages reads what was rolled up. See traffic.Stored.
func (t storedTraffic) Pages(ctx context.Context, level int, detail traffic.Detail, from, to time.Time, gateways []string, f func(traffic.Page) error) error {
	// The arguments have bytea sent as it is.
	rows, err := t.tx.QueryContext(ctx, "SELECT start, gateway, figures FROM "+pageTables[level][detail]+`
		WHERE start >= $1 AND start < $2 AND (cardinality($3::text[]) = 0 OR gateway = ANY($3)) ORDER BY start, gateway`, from, to, pq.StringArray(storableAll(gateways)))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var page traffic.Page
		var figures sql.RawBytes
		if err := rows.Scan(&page.Start, &page.Gateway, &figures); err != nil {
			return err
		}
		page.Figures = figures
		if err := f(page); err != nil {
			return err
		}
	}
	return rows.Err()
}

func storableAll(values []string) []string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = storable(value)
	}
	return all
}

// addPages adds pages to those of a level. One transaction at a time does it: see trafficWriteLock and trafficLateLock.
func addPages(ctx context.Context, tx *sql.Tx, level int, pages [traffic.Details][]traffic.Page) error {
	for detail, of := range pages {
		for batch := range slices.Chunk(of, pageBatch) {
			if err := addPagesTo(ctx, tx, pageTables[level][detail], batch); err != nil {
				return err
			}
		}
	}
	return nil
}

func addPagesTo(ctx context.Context, tx *sql.Tx, table string, pages []traffic.Page) error {
	numbers := make(map[pageID]int, len(pages))
	starts, gateways, figures := make(pq.StringArray, len(pages)), make(pq.StringArray, len(pages)), make(pq.ByteaArray, len(pages))
	for i, page := range pages {
		numbers[pageID{page.Start.Unix(), page.Gateway}] = i
		starts[i], gateways[i], figures[i] = page.Start.UTC().Format(time.RFC3339), page.Gateway, page.Figures
	}
	rows, err := tx.QueryContext(ctx, "SELECT start, gateway, figures FROM "+table+" JOIN unnest($1::timestamptz[], $2::text[]) AS added(start, gateway) USING (start, gateway)", starts, gateways)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var old traffic.Page
		if err := rows.Scan(&old.Start, &old.Gateway, &old.Figures); err != nil {
			return err
		}
		i := numbers[pageID{old.Start.Unix(), old.Gateway}]
		if figures[i], err = traffic.MergeFigures(old.Figures, figures[i]); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO "+table+` (start, gateway, figures) SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::bytea[])
		ON CONFLICT (start, gateway) DO UPDATE SET figures = excluded.figures`, starts, gateways, figures)
	return err
}

// pageID is by what a page of a table is known.
type pageID struct {
	start   int64 // in seconds
	gateway string
}
