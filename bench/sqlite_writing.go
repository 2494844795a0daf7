package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/report"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// measureFileWriting compares the writer of recordings with .import of the shell of SQLite, of the same rows into the same table, in a
// file of its own and in one transaction. CSV has neither bytes nor nulls: there the ids are in hexadecimal, the columns are not strict,
// and indexes of what is not null are of what is not empty.
func measureFileWriting(ctx context.Context, s fileSettings, directory string, r *report.Report) error {
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		return fmt.Errorf("the shell of SQLite is needed, or -rows 0: %w", err)
	}
	recordings, err := sampleRecordings(s.rows)
	if err != nil {
		return err
	}
	// Once unmeasured: it leaves the rows to import, and the table to import them into.
	template, rows := filepath.Join(directory, "template.db"), filepath.Join(directory, "rows.csv")
	store, err := sqlite.Open(template, sqlite.Options{})
	if err != nil {
		return err
	}
	if err := writeAllTo(ctx, store, recordings, batchSize); err != nil {
		return err
	}
	if err := store.Close(); err != nil {
		return err
	}
	columns, err := inShell(ctx, shell, template, "SELECT group_concat(name) FROM pragma_table_info('recordings');")
	if err != nil {
		return err
	}
	schema, err := inShell(ctx, shell, template, "SELECT sql || ';' FROM sqlite_schema WHERE tbl_name = 'recordings' AND sql IS NOT NULL ORDER BY type DESC;")
	if err != nil {
		return err
	}
	version, err := inShell(ctx, shell, template, "SELECT sqlite_version();")
	if err != nil {
		return err
	}
	if _, err := inShell(ctx, shell, template, ".mode csv", ".output "+rows, "SELECT number, hex(id), "+strings.TrimPrefix(columns, "number,id,")+" FROM recordings;"); err != nil {
		return err
	}
	schema = strings.NewReplacer(") STRICT", ")", "id                      BLOB", "id TEXT", "IS NOT NULL", "<> ''").Replace(schema)
	var rates [2][]float64
	for round := range s.rounds {
		for i := range rates {
			path := filepath.Join(directory, fmt.Sprintf("round-%d-%d.db", round, i))
			way := (i + round) % len(rates)
			var took time.Duration
			if way == 0 {
				took, err = importRows(ctx, shell, path, schema, rows)
			} else {
				took, err = writeToFile(ctx, path, recordings)
			}
			if err != nil {
				return err
			}
			stored, err := inShell(ctx, shell, path, "SELECT count(*) FROM recordings;")
			if err != nil {
				return err
			}
			if stored != fmt.Sprint(len(recordings)) {
				return fmt.Errorf("%s recordings are stored of %d", stored, len(recordings))
			}
			rates[way] = append(rates[way], float64(len(recordings))/took.Seconds())
			for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
				_ = os.Remove(path + suffix)
			}
		}
		fmt.Printf("  round %d of %d: .import %.0f/s, WriteRecordings %.0f/s\n", round+1, s.rounds, rates[0][round], rates[1][round])
	}
	r.Section("Writing recordings", fmt.Sprintf("%d recordings with a body of 1 KiB each way into the empty table with its indexes. The shell (SQLite %s) imports CSV that is ready, in one transaction, with the log and "+
		"`synchronous` that the store has; WriteRecordings makes its rows of recordings, stores each once, and waits for the disk after each batch of %d. Target: 0.7.", len(recordings), strings.TrimSpace(version), batchSize))
	r.Table([]string{"way", "recordings/s", "ratio to .import", "target, at least"}, [][]string{
		{".import of the `sqlite3` shell", spreadOf(rates[0]).text(0), "1.00", ""},
		{"WriteRecordings", spreadOf(rates[1]).text(0), spreadOf(ratios(rates[1], rates[0])).text(2), "0.7"},
	})
	return nil
}

func importRows(ctx context.Context, shell, path, schema, rows string) (time.Duration, error) {
	if _, err := inShell(ctx, shell, path, "PRAGMA journal_mode = wal;", schema); err != nil {
		return 0, err
	}
	start := time.Now()
	_, err := inShell(ctx, shell, path, "PRAGMA synchronous = full;", "PRAGMA cache_size = -16384;", ".mode csv", "BEGIN;", ".import "+rows+" recordings", "COMMIT;")
	return time.Since(start), err
}

func writeToFile(ctx context.Context, path string, recordings []recording.Recording) (time.Duration, error) {
	store, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := writeAllTo(ctx, store, recordings, batchSize); err != nil {
		return 0, err
	}
	if err := store.Close(); err != nil { // which the shell does, too
		return 0, err
	}
	return time.Since(start), nil
}

func writeAllTo(ctx context.Context, store *sqlite.Store, recordings []recording.Recording, batch int) error {
	for len(recordings) > 0 {
		n := min(batch, len(recordings))
		if err := store.WriteRecordings(ctx, recordings[:n]); err != nil {
			return err
		}
		recordings = recordings[n:]
	}
	return nil
}

// inShell runs commands of the shell, and returns what it prints.
func inShell(ctx context.Context, shell, path string, commands ...string) (string, error) {
	var out, problems bytes.Buffer
	command := exec.CommandContext(ctx, shell, "-batch", "-bail", path)
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(strings.Join(commands, "\n")+"\n"), &out, &problems
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("sqlite3: %w: %.300s", err, problems.String())
	}
	return strings.TrimSpace(out.String()), nil
}
