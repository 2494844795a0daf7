package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// startReceiving starts a Collector whose receiver sends recordings to an endpoint; settings are of testdata/receiver.yaml.
func startReceiving(t *testing.T, upstream, logs, dsn string, settings map[string]string) *collector {
	t.Helper()
	c := &collector{environment: environment(t, upstream), log: &log{}}
	c.environment["LOGS"], c.environment["DSN"], c.environment["TELEMETRY_PORT"] = logs, dsn, port(t)
	for name, value := range settings {
		c.environment[name] = value
	}
	c.run(t, "testdata/receiver.yaml")
	return c
}

// telling is an upstream that answers with secrets.
func telling(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		if strings.HasPrefix(r.URL.Path, "/broken") {
			w.WriteHeader(http.StatusBadGateway)
		}
		_, _ = io.WriteString(w, `{"greeting":"hello","password":"hush-answer","card":"card-gold-4711"}`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

const (
	callersTrace = "0af7651916cd43dd8448eb211c80319c"
	// hushed begins all that is to be masked.
	hushed = "hush-"
)

// tell sends a request that is full of secrets, in a trace.
func tell(t *testing.T, gateway, path string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", gateway+path+"?token=hush-query&page=2", strings.NewReader(`{"name":"ada","password":"hush-body"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{
		"Content-Type": {"application/json"}, "Authorization": {"Bearer hush-token"}, "X-Api-Key": {"hush-key"}, "X-Shop": {"seven"},
		"Traceparent": {"00-" + callersTrace + "-b7ad6b7169203331-01"}, "User-Agent": {"shop-web/1"},
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
}

func TestRecordingsReachPipelinesAsTheyAreStored(t *testing.T) {
	for _, stores := range []bool{true, false} {
		t.Run(fmt.Sprintf("stored %v", stores), func(t *testing.T) {
			dsn := ""
			if stores {
				dsn = postgrestest.DSN(t)
			}
			endpoint := newLogsEndpoint(t, nil)
			c := startReceiving(t, telling(t), endpoint.url, dsn, nil)
			tell(t, c.gateway, "/orders/7")
			tell(t, c.gateway, "/broken/1")
			call(t, "GET", c.gateway+"/health", "", "")
			eventually(t, "the scenario is set", func() bool {
				status, _ := call(t, "PUT", c.control+"/scenarios/mode", "", `{"mode":"error","error_rate":1,"status_codes":[503]}`)
				return status == 200
			})
			tell(t, c.gateway, "/harmed/1")
			eventually(t, "all have come", func() bool { return len(endpoint.of("/")) >= 3 })

			fine, broken, harmed := endpoint.of("/orders/7"), endpoint.of("/broken/1"), endpoint.of("/harmed/1")
			if len(fine) != 1 || len(broken) != 1 || len(harmed) != 1 || len(endpoint.of("/health")) != 0 {
				t.Fatalf("%d, %d and %d records, want one of each, and none of what is excluded", len(fine), len(broken), len(harmed))
			}
			for name, want := range map[string]string{
				"http.request.method": "POST", "http.response.status_code": "200", "url.path": "/orders/7", "url.query": "token=[redacted]&page=2",
				"url.scheme": "http", "network.protocol.version": "1.1", "user_agent.original": "shop-web/1", "client.address": "127.0.0.1",
				"server.address": "127.0.0.1", "mockforge.gateway": "shop", "mockforge.injected": "false", "mockforge.mode": "healthy",
				"http.request.header.x-shop": `["seven"]`, "http.request.header.x-api-key": `["[redacted]"]`,
				"mockforge.request.body.content":  `{"name":"ada","password":"[redacted]"}`,
				"mockforge.response.body.content": `{"greeting":"hello","password":"[redacted]","card":"[redacted]"}`,
				"mockforge.request.body.redacted": "true", "error.type": "",
			} {
				if got := fine[0].attribute(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if fine[0].trace() != callersTrace || fine[0].resource["service.name"] != "shop" || fine[0].resource["service.instance.id"] == nil {
				t.Errorf("trace %s, resource %v", fine[0].trace(), fine[0].resource)
			}
			if !fine[0].Flags().IsSampled() || fine[0].Timestamp() == 0 || fine[0].ObservedTimestamp() < fine[0].Timestamp() {
				t.Errorf("flags %v, at %v, observed at %v", fine[0].Flags(), fine[0].Timestamp(), fine[0].ObservedTimestamp())
			}
			if line := fine[0].Body().AsString(); !strings.HasPrefix(line, "POST /orders/7 200 in ") {
				t.Errorf("the line is %q", line)
			}
			for _, one := range []struct {
				received
				severity                 plog.SeverityNumber
				status, origin, injected string
			}{
				{fine[0], plog.SeverityNumberInfo, "200", "", "false"},
				{broken[0], plog.SeverityNumberError, "502", "organic", "false"},
				{harmed[0], plog.SeverityNumberError, "503", "injected", "true"},
			} {
				if one.SeverityNumber() != one.severity || one.attribute("http.response.status_code") != one.status ||
					one.attribute("mockforge.origin") != one.origin || one.attribute("mockforge.injected") != one.injected {
					t.Errorf("%s: %s, %v", one.Body().AsString(), one.SeverityText(), one.Attributes().AsRaw())
				}
			}
			if sent := endpoint.sent(); strings.Contains(sent, hushed) || strings.Contains(sent, "4711") {
				t.Error("a secret has left the Collector")
			}
			eventually(t, "what was taken is counted", func() bool { return c.metric(t, "mockforge_receiver_recordings_total") == 3 })
			_, own := call(t, "GET", "http://127.0.0.1:"+c.environment["TELEMETRY_PORT"]+"/metrics", "", "")
			if !strings.Contains(own, `otelcol_receiver_accepted_log_records`) || !strings.Contains(own, `receiver="mockforge"`) {
				t.Errorf("the Collector's own telemetry does not have the receiver:\n%s", own)
			}
			if stores {
				store := database(t, dsn)
				eventually(t, "all are stored", func() bool { n, _ := stored(t, store, "orders"); return n == 1 })
				id := fine[0].attribute("mockforge.recording.id")
				if status, body := call(t, "GET", c.control+"/recordings/"+id, "", ""); status != 200 || !strings.Contains(body, "/orders/7") {
					t.Errorf("the recording of the record: %d %s", status, body)
				}
			}
			c.stop(t)
		})
	}
}

// Traffic and storage go on while an endpoint refuses recordings or does not answer, and each that does not get there is counted.
func TestPipelinesThatFailLoseRecordingsOnly(t *testing.T) {
	for _, test := range []struct {
		name string
		// status is what the endpoint answers; 0 is nothing at all.
		status   int
		settings map[string]string
		reason   string
	}{
		{"refused for good", 400, nil, "refused"},
		{"refused for now, and tried too often", 503, map[string]string{"RETRY_FOR": "300ms"}, "retries_exhausted"},
		{"refused for now, and tried again while others find no room", 503, map[string]string{"BUFFER_SIZE": "50"}, "queue_full"},
		{"no answer, while others find no room", 0, map[string]string{"BUFFER_SIZE": "50"}, "queue_full"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dsn := postgrestest.DSN(t)
			store := database(t, dsn)
			var held chan struct{}
			if test.status == 0 {
				held = make(chan struct{})
			}
			endpoint := newLogsEndpoint(t, held)
			if test.status != 0 {
				endpoint.answer(test.status)
			}
			c := startReceiving(t, greeter(t), endpoint.url, dsn, test.settings)
			const while = 400
			send(t, c, "while", while)
			eventually(t, "all are stored while the endpoint fails", func() bool { n, _ := stored(t, store, "while"); return n == while })
			eventually(t, "losses are counted", func() bool {
				return c.metric(t, `mockforge_receiver_dropped_total`) > 0
			})
			if held != nil {
				close(held)
			}
			endpoint.answer(200)
			send(t, c, "after", 20)
			count := func() (got, lost float64) {
				return float64(len(endpoint.of("/"))), c.metric(t, "mockforge_receiver_dropped_total")
			}
			eventually(t, "what comes after arrives", func() bool { return len(endpoint.of("/after")) == 20 })
			eventually(t, "none is missing without being counted", func() bool {
				got, lost := count()
				return got+lost == while+20 && c.metric(t, "mockforge_receiver_recordings_total") == got && c.metric(t, "mockforge_receiver_queue_length") == 0
			})
			ids := map[string]bool{}
			for _, r := range endpoint.of("/") {
				ids[r.attribute("mockforge.recording.id")] = true
			}
			if got, lost := count(); len(ids) != int(got) || lost == 0 {
				t.Errorf("%d exchanges in %v records, %v lost", len(ids), got, lost)
			}
			_, metrics := call(t, "GET", c.metrics, "", "")
			if strings.Contains(metrics, fmt.Sprintf("mockforge_receiver_dropped_total{reason=%q,receiver=\"mockforge\"} 0\n", test.reason)) {
				t.Errorf("none is counted as %s", test.reason)
			}
			if n := c.metric(t, "mockforge_recorder_dropped_total"); n != 0 {
				t.Errorf("%v are lost to storage", n)
			}
			c.stop(t)
			if told := strings.Count(c.log.String(), "the pipeline refuses recordings"); test.status != 0 && (told == 0 || told > 20) {
				t.Errorf("the log says %d times that the pipeline refuses recordings", told)
			}
		})
	}
}

// What was recorded before the end is given to the pipeline; an endpoint that does not answer does not keep the Collector.
func TestReceiversStopInOrder(t *testing.T) {
	t.Run("what was recorded arrives", func(t *testing.T) {
		endpoint := newLogsEndpoint(t, nil)
		c := startReceiving(t, greeter(t), endpoint.url, "", nil)
		send(t, c, "last", 200)
		c.stop(t)
		if n := len(endpoint.of("/last")); n != 200 {
			t.Errorf("%d of 200 have come", n)
		}
	})
	t.Run("an endpoint that does not answer", func(t *testing.T) {
		held := make(chan struct{})
		defer close(held)
		endpoint := newLogsEndpoint(t, held)
		c := startReceiving(t, greeter(t), endpoint.url, "", nil)
		send(t, c, "last", 200)
		if err := c.process.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := c.wait(t); err != nil {
			t.Errorf("stopped with %v", err)
		}
		if log := c.log.String(); !strings.Contains(log, "recordings are lost to the pipeline") || strings.Contains(log, "panic") {
			t.Error("the log does not say what is lost")
		}
	})
}

// What names no extension, or one without recordings, is refused by its key when the Collector starts.
func TestReceiversWithoutAnExtensionAreRefused(t *testing.T) {
	for name, test := range map[string]struct{ from, to, problem string }{
		"an extension that is not there":    {"  mockforge:\n    include_bodies: true", "  mockforge:\n    extension: mockforge/other", "extension: there is no extension mockforge/other"},
		"an extension of another type":      {"  mockforge:\n    include_bodies: true", "  mockforge:\n    extension: header_stamp", "receivers::mockforge: extension: must be the name of an extension of type mockforge"},
		"an extension that records nothing": {"    recorder:\n", "    recorder:\n      enabled: false\n", "extension: mockforge: nothing is recorded: recorder::enabled of the extension is false"},
		"no room":                           {"buffer_size: ${env:BUFFER_SIZE:-10000}", "buffer_size: 0", "receivers::mockforge: buffer_size: must be between 1 and 10000000, is 0"},
	} {
		t.Run(name, func(t *testing.T) {
			env := environment(t, "http://127.0.0.1:1")
			env["LOGS"], env["TELEMETRY_PORT"] = "http://127.0.0.1:1", port(t)
			output, err := command(t, env, "--config", changed(t, "testdata/receiver.yaml", test.from, test.to)).CombinedOutput()
			if err == nil || !strings.Contains(string(output), test.problem) {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
}

// changed returns the path of a configuration in which one text is replaced.
func changed(t *testing.T, path, from, to string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), from) != 1 {
		t.Fatalf("%q is not in %s once", from, path)
	}
	changed := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return changed
}
