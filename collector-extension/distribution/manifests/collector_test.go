package manifests

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/child"
	"github.com/mockforge/mockforge-observability-app/dev/child/childtest"
	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

const patience = time.Minute

// collector is a distribution that the builder made, running with a gateway in front of an upstream that answers with the line it was
// asked.
type collector struct {
	gateway, control string
	process          *child.Child
}

// start runs binary with a configuration file at addresses that are free, until the end of the test. environment has what the
// configuration wants besides.
func start(t *testing.T, binary, configuration string, environment ...string) *collector {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Method+" "+r.RequestURI)
	}))
	t.Cleanup(upstream.Close)
	gateway, control := address(t), address(t)
	run := exec.Command(binary, "--config", configuration)
	run.Env = append(os.Environ(), append(environment,
		"MOCKFORGE_GATEWAY_ENDPOINT="+gateway, "MOCKFORGE_CONTROL_ENDPOINT="+control, "MOCKFORGE_UPSTREAM="+upstream.URL,
		"MOCKFORGE_METRICS_ENDPOINT="+address(t), "MOCKFORGE_HEALTH_ENDPOINT="+address(t),
		"MOCKFORGE_OTLP_GRPC_ENDPOINT="+address(t), "MOCKFORGE_DSN="+postgrestest.DSN(t), "STATE_DIRECTORY="+t.TempDir(),
	)...)
	return &collector{gateway: "http://" + gateway, control: "http://" + control, process: childtest.Start(t, run)}
}

func address(t *testing.T) string {
	t.Helper()
	address, err := probe.FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// forwardsAndRecords sends a request through the gateway and finds it among the recordings.
func (c *collector) forwardsAndRecords(t *testing.T) {
	t.Helper()
	c.eventually(t, "the gateway forwards", func() bool {
		status, body := call(t, http.MethodGet, c.gateway+"/users/7", "")
		return status == http.StatusOK && body == "GET /users/7"
	})
	c.eventually(t, "the exchange is found on the control API", func() bool {
		status, body := call(t, http.MethodPost, c.control+"/recordings/query", `{"limit":10}`)
		var found struct {
			Recordings []struct {
				Path string `json:"path"`
			} `json:"recordings"`
		}
		return status == http.StatusOK && json.Unmarshal([]byte(body), &found) == nil && len(found.Recordings) > 0 && found.Recordings[0].Path == "/users/7"
	})
}

// eventually waits until ok, and fails where the Collector ends before.
func (c *collector) eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case <-c.process.Exited():
			t.Fatalf("before %s, the Collector ended: %v", what, c.process.Stop())
		default:
		}
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

func call(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}
