package mockforgeextension

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// mocking starts a Collector whose only gateway has the mocks that recordings become, read as the Collector reads its
// configuration.
func mocking(t *testing.T, recordings []recording.Recording) *Config {
	t.Helper()
	var export bytes.Buffer
	if err := recording.WriteMocks(&export, func(yield func(recording.Recording, error) bool) {
		for _, r := range recordings {
			if !yield(r, nil) {
				return
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "mocks.yaml")
	if err := os.WriteFile(file, export.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs: []string{"file:" + file}, ProviderFactories: []confmap.ProviderFactory{fileprovider.NewFactory(), envprovider.NewFactory()},
	})
	if err != nil {
		t.Fatal(err)
	}
	conf, err := resolver.Resolve(t.Context())
	if err != nil {
		t.Fatalf("%v\n%s", err, export.String())
	}
	var gateway GatewayConfig
	if err := gateway.Unmarshal(conf); err != nil {
		t.Fatalf("%v\n%s", err, export.String())
	}
	c := config(t, "http://127.0.0.1:1")
	c.Gateways[0].Mocks = gateway.Mocks
	if err := confmap.Validate(c); err != nil {
		t.Fatalf("%v\n%s", err, export.String())
	}
	start(t, c)
	return c
}

func TestMocksOfCallsAndOperationsAnswerAsWasRecorded(t *testing.T) {
	serving, err := proto.Marshal(&healthpb.HealthCheckResponse{Status: healthpb.HealthCheckResponse_SERVING})
	if err != nil {
		t.Fatal(err)
	}
	ok, notFound := 0, int(codes.NotFound)
	query := func(operation, body string) recording.Recording {
		return recording.Recording{
			Protocol: recording.GraphQL, Method: "POST", Path: "/graphql", Operation: operation, ResponseStatus: 200,
			ResponseHeaders: recording.Values{"Content-Type": {"application/json"}}, ResponseBody: recording.Body{Content: []byte(body), Size: int64(len(body))},
		}
	}
	c := mocking(t, []recording.Recording{
		{
			Protocol: recording.GRPC, Method: "POST", Path: "/grpc.health.v1.Health/Check", ResponseStatus: 200, GRPCStatus: &ok,
			ResponseHeaders: recording.Values{"Content-Type": {"application/grpc"}},
			Messages:        []recording.Message{{Direction: "out", Kind: "grpc", Body: recording.Body{Content: serving, Size: int64(len(serving))}}},
		},
		{
			Protocol: recording.GRPC, Method: "POST", Path: "/grpc.health.v1.Health/List", ResponseStatus: 200, GRPCStatus: &notFound,
			ResponseTrailers: recording.Values{"Grpc-Status": {"5"}, "Grpc-Message": {"no%20such%20thing"}},
		},
		query("query GetUser", `{"data":{"user":1}}`), query("query GetOrder", `{"data":{"order":2}}`),
	})
	address := c.Gateways[0].Server.NetAddr.Endpoint
	connection, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	health := healthpb.NewHealthClient(connection)
	if answer, err := health.Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil || answer.Status != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("got %v, %v", answer, err)
	}
	if _, err := health.List(t.Context(), &healthpb.HealthListRequest{}); status.Code(err) != codes.NotFound || status.Convert(err).Message() != "no such thing" {
		t.Errorf("got %v", err)
	}
	for operation, want := range map[string]string{"GetUser": `{"data":{"user":1}}`, "GetOrder": `{"data":{"order":2}}`} {
		response, err := http.Post("http://"+address+"/graphql", "application/json", strings.NewReader(`{"query":"query `+operation+` { id }"}`))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(body) != want {
			t.Errorf("%s: got %q (%v), want %q", operation, body, err, want)
		}
	}
}

func TestMocksOfRecordingsAnswerAsWasRecorded(t *testing.T) {
	t.Setenv("MOCKFORGE_SECRET", "hunter2")
	upstream := 2.0
	var recordings []recording.Recording
	for i, r := range []recording.Recording{
		{Path: "/plain", ResponseStatus: 200, ResponseBody: recording.Body{Content: []byte(`{"a":"b"}`)}},
		{Path: "/plain", QueryParams: recording.Values{"page": {"2"}}, ResponseStatus: 200, ResponseBody: recording.Body{Content: []byte(`{"page":2}`)}},
		{Path: "/env", ResponseStatus: 200, ResponseBody: recording.Body{Content: []byte(`${env:MOCKFORGE_SECRET} $${env:MOCKFORGE_SECRET} $ $$ {{ .Method }} "'` + "\n\t#: - x")}},
		{Path: "/it's ${env:MOCKFORGE_SECRET}/%", ResponseStatus: 404, ResponseBody: recording.Body{Content: []byte("no")}},
		{Path: "/binary", ResponseStatus: 201, ResponseBody: recording.Body{Content: []byte("\x00\xff\xfe")}},
		{Path: "/empty", ResponseStatus: 204, UpstreamTimeMS: &upstream},
		{Path: "/redirect", ResponseStatus: 302, ResponseHeaders: recording.Values{"Location": {"/next"}, "Set-Cookie": {"a=1", "b=2"}, "X-Env": {"${env:MOCKFORGE_SECRET}"}}},
	} {
		r.Protocol, r.Method, r.Timestamp = recording.HTTP, "GET", time.Unix(int64(i), 0)
		if r.ResponseHeaders == nil {
			r.ResponseHeaders = recording.Values{"Content-Type": {"text/x-recorded"}}
		}
		r.ResponseBody.Size = int64(len(r.ResponseBody.Content))
		recordings = append(recordings, r)
	}
	c := mocking(t, recordings)

	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	for _, r := range recordings {
		target := url.URL{Scheme: "http", Host: c.Gateways[0].Server.NetAddr.Endpoint, Path: r.Path, RawQuery: url.Values(r.QueryParams).Encode()}
		request, err := http.NewRequestWithContext(t.Context(), "GET", target.String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != r.ResponseStatus || string(body) != string(r.ResponseBody.Content) {
			t.Errorf("%s: got %d %q, want %d %q", r.Path, response.StatusCode, body, r.ResponseStatus, r.ResponseBody.Content)
		}
		for name, values := range r.ResponseHeaders {
			if diff := cmp.Diff(values, response.Header[name]); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", r.Path, name, diff)
			}
		}
	}
}
