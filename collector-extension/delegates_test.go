package mockforgeextension

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// Grafana changes for its users, by a token that the configuration names; nobody else can say so.
func TestDelegatesChangeForOthers(t *testing.T) {
	c := config(t, shop(t))
	const token = "a-token-of-grafana-1"
	c.Control.Delegates = []configopaque.String{token}
	start(t, c)
	change := func(token, rights string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), "PUT", "http://"+c.Control.NetAddr.Endpoint+"/scenarios/mode", strings.NewReader(`{"mode":"degraded"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set(api.OnBehalfOf, "ada")
		r.Header.Set(api.RightsHeader, rights)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(body)
	}
	if status, body := change(token, "write"); status != 200 || !strings.Contains(body, `"set_by":"ada"`) {
		t.Errorf("a delegate: %d %s", status, body)
	}
	if status, body := change(token, "read-bodies"); status != 403 {
		t.Errorf("for somebody who may not write: %d %s", status, body)
	}
	if status, body := change(token+"2", "write"); status != 403 || !strings.Contains(body, api.OnBehalfOf) {
		t.Errorf("another token: %d %s", status, body)
	}
	if status, body := get(t, "http://"+c.Control.NetAddr.Endpoint+"/about"); status != 200 || !strings.Contains(body, `"name":"`) {
		t.Errorf("about: %d %s", status, body)
	}
}
