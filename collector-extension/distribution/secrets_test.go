package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func containsAll(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// Every secret of the test contains this, and nothing else does. The markers are no secrets: where they are found, the
// search works.
const (
	secret     = "hush-"
	cardSecret = "card-gold-4242"
)

// lookSecrets are told by their look, wherever they are.
var lookSecrets = []string{
	"5105105105105100", "4111-1111-1111-1111", "Basic aHVzaDpiYXNpYy1zZWNyZXQ=", "ada.hush@example.com",
	"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodXNoIn0.c2lnbmF0dXJlLW9mLWh1c2g",
}

// bank answers with secrets of its own.
func bank(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/socket" {
			echo(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Add("Set-Cookie", "sid=hush-set-cookie; HttpOnly")
		w.Header().Set("X-Session", "hush-session-answer")
		w.Header().Set("Location", "/next?token=hush-location")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"hush-answer","account":{"pin":["hush-pin-answer"],"owner":"marker-answer"},"card":"`+cardSecret+`"}`)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// echo answers one WebSocket message with the same.
func echo(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	if kind, message, err := conn.Read(r.Context()); err == nil {
		_ = conn.Write(r.Context(), kind, message)
	}
	_ = conn.Close(websocket.StatusNormalClosure, "")
}

// tellSocket sends a secret in a WebSocket message.
func tellSocket(t *testing.T, c *collector, marker string) {
	t.Helper()
	conn, response, err := websocket.Dial(t.Context(), c.gateway+"/socket?token=hush-socket", &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer hush-upgrade"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if response.Body != nil {
		response.Body.Close()
	}
	message := `{"user":"` + marker + `","password":"hush-message"}`
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(message)); err != nil {
		t.Fatal(err)
	}
	if _, got, err := conn.Read(t.Context()); err != nil || string(got) != message {
		t.Errorf("the message came back as %s (%v)", got, err)
	}
	// Wait for the other side's close, with which the exchange ends.
	_, _, _ = conn.Read(t.Context())
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// tellSecrets sends one secret in every place that has a name for it.
func tellSecrets(t *testing.T, c *collector, marker string) {
	t.Helper()
	for _, request := range []struct {
		path, body string
		headers    map[string]string
	}{
		{"/login?token=hush-query&page=" + marker, `{"user":"` + marker + `","password":"hush-json","deep":[{"pin":{"value":"hush-deep"}}],"note":"` + cardSecret + `"}`, map[string]string{
			"Authorization": "Bearer hush-bearer", "Cookie": "sid=hush-cookie", "X-API-Key": "hush-key", "X-Session": "hush-session",
			"Proxy-Authorization": "Basic hush-proxy", "Referer": "http://shop/?token=hush-referer", "Content-Type": "application/json",
		}},
		{"/form", "user=" + marker + "&password=hush-form", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}},
		{"/broken", `{"user":"` + marker + `","password":"hush-broken`, map[string]string{"Content-Type": "application/json"}},
		{"/zipped", zipped(t, `{"user":"`+marker+`","password":"hush-zipped"}`), map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"}},
		{"/graphql", `{"query":"mutation { login(name: \"` + marker + `\", password: \"hush-graphql\") { ok } }"}`, map[string]string{"Content-Type": "application/json"}},
		{"/variables", `{"query":"mutation L($password: String) { login(password: $password) { ok } }","variables":{"password":"hush-variable"}}`, map[string]string{"Content-Type": "application/json"}},
		{"/soap", `<a><ns:password type="text">hush-xml</ns:password><user pin="hush-attribute">` + marker + `</user></a>`, map[string]string{"Content-Type": "text/xml"}},
		{"/looks/" + lookSecrets[0], marker + " Bearer hush-0123456789 " + strings.Join(lookSecrets, " , ") + " https://ada:hush-userinfo@host/", map[string]string{
			"Content-Type": "text/plain", "X-Note": lookSecrets[4],
		}},
		{"/pay/" + cardSecret, "plain " + marker + " " + cardSecret, map[string]string{"Content-Type": "text/plain"}},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", c.gateway+request.path, strings.NewReader(request.body))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range request.headers {
			r.Header.Set(name, value)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != 200 || !containsAll(string(text), "hush-answer", cardSecret) {
			t.Errorf("%s: got %d %s: traffic itself must not be masked", request.path, response.StatusCode, text)
		}
	}
	tellSocket(t, c, marker)
}

// leaks are the files below directory, and their contents around it, that have a secret.
func leaks(t *testing.T, directory, marker string) {
	t.Helper()
	found := false
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil // A server that runs removes files.
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		found = found || bytes.Contains(content, []byte(marker))
		leak(t, path, content)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		t.Errorf("the marker %s is nowhere in %s, so the search proves nothing", marker, directory)
	}
}

func leak(t *testing.T, where string, content []byte) {
	t.Helper()
	for _, each := range append([]string{secret, cardSecret}, lookSecrets...) {
		if i := bytes.Index(content, []byte(each)); i >= 0 {
			t.Errorf("%s has a secret: %q", where, content[max(0, i-40):min(len(content), i+40)])
		}
	}
}

// traces is an OTLP endpoint that keeps what it gets as it comes.
type traces struct {
	mu   sync.Mutex
	sent []byte
}

func (s *traces) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, body...)
}

func (s *traces) content() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.sent)
}

func TestSecretsReachNeitherDatabaseNorDiskNorLogNorTracesNorExports(t *testing.T) {
	spans := &traces{}
	otlp := httptest.NewServer(spans)
	defer otlp.Close()
	t.Setenv("TRACES", otlp.URL)
	server := postgrestest.Server(t)
	store, spool := database(t, server.DSN()), t.TempDir()
	c := startCollector(t, server.DSN(), bank(t), spool, nil)
	tellSecrets(t, c, "marker-stored")
	count := func(want int64) func() bool {
		return func() bool {
			stats, err := store.Stats(t.Context(), recording.Filter{})
			return err == nil && stats.Total == want
		}
	}
	eventually(t, "all is stored", count(10))

	// Some were on disk already where the schema took its time.
	before := c.metric(t, "mockforge_recorder_spooled_total")
	crash(t, server)
	tellSecrets(t, c, "marker-spooled")
	eventually(t, "all is on disk", func() bool { return c.metric(t, "mockforge_recorder_spooled_total") == before+10 })
	leaks(t, spool, "marker-spooled")
	restart(t, server)
	eventually(t, "all is loaded", count(20))
	_, metrics := call(t, "GET", c.metrics, "", "")
	leak(t, "the metrics", []byte(metrics))
	c.stop(t)
	leak(t, "a span", spans.content())
	if !containsAll(string(spans.content()), "/login", "/pay/", "/variables") {
		t.Error("the spans tell no paths, so the search proves nothing")
	}

	// What a user can see, and what is in PostgreSQL's own files, the write-ahead log among them.
	markers := 0
	for r, err := range store.Scan(t.Context(), recording.Filter{}, 1000) {
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("marker-stored")) || bytes.Contains(text, []byte("marker-spooled")) {
			markers++
		}
		leak(t, "the recording of "+r.Path, text)
	}
	if markers < 10 {
		t.Errorf("%d recordings have their markers, want most: what is no secret stays", markers)
	}
	for _, format := range recording.Formats() {
		var export bytes.Buffer
		if err := format.Write(&export, store.Scan(t.Context(), recording.Filter{}, 1000)); err != nil {
			t.Errorf("%s: %v", format.Name, err)
		}
		leak(t, "the export as "+format.Name, export.Bytes())
		if !strings.Contains(export.String(), "/login") {
			t.Errorf("the export as %s has no paths, so the search proves nothing", format.Name)
		}
	}
	if err := devpostgres.Execute(t.Context(), server.DSN(), "CHECKPOINT"); err != nil {
		t.Fatal(err)
	}
	leaks(t, server.Directory(), "marker-stored")

	dsn, err := url.Parse(server.DSN())
	if err != nil {
		t.Fatal(err)
	}
	password, _ := dsn.User.Password()
	leak(t, "the log", []byte(c.log.String()))
	if strings.Contains(c.log.String(), password) {
		t.Error("the log has the password of the database")
	}
}
