package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/report"

	"github.com/google/uuid"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// batchSize is the size of a batch of the recorder.
const batchSize = 1000

// measureWriting compares the writer of recordings with one COPY of the same rows into the same table.
func measureWriting(ctx context.Context, s settings, _ string, r *report.Report) (err error) {
	server, err := devpostgres.Start(ctx, devpostgres.Options{Private: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	store, err := postgres.Open(server.DSN(), postgres.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	recordings, err := sampleRecordings(s.rows)
	if err != nil {
		return err
	}
	table, err := openTable(ctx, server.DSN())
	if err != nil {
		return err
	}
	defer table.close()

	// Once unmeasured: it makes the partition, and leaves the rows to copy.
	if err := writeAll(ctx, store, recordings, batchSize); err != nil {
		return err
	}
	rows, err := table.dump(ctx)
	if err != nil {
		return err
	}
	ways := []struct {
		name  string
		write func() error
	}{
		{"one COPY of all rows, as by \\copy", func() error { return table.copy(ctx, rows, len(rows)) }},
		{fmt.Sprintf("COPY in transactions of %d rows", batchSize), func() error { return table.copy(ctx, rows, batchSize) }},
		{fmt.Sprintf("WriteRecordings in batches of %d, as the recorder has them", batchSize), func() error { return writeAll(ctx, store, recordings, batchSize) }},
		{"WriteRecordings in batches of 200", func() error { return writeAll(ctx, store, recordings, 200) }},
	}
	rates := make([][]float64, len(ways))
	for round := range s.rounds {
		for i := range ways {
			w := (i + round) % len(ways)
			if err := table.clear(ctx); err != nil {
				return err
			}
			start := time.Now()
			if err := ways[w].write(); err != nil {
				return fmt.Errorf("%s: %w", ways[w].name, err)
			}
			took := time.Since(start)
			if err := table.expect(ctx, len(rows)); err != nil {
				return fmt.Errorf("%s: %w", ways[w].name, err)
			}
			rates[w] = append(rates[w], float64(len(rows))/took.Seconds())
		}
		fmt.Printf("  round %d of %d\n", round+1, s.rounds)
	}
	var lines [][]string
	for i, way := range ways {
		target := ""
		if i == 2 {
			target = "0.7"
		}
		lines = append(lines, []string{way.name, spreadOf(rates[i]).text(0), spreadOf(ratios(rates[i], rates[0])).text(2), target})
	}
	r.Section("Writing recordings", fmt.Sprintf(
		"%d recordings with a body of 1 KiB each way, on one connection, into the empty table with its indexes; the server waits for its disk (fsync). "+
			"COPY sends text that is ready, WriteRecordings makes it of recordings. It must store each once, hence the batches.", len(rows)))
	r.Table([]string{"way", "recordings/s", "ratio to one COPY", "target, at least"}, lines)
	return nil
}

func writeAll(ctx context.Context, store *postgres.Store, recordings []recording.Recording, batch int) error {
	for len(recordings) > 0 {
		n := min(batch, len(recordings))
		if err := store.WriteRecordings(ctx, recordings[:n]); err != nil {
			return err
		}
		recordings = recordings[n:]
	}
	return nil
}

func sampleRecordings(count int) ([]recording.Recording, error) {
	body := []byte(`{"name":"` + strings.Repeat("x", 1013) + `"}`)
	recordings := make([]recording.Recording, count)
	now := time.Now().UTC()
	for i := range recordings {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		upstream, first := 3.25, 4.5
		recordings[i] = recording.Recording{
			ID: id, Timestamp: now, TraceID: strings.ReplaceAll(id.String(), "-", ""), SpanID: "00f067aa0ba902b7",
			Protocol: recording.HTTP, Gateway: "bench", Instance: "bench-1", Consumer: "web", ClientIP: "127.0.0.1",
			Method: http.MethodPost, Scheme: "http", Host: "shop.example", Path: fmt.Sprintf("/users/%d", i%1000), Route: "/users/{id}", HTTPVersion: "1.1",
			QueryParams:     recording.Values{"page": {"2"}},
			Headers:         recording.Values{"Accept": {"application/json"}, "Content-Type": {"application/json"}, "User-Agent": {"bench/1.0"}},
			Body:            recording.Body{Content: body, Size: int64(len(body))},
			ResponseStatus:  http.StatusOK,
			ResponseHeaders: recording.Values{"Content-Type": {"application/json"}, "Date": {"Mon, 02 Jan 2006 15:04:05 GMT"}},
			ResponseBody:    recording.Body{Content: body, Size: int64(len(body))},
			ResponseTimeMS:  5.75, UpstreamTimeMS: &upstream, FirstByteMS: &first, ScenarioMode: "healthy", ScenarioVersion: 1,
		}
	}
	return recordings, nil
}
