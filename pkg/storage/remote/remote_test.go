package remote_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote/remotetest"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

func TestMain(m *testing.M) {
	// The PostgreSQL of the tests lives as long as they do.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/mockforge/mockforge-observability-app/dev/postgres.startProcess.func1"))
}

func newRemote(t *testing.T, address, token string) *remote.Store {
	t.Helper()
	transport := &http.Transport{}
	client := &http.Client{
		Transport: transport, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	store, err := remote.Open(address, token, client)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func TestAddresses(t *testing.T) {
	for address, good := range map[string]bool{
		"http://collector:4600": true, " https://collector/base/ ": true, "": false, "collector:4600": false, "ftp://collector": false,
		"http://": false, "http://u:hunter2@collector": false, "http://collector?a=b": false, "http://collector#a": false, "http://[::1": false,
	} {
		_, err := remote.Open(address, "", http.DefaultClient)
		if (err == nil) != good || err != nil && (!strings.HasPrefix(err.Error(), "collectorUrl: ") || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// Whatever stands at the address, the error says what it is, and nothing of the token.
func TestWhatIsNoCollectorIsTold(t *testing.T) {
	problem := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		says    string
	}{
		"another server":        {http.NotFound, "is no control API of a collector: 404"},
		"a page":                {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, "is no control API"},
		"a redirect":            {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, "is no control API of a collector: 302"},
		"one that wants others": {problem(401, `{"detail":"no","status":401}`), "refuses the token of the settings"},
		"its database is away":  {problem(503, `{"detail":"The database cannot be reached.","status":503}`), "answers: The database cannot be reached"},
		"an empty problem":      {problem(500, `{}`), "is no control API"},
		"one that breaks off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "{")
		}, "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(test.handler)
			defer server.Close()
			store := newRemote(t, server.URL, "hunter2")
			failures := map[string]error{}
			_, failures["values"] = store.Values(t.Context(), recording.Filter{}, "routes", 1)
			_, failures["query"] = store.Query(t.Context(), recording.Query{})
			if name != "one that breaks off" {
				failures["updates"] = store.Updates(t.Context(), func(traffic.Update) { t.Error("an update") })
			}
			for what, err := range failures {
				if !errors.Is(err, api.ErrUnavailable) || !strings.Contains(err.Error(), server.URL) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("%s: %v", what, err)
				} else if what != "updates" && !strings.Contains(err.Error(), test.says) {
					t.Errorf("%s: %v, want %s", what, err, test.says)
				}
			}
		})
	}
	address, err := probe.FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	away := newRemote(t, "http://"+address, "hunter2")
	for what, err := range map[string]error{
		"about":   func() error { _, err := away.About(t.Context()); return err }(),
		"updates": away.Updates(t.Context(), func(traffic.Update) {}),
	} {
		if want := "the collector at http://" + address + " does not answer"; err == nil || err.Error() != want || !errors.Is(err, api.ErrUnavailable) {
			t.Errorf("%s: %v, want %s", what, err, want)
		}
	}
}

func TestOneThatDoesNotAnswerIsGivenUp(t *testing.T) {
	asked, end := make(chan struct{}, 1), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{}; <-end }))
	defer server.Close()
	defer close(end)
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-asked; leave() }()
	if _, err := newRemote(t, server.URL, "").About(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, api.ErrUnavailable) {
		t.Errorf("left: %v", err)
	}
	impatient, err := remote.Open(server.URL, "", &http.Client{Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := impatient.About(t.Context()); !errors.Is(err, api.ErrUnavailable) || !strings.Contains(err.Error(), "does not answer in time") {
		t.Errorf("impatient: %v", err)
	}
}

// What is live at the collector is live here, and ends with the collector in a way that is told.
func TestUpdates(t *testing.T) {
	store, _ := newOver(t, nil)
	ctx, leave := context.WithCancel(t.Context())
	updates := make(chan traffic.Update, 100)
	ended := make(chan error, 1)
	go func() { ended <- store.remote.Updates(ctx, func(u traffic.Update) { updates <- u }) }()
	if first := <-updates; first.Mode != "healthy" || first.Error != "" {
		t.Errorf("%+v", first)
	}
	leave()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	if err := newRemote(t, remotetest.Serve(t, store.Store), "wrong").Updates(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "refuses the token") {
		t.Errorf("another token: %v", err)
	}
}
