package mockforgeextension

import (
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func TestListsOfNamesAreBesidesTheDefaults(t *testing.T) {
	c := RedactConfig{Redaction: recording.Redaction{
		Headers: []string{"x-mine"}, JSONFields: []string{"pin"}, QueryParams: []string{"ticket"}, Keep: []string{"csrf"}, Action: "drop",
		Actions: map[string]string{"accessToken": "mask", "newPassword": "mask"},
	}}
	redactor, err := recording.NewRedactor(c.redaction(1))
	if err != nil {
		t.Fatal(err)
	}
	rec := recording.Recording{
		Headers: recording.Values{"X-Mine": {"s"}, "X-Vault-Token": {"s"}, "Accept": {"a"}}, QueryParams: recording.Values{"ticket": {"s"}, "key": {"s"}, "q": {"a"}},
		Body: recording.Body{Content: []byte(`{"a":1,"pin":"s","apiKey":"s","csrf":"a","accessToken":"s","newPassword":"s","password":"s"}`)},
	}
	redactor.Redact(&rec)
	if len(rec.Headers) != 1 || len(rec.QueryParams) != 1 {
		t.Errorf("headers %v and parameters %v are left", rec.Headers, rec.QueryParams)
	}
	if got := string(rec.Body.Content); got != `{"a":1,"csrf":"a","accessToken":"[redacted]","newPassword":"[redacted]"}` {
		t.Errorf("the body is %s", got)
	}
}

func TestSpansTellNoSecret(t *testing.T) {
	const secret = "s3cr3t"
	upstream, _ := seen(t)
	c := config(t, upstream)
	c.Gateways[0].ConsumerHeader = "X-Api-Key"
	spans := tracetest.NewSpanRecorder()
	settings := extensiontest.NewNopSettings(componentType)
	settings.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	e, err := NewFactory().Create(t.Context(), settings, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	path := "/users/7;access_token=" + secret
	// The second one is longer than consumers are.
	for _, key := range []string{secret, strings.Repeat(secret, 50), ""} {
		ask(t, "GET", "http://"+c.Gateways[0].Server.NetAddr.Endpoint+path, "", map[string]string{"X-Api-Key": key, "User-Agent": "job apiKey=" + secret})
	}
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	consumers := map[string]bool{}
	for _, s := range spans.Ended() {
		for _, a := range s.Attributes() {
			if strings.Contains(a.Value.String(), secret) {
				t.Errorf("%s of a span is %s", a.Key, a.Value.String())
			}
		}
		if consumer := attributeOf(s, "mockforge.consumer"); consumer != "" {
			consumers[consumer] = true
		}
	}
	if len(consumers) != 3 {
		t.Errorf("the consumers of three keys are %v", consumers)
	}
	http.DefaultClient.CloseIdleConnections()
}
