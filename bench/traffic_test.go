package main

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.yaml.in/yaml/v3"

	mockforge "github.com/mockforge/mockforge-observability-app/collector-extension"
	"github.com/mockforge/mockforge-observability-app/dev/child"
	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

// Each kind of traffic is answered in full by each proxy. The gateway is that of the Collector's configuration, in this process.
func TestAllTrafficComesThroughAllProxies(t *testing.T) {
	pair, err := newCertificate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	upstream := peer(t, "traffic-upstream")
	bare := peer(t, "traffic-proxy", upstream[0], upstream[1], pair.certificate, pair.key)
	for name, to := range map[string]addresses{
		"bare": {bare[0], bare[1], bare[2]}, "gateway": inProcess(t, upstream, pair),
	} {
		for _, k := range kinds {
			t.Run(name+"/"+k.name, func(t *testing.T) {
				w, err := k.dial(t.Context(), k.at(to))
				if err != nil {
					t.Fatal(err)
				}
				defer w.close()
				for range 3 {
					units, err := w.exchange(t.Context())
					if err != nil || units < 1 {
						t.Fatalf("%d units: %v", units, err)
					}
				}
			})
		}
	}
}

// What is not answered as it should be is no figure.
func TestAnswersThatAreWrongAreFailures(t *testing.T) {
	small := peer(t, "upstream")[0] // It answers 1 KiB to whatever it is asked, and knows neither gRPC nor TLS.
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			met, err := pressWays(t.Context(), 50*time.Millisecond, 1, func(ctx context.Context) (way, error) { return k.dial(ctx, small) })
			if err == nil || met.requests > 0 {
				t.Errorf("%d answers, %v", met.requests, err)
			}
		})
	}
}

func TestKindsAreChosenByName(t *testing.T) {
	for names, want := range map[string]string{
		"": "download upload chunks grpc-unary grpc-server grpc-bidi websocket tls tls-h2", "tls,websocket": "tls websocket", "tls,": "", "udp": "",
	} {
		found, err := chosen(names)
		var got []string
		for _, k := range found {
			got = append(got, k.name)
		}
		if strings.Join(got, " ") != want || (err != nil) != (want == "") {
			t.Errorf("%q gives %q (%v)", names, got, err)
		}
	}
}

func TestRolesAreChecked(t *testing.T) {
	for _, arguments := range [][]string{nil, {"other"}, {"reverseproxy"}, {"upstream", "127.0.0.1:1"}, {"traffic-proxy", "a", "b", "c"}} {
		if err := serve(arguments); err == nil {
			t.Errorf("%q is served", arguments)
		}
	}
}

// peer starts one, for the time of the test.
func peer(t *testing.T, role string, targets ...string) []string {
	t.Helper()
	process, listening, err := startPeer(role, targets...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(process.Kill)
	return listening
}

// inProcess starts what a Collector is configured with for the benchmark.
func inProcess(t *testing.T, upstream []string, pair pair) addresses {
	t.Helper()
	g := &gateway{Child: &child.Child{}}
	for _, address := range []*string{&g.plain, &g.secure, &g.grpc, &g.control, &g.metrics} {
		free, err := probe.FreeAddress(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		*address = free
	}
	var configured struct {
		Extensions struct{ MockForge map[string]any }
	}
	if err := yaml.Unmarshal([]byte(configurationOf(g, upstream[0], t.TempDir(), gatewayOptions{grpc: upstream[1], pair: pair})), &configured); err != nil {
		t.Fatal(err)
	}
	factory := mockforge.NewFactory()
	config := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(configured.Extensions.MockForge).Unmarshal(config); err != nil {
		t.Fatal(err)
	}
	extension, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := extension.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := extension.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if c, err := net.Dial("tcp", g.secure); err != nil {
		t.Fatal(err)
	} else {
		c.Close()
	}
	return g.addresses
}
