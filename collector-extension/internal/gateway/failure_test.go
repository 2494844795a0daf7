package gateway_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange/failuretest"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// strict has the gateway verify certificates, and wait no longer than failuretest.Timeout.
func strict(t *testing.T, endpoint string) change {
	return func(o *gateway.Options, _ *confighttp.ServerConfig) {
		c := confighttp.NewDefaultClientConfig()
		c.Endpoint, c.Timeout = endpoint, failuretest.Timeout
		transport, err := gateway.NewTransport(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(transport.Close)
		o.Transport = transport
	}
}

func TestAFailureOfAnUpstreamIsToldByItsCause(t *testing.T) {
	for _, upstream := range failuretest.Upstreams(t) {
		t.Run(upstream.Name, func(t *testing.T) {
			g := serve(t, upstream.URL, strict(t, upstream.URL))
			response, err := client(t, false).Do(request(t, "GET", g.URL+"/a", ""))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			r := g.next(t)
			if r.FailedBy != upstream.By || r.FailureKind != upstream.Kind || !strings.HasPrefix(r.Failure, upstream.Text) {
				t.Errorf("recorded %s, %s: %q; want %s, %s: %q", r.FailedBy, r.FailureKind, r.Failure, upstream.By, upstream.Kind, upstream.Text)
			}
			if response.StatusCode != upstream.Status || r.ResponseStatus != upstream.Status {
				t.Errorf("answered %d, recorded %d; want %d", response.StatusCode, r.ResponseStatus, upstream.Status)
			}
			if outcome := telemetry.OutcomeOf(r); outcome.OrganicError != (upstream.By == recording.ByUpstream) || outcome.InjectedError {
				t.Errorf("outcome %+v", outcome)
			}
			if upstream.Status == http.StatusOK {
				if err == nil {
					t.Error("the answer was made whole")
				}
				return
			}
			var problem struct{ Detail string }
			if err := json.Unmarshal(body, &problem); err != nil {
				t.Fatalf("%s: %v", body, err)
			}
			if want := "The upstream of gateway shop did not answer: " + r.Failure + "."; problem.Detail != want {
				t.Errorf("detail %q, want %q", problem.Detail, want)
			}
			for _, secret := range []string{"127.0.0.1", "secret", "dial", "lookup"} {
				if strings.Contains(string(body)+r.Failure, secret) {
					t.Errorf("%s tells %q", body, secret)
				}
			}
		})
	}
}
