package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// pageTables are by resolution, in the order of traffic.Resolutions, and by detail. Those of seconds are no pages.
var pageTables = [len(traffic.Resolutions)][traffic.Details]string{
	1: {"traffic_10s", "traffic_10s_routes"}, 2: {"traffic_1m", "traffic_1m_routes"}, 3: {"traffic_1h", "traffic_1h_routes"}, 4: {"traffic_1d", "traffic_1d_routes"},
}

// Pages reads what was rolled up. See traffic.Stored.
func (t storedTraffic) Pages(ctx context.Context, level int, detail traffic.Detail, from, to time.Time, gateways []string, f func(traffic.Page) error) error {
	var c conditions
	c.add("start >= ? AND start < ?", from.UnixMicro(), to.UnixMicro())
	texts := make([]string, len(gateways))
	for i, gateway := range gateways {
		texts[i] = recording.AsText(gateway)
	}
	c.oneOf("", "gateway", texts)
	rows, err := t.tx.QueryContext(ctx, "SELECT start, gateway, figures FROM "+pageTables[level][detail]+c.where()+" ORDER BY start, gateway", c.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var page traffic.Page
		var start int64
		var figures sql.RawBytes
		if err := rows.Scan(&start, &page.Gateway, &figures); err != nil {
			return err
		}
		page.Start, page.Figures = time.UnixMicro(start).UTC(), figures
		if err := f(page); err != nil {
			return err
		}
	}
	return rows.Err()
}

// addPages adds pages to those of a level.
func addPages(ctx context.Context, tx *sql.Tx, level int, pages [traffic.Details][]traffic.Page) error {
	for detail, of := range pages {
		table := pageTables[level][detail]
		for _, page := range of {
			var old []byte
			err := tx.QueryRowContext(ctx, "SELECT figures FROM "+table+" WHERE start = ? AND gateway = ?", page.Start.UnixMicro(), page.Gateway).Scan(&old)
			switch {
			case errors.Is(err, sql.ErrNoRows):
			case err != nil:
				return err
			default:
				if page.Figures, err = traffic.MergeFigures(old, page.Figures); err != nil {
					return err
				}
			}
			_, err = tx.ExecContext(ctx, "INSERT INTO "+table+" (start, gateway, figures) VALUES (?, ?, ?) ON CONFLICT (start, gateway) DO UPDATE SET figures = excluded.figures",
				page.Start.UnixMicro(), page.Gateway, page.Figures)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
