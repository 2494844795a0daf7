package headerstampextension

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"go.opentelemetry.io/collector/extension/extensiontest"
)

func TestHeadersAreSetBothWays(t *testing.T) {
	factory := NewFactory()
	config := factory.CreateDefaultConfig().(*Config)
	config.Request, config.Response = map[string]string{"X-Tenant": "blue"}, map[string]string{"X-Served-By": "gateway"}
	e, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	wrap, err := e.(extensionmiddleware.HTTPServer).GetHTTPHandler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	handler, err := wrap(t.Context(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.Header.Get("X-Tenant")))
	}))
	if err != nil {
		t.Fatal(err)
	}
	answer, request := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	request.Header.Set("X-Tenant", "mine")
	handler.ServeHTTP(answer, request)
	if answer.Body.String() != "blue" || answer.Header().Get("X-Served-By") != "gateway" {
		t.Errorf("request %q, response %q", answer.Body, answer.Header())
	}
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAHeaderThatIsNoneIsRefused(t *testing.T) {
	err := confmap.Validate(&Config{Response: map[string]string{"X Tenant": "blue"}})
	if err == nil || !strings.Contains(err.Error(), "response::X Tenant") {
		t.Errorf("error is %v", err)
	}
}
