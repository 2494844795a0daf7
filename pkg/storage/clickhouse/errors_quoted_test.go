package clickhouse_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/clickhouse"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// quoting answers every statement, but for the question after its version, by an error that quotes all it was sent, as servers do.
func quoting(t *testing.T, code int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			unzipped, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			body = unzipped
		}
		sent, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		statement := r.URL.Query().Encode() + " " + string(sent)
		if strings.Contains(statement, "version()") {
			_, _ = w.Write(append([]byte{byte(len("18.16.1"))}, "18.16.1"...))
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, "Code: %d, e.displayText() = DB::Exception: wrong at position 7 ('hush'): %.300s (HUSH_NAME)", code, statement)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// What a server says may quote what it was sent. Of that nothing is in an error, which goes to logs and to users, nor in the store's own log.
func TestErrorsQuoteNoContents(t *testing.T) {
	for _, test := range []struct {
		code int
		says string
	}{{62, "62 (SYNTAX_ERROR)"}, {252, "252 (TOO_MANY_PARTS)"}, {241, "241 (MEMORY_LIMIT_EXCEEDED)"}, {9999, "error 9999;"}} {
		t.Run(test.says, func(t *testing.T) {
			var log bytes.Buffer
			store, err := clickhouse.Open(clickhouse.Options{
				Endpoint: quoting(t, test.code), Database: "hush", Tags: newTags(), Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			if err != nil {
				t.Fatal(err)
			}
			r := apitest.Simple(apitest.Noon, 1)
			r.Path, r.Gateway = "/hush", "hush"
			filter := recording.Filter{Path: "/hush", Text: "hush", Consumers: []string{"hush"}}
			later := apitest.Noon.Add(time.Minute)
			for what, call := range map[string]func(context.Context) error{
				"WriteRecordings": func(ctx context.Context) error { return store.WriteRecordings(ctx, []recording.Recording{r}) },
				"WriteTraffic": func(ctx context.Context) error {
					return store.WriteTraffic(ctx, []traffic.Interval{{Instance: "hush", Key: traffic.Key{Gateway: "hush"}, Start: apitest.Noon, Seconds: 1, Requests: 1}})
				},
				"Query": func(ctx context.Context) error {
					_, err := store.Query(ctx, recording.Query{Filter: filter})
					return err
				},
				"Scan": func(ctx context.Context) error {
					for _, err := range store.Scan(ctx, filter, 10) {
						return err
					}
					return nil
				},
				"Get":     func(ctx context.Context) error { _, err := store.Get(ctx, r.ID); return err },
				"Stats":   func(ctx context.Context) error { _, err := store.Stats(ctx, filter); return err },
				"SetTags": func(ctx context.Context) error { return store.SetTags(ctx, r.ID, []string{"hush"}) },
				"GatewayPoints": func(ctx context.Context) error {
					_, err := store.GatewayPoints(ctx, "hush", apitest.Noon, later, time.Second)
					return err
				},
				"Series": func(ctx context.Context) error {
					_, err := store.Series(ctx, apitest.Noon, later, time.Second, traffic.ByRoute, traffic.Selection{Gateways: []string{"hush"}}, 10)
					return err
				},
				"Maintain": func(ctx context.Context) error { return store.Maintain(ctx, 1, later) },
				"Migrate":  store.Migrate,
				"Ping":     store.Ping,
			} {
				err := call(t.Context())
				if err == nil || strings.Contains(strings.ToLower(err.Error()), "hush") || !strings.Contains(err.Error(), test.says) {
					t.Errorf("%s: %v, want the code and the name alone", what, err)
				}
			}
			if strings.Contains(strings.ToLower(log.String()), "hush") {
				t.Errorf("the log: %s", &log)
			}
		})
	}
}
