package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// warmChunk is how much of a file is read at once, in bytes; a segment of a table has 1 GiB.
const (
	warmChunk   = 64 << 20
	warmSegment = 1 << 30
)

// warm reads the files of the tables and indexes of the days from since on, so that they are in the operating system's
// cache. Those of a server that writes them are; here other days were indexed after them. It needs a superuser.
func warm(ctx context.Context, db *sql.DB, since time.Time) error {
	rows, err := db.QueryContext(ctx, `SELECT pg_relation_filepath(file), pg_relation_size(file) FROM pg_inherits JOIN pg_class day ON day.oid = inhrelid,
		LATERAL (SELECT day.oid UNION ALL SELECT nullif(day.reltoastrelid, 0) UNION ALL SELECT indexrelid FROM pg_index WHERE indrelid IN (day.oid, day.reltoastrelid)) AS files (file)
		WHERE inhparent = 'recorded_requests'::regclass AND day.relname >= 'recorded_requests_' || $1 AND file IS NOT NULL`, since.Format("20060102"))
	if err != nil {
		return err
	}
	defer rows.Close()
	sizes := map[string]int64{}
	for rows.Next() {
		var path string
		var size int64
		if err := rows.Scan(&path, &size); err != nil {
			return err
		}
		sizes[path] = size
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var total int64
	for path, size := range sizes {
		for at := int64(0); at < size; at += warmChunk {
			file := path
			if segment := at / warmSegment; segment > 0 {
				file = fmt.Sprintf("%s.%d", path, segment)
			}
			var read int64
			if err := db.QueryRowContext(ctx, "SELECT coalesce(length(pg_read_binary_file($1, $2, $3, true)), 0)", file, at%warmSegment, warmChunk).Scan(&read); err != nil {
				return err
			}
			total += read
		}
	}
	fmt.Printf("  read %d MiB into the cache of the operating system\n", total>>20)
	return nil
}
