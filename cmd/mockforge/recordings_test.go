package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// unmasked stores as it is.
type unmasked struct{ api.RecordingWriter }

func (unmasked) Redact(*recording.Recording) {}

// collector is a control API with a database of its own; calls are the requests that it has got.
type collector struct {
	url   string
	store *postgres.Store
	calls atomic.Int64
	// busy is how many requests are answered with 503 first, cut after how many bytes an answer is broken off.
	busy, cut atomic.Int64
}

func startCollector(t *testing.T) *collector {
	t.Helper()
	store, err := postgres.Open(postgrestest.DSN(t), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := &collector{store: store}
	handler := api.New(api.Options{
		Recordings: store, Importer: unmasked{store},
		Authorize: func(r *http.Request) (api.Actor, error) {
			if r.Header.Get("Authorization") != "Bearer opensesame" {
				return api.Actor{}, api.ErrUnauthenticated
			}
			return api.Actor{Name: "ada", CanWrite: true, CanReadBodies: true}, nil
		},
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.calls.Add(1)
		if c.busy.Add(-1) >= 0 {
			api.Refuse(w, http.StatusServiceUnavailable, "The database cannot be reached.")
			return
		}
		if cut := c.cut.Swap(0); cut > 0 {
			handler.ServeHTTP(&cutting{w, int(cut)}, r)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// cutting breaks the connection off behind so many bytes of an answer.
type cutting struct {
	http.ResponseWriter
	left int
}

func (c *cutting) Write(p []byte) (int, error) {
	if len(p) > c.left {
		_, _ = c.ResponseWriter.Write(p[:c.left])
		_ = http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(p)
	return c.ResponseWriter.Write(p)
}

func (c *cutting) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *collector) all(t *testing.T) map[string]recording.Recording {
	t.Helper()
	all := map[string]recording.Recording{}
	for r, err := range c.store.Scan(t.Context(), recording.Filter{}, 100_000) {
		if err != nil {
			t.Fatal(err)
		}
		all[r.ID.String()] = r
	}
	return all
}

// fill stores n recordings, three at each moment, the first of which is whole.
func (c *collector) fill(t *testing.T, n int) {
	t.Helper()
	batch := []recording.Recording{apitest.Whole()}
	for i := 1; i < n; i++ {
		batch = append(batch, apitest.Simple(apitest.Noon.Add(time.Duration(i/3)*time.Second), i))
	}
	if err := c.store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

// mockforge runs a command line, and returns what it writes.
func mockforge(ctx context.Context, input string, arguments ...string) (output, told string, err error) {
	var out, errs bytes.Buffer
	command := root()
	command.SetArgs(arguments)
	command.SetIn(strings.NewReader(input))
	command.SetOut(&out)
	command.SetErr(&errs)
	err = command.ExecuteContext(ctx)
	return out.String(), errs.String(), err
}

func TestRecordingsMoveFromOneStoreToAnother(t *testing.T) {
	t.Setenv("MOCKFORGE_TOKEN", "opensesame")
	from, to := startCollector(t), startCollector(t)
	from.fill(t, 40)
	file := filepath.Join(t.TempDir(), "all.jsonl")
	if _, told, err := mockforge(t.Context(), "", "--url", from.url, "recordings", "export", "-o", file); err != nil || !strings.Contains(told, "40 recordings exported") {
		t.Fatalf("%v %s", err, told)
	}
	if _, _, err := mockforge(t.Context(), "", "--url", from.url, "recordings", "export", "-o", file); !errors.Is(err, os.ErrExist) {
		t.Errorf("a file that is there: %v", err)
	}
	// The second time changes nothing, as where an import that has ended early is begun again.
	for range 2 {
		if _, told, err := mockforge(t.Context(), "", "--url", to.url, "recordings", "import", file); err != nil || !strings.Contains(told, "40 recordings imported") {
			t.Fatalf("%v %s", err, told)
		}
	}
	if diff := cmp.Diff(from.all(t), to.all(t), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-from +to):\n%s", diff)
	}
}

func TestAnExportHasEachRecordingOnceHoweverSmallItsPages(t *testing.T) {
	from := startCollector(t)
	from.fill(t, 40)
	t.Setenv("MOCKFORGE_TOKEN", "opensesame")
	for _, size := range []int{4, 5, 39, 40, 41} {
		var out bytes.Buffer
		e := export{to: &control{url: from.url}, page: size}
		n, err := e.all(t.Context(), map[string][]string{"to": {"2100-01-01T00:00:00Z"}}, &out)
		if err != nil || n != 40 {
			t.Errorf("pages of %d: %d recordings, %v", size, n, err)
		}
		ids := map[string]bool{}
		for r, err := range recording.ReadJSONLines(t.Context(), &out) {
			if err != nil {
				t.Fatal(err)
			}
			ids[r.ID.String()] = true
		}
		if len(ids) != 40 {
			t.Errorf("pages of %d: %d different recordings", size, len(ids))
		}
	}
	e := export{to: &control{url: from.url}, page: 2}
	if _, err := e.all(t.Context(), map[string][]string{"to": {"2100-01-01T00:00:00Z"}}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "more than 2 recordings") {
		t.Errorf("more at one moment than a page has: %v", err)
	}
}

func TestAnExportFollowsItsFilter(t *testing.T) {
	t.Setenv("MOCKFORGE_TOKEN", "opensesame")
	from := startCollector(t)
	from.fill(t, 10)
	out, told, err := mockforge(t.Context(), "", "--url", from.url, "recordings", "export", "-f", "methods="+apitest.Whole().Method, "-f", "from=2000-01-01T00:00:00Z&gateways="+apitest.Whole().Gateway)
	if err != nil || !strings.Contains(out, apitest.Whole().ID.String()) {
		t.Errorf("%v %s %s", err, told, out)
	}
	for _, wrong := range []string{"limit=3", "speed=1", "from=yesterday", "%zz=1"} {
		if _, _, err := mockforge(t.Context(), "", "--url", from.url, "recordings", "export", "-f", wrong); err == nil {
			t.Errorf("--filter %s is taken", wrong)
		}
	}
}

// What is not whole does not look so.
func TestAnExportThatEndsEarlyFails(t *testing.T) {
	t.Setenv("MOCKFORGE_TOKEN", "opensesame")
	from := startCollector(t)
	from.fill(t, 40)
	from.cut.Store(3000)
	if _, _, err := mockforge(t.Context(), "", "--url", from.url, "recordings", "export"); err == nil || !strings.Contains(err.Error(), "ended early") {
		t.Errorf("%v", err)
	}
}

func TestACollectorThatIsBusyIsAskedAgain(t *testing.T) {
	t.Setenv("MOCKFORGE_TOKEN", "opensesame")
	from := startCollector(t)
	from.fill(t, 3)
	from.busy.Store(2)
	if _, told, err := mockforge(t.Context(), "", "--url", from.url, "recordings", "export"); err != nil || !strings.Contains(told, "3 recordings") || from.calls.Load() != 3 {
		t.Errorf("%v %s after %d requests", err, told, from.calls.Load())
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, _, err := mockforge(ctx, "", "--url", from.url, "recordings", "export"); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	c := startCollector(t)
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte("opensesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	line, _, err := mockforge(t.Context(), "", "--url", c.url, "--token-file", secret, "recordings", "export")
	if err != nil || line != "" {
		t.Fatalf("an empty store: %v %q", err, line)
	}
	for name, test := range map[string]struct {
		input     string
		arguments []string
		says      string
	}{
		"no token":          {"", []string{"--url", c.url, "recordings", "export"}, "401"},
		"no file of tokens": {"", []string{"--url", c.url, "--token-file", secret + "s", "recordings", "export"}, "--token-file"},
		"no URL":            {"", []string{"--url", "localhost:4600", "recordings", "export"}, "--url must be like"},
		"no such file":      {"", []string{"--url", c.url, "--token-file", secret, "recordings", "import", secret + "s"}, "no such file"},
		"no recording":      {"\n{}", []string{"--url", c.url, "--token-file", secret, "recordings", "import", "-"}, "line 2.id"},
		"no argument":       {"", []string{"--url", c.url, "recordings", "import"}, "accepts 1 arg"},
	} {
		if _, _, err := mockforge(t.Context(), test.input, test.arguments...); err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "opensesame") {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
}
