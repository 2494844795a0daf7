package mockforgeextension

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/mock"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

func load(t *testing.T, name string) (*Config, error) {
	t.Helper()
	all, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	id := component.NewIDWithName(componentType, name)
	sub, err := all.Sub(id.String())
	if err != nil {
		t.Fatal(err)
	}
	cfg := createDefaultConfig().(*Config)
	if err := sub.Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, confmap.Validate(cfg)
}

func TestDefaultConfigIsValid(t *testing.T) {
	if err := componenttest.CheckConfigStruct(createDefaultConfig()); err != nil {
		t.Error(err)
	}
	got, err := load(t, "")
	if err != nil {
		t.Fatal(err)
	}
	if got.Control.NetAddr.Endpoint != "127.0.0.1:4600" || got.Prometheus.Endpoint != "127.0.0.1:9464" || !got.Recorder.Enabled {
		t.Errorf("defaults are %+v", got)
	}
}

func TestEveryKeyIsRead(t *testing.T) {
	got, err := load(t, "full")
	if err != nil {
		t.Fatal(err)
	}
	shop := got.Gateways[0]
	value, _ := shop.Upstream.Headers.Get("X-Internal")
	presets, err := got.Scenarios.presets()
	if err != nil || len(presets) != 1 {
		t.Fatalf("presets are %v (%v)", presets, err)
	}
	type summary map[string]any
	if diff := cmp.Diff(summary{
		"listener": "127.0.0.1:18080", "write timeout": "0s", "upstream": "http://shop:8000", "upstream timeout": "10s", "upstream header": "yes",
		"routes": []string{"/users/{id}", "/orders/{id}/items"}, "consumer": "X-Client", "preserve host": true, "unset host": true, "fault requests": FaultRequestsConfig{Enabled: true, MaxLatency: 2 * time.Second, MaxTimeout: 5 * time.Second},
		"mocks": []mock.Definition{
			{Name: "health", Path: "/healthz", Response: mock.Response{Body: "ok"}},
			{Name: "gone", Method: "GET", Path: "/old/**", Response: mock.Response{Status: 410, Headers: map[string]any{"X-Stub": "yes"}}},
			{
				Name: "order", Method: "POST", Path: "/orders/{id}", Query: map[string]string{"q": "*"}, MatchHeaders: map[string]string{"X-Tenant": "blue"},
				BodyContains: "sku", BodyJSON: map[string]any{"items[*].count": 2}, Operation: "query Order", Consumer: "web", Template: true,
				Responses: []mock.Response{
					{Status: 503, Delay: map[string]any{"min": "10ms", "max": "20ms"}},
					{Status: "{{if .Query \"fail\"}}500{{else}}200{{end}}", Headers: map[string]any{"Set-Cookie": []any{"a=1", "b=2"}}, Body: "{{ $id := .PathValue \"id\" }}{{ $id }}"},
					{BodyBase64: "AAE=", GRPCStatus: "NOT_FOUND", GRPCMessage: "gone", Delay: "1s"},
				},
			},
		},
		"upgrades":               []string{"foo", "bar/2"},
		"limits":                 LimitsConfig{MaxConnections: 50, MaxHeaderBytes: 8192, MaxStreams: 10, MaxMessageBytes: 4096},
		"second consumer header": "X-Consumer", "control": "127.0.0.1:14600", "control body": int64(2048), "control hosts": []string{"collector", "*.mockforge.example", "10.0.0.1"},
		"delegates":     "a-token-of-grafana-1",
		"prometheus":    PrometheusConfig{Enabled: true, Endpoint: "127.0.0.1:19464", Path: "/m", AllowedHosts: []string{"metrics"}, HistogramBuckets: []float64{0.1, 1}},
		"opentelemetry": OpenTelemetryConfig{Endpoint: "http://tempo:4317", Protocol: "http", SamplingRate: 0.5, ExportIntervalMS: 1000},
		"middleware":    MiddlewareConfig{ReceiversName: "ingest", ExportersName: "egress", ConsumerHeader: "X-Tenant", RetryAfter: 3 * time.Second},
		"recorder": RecorderConfig{
			Enabled:     true,
			Storage:     StorageConfig{Type: "postgres", DSN: "postgres://mockforge:hunter2@db/mockforge", MaxConnections: 6, RetentionDays: 7, TrafficDays: traffic.Days{Seconds: 2, TenSeconds: 14, Minutes: 90, Hours: 1000}, SpoolDirectory: "/var/lib/mockforge", SpoolMaxMB: 64},
			BufferMaxMB: 32, BufferSize: 500, ExcludePaths: []string{"/health", "/internal/**"}, MaxBodySizeKB: 64,
			Sampling: recorder.Sampling{
				Share: 0.5, KeepInjected: true,
				Rules: []recorder.SamplingRule{{Gateways: []string{"shop"}, Path: "/users/*", Statuses: []string{"2xx"}, Share: new(0.1)}},
			},
			Redact: RedactConfig{
				Redaction: recording.Redaction{
					Headers: []string{"authorization"}, QueryParams: recording.DefaultRedaction().QueryParams,
					JSONFields: []string{"pin"}, FormFields: []string{"cvv"}, Patterns: []string{"[0-9]{16}"},
					Detectors: []string{"jwt", "email"}, Action: "hash", Actions: map[string]string{"authorization": "drop"},
				},
				HashKey: "hunter2-hunter2-hunter2",
			},
		},
		"mode": "degraded", "max duration": "30m0s", "history days": 365, "fault header": false, "preset": "rough", "preset rate": 0.5,
	}, summary{
		"listener": shop.Server.NetAddr.Endpoint, "write timeout": shop.Server.WriteTimeout.String(), "upstream": shop.Upstream.Endpoint,
		"upstream timeout": shop.Upstream.Timeout.String(), "upstream header": string(value),
		"routes": shop.Routes, "consumer": shop.ConsumerHeader, "preserve host": *shop.PreserveHost, "unset host": got.Gateways[1].PreserveHost == nil, "fault requests": shop.FaultRequests, "mocks": shop.Mocks,
		"upgrades":               shop.Upgrades,
		"limits":                 shop.Limits,
		"second consumer header": got.Gateways[1].ConsumerHeader, "control": got.Control.NetAddr.Endpoint, "control body": got.Control.MaxRequestBodySize, "control hosts": got.Control.AllowedHosts,
		"delegates":  string(got.Control.Delegates[0]),
		"prometheus": got.Prometheus, "opentelemetry": got.OpenTelemetry, "middleware": got.Middleware, "recorder": got.Recorder,
		"mode": got.Scenarios.DefaultMode, "max duration": got.Scenarios.MaxDuration.String(), "history days": got.Scenarios.HistoryDays, "fault header": got.Scenarios.FaultHeader,
		"preset": presets[0].Name, "preset rate": *presets[0].ErrorRate,
	}, cmp.AllowUnexported(LimitsConfig{}, mock.Definition{}, mock.Response{}, FaultRequestsConfig{}, MiddlewareConfig{}, PrometheusConfig{}, OpenTelemetryConfig{}, RecorderConfig{}, RedactConfig{}, StorageConfig{})); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestAWrongValueNamesItsKey(t *testing.T) {
	for name, key := range map[string]string{
		"no_name":              "gateways::0: name: must",
		"same_name":            "gateways::1::name: must be unique",
		"same_endpoint":        "gateways::0::server::endpoint: must differ from that of control",
		"allowed_host":         "control: allowed_hosts::1: must be a host name, *.name or an IP address, without scheme, port and path, is \"http://collector\"",
		"control_key":          "allowed_names: is not a known key",
		"control_timeout":      "read_timeout",
		"delegate_short":       "control: delegates::0: must be a bearer token of at least 16",
		"delegate_space":       "control: delegates::1: must be a bearer token",
		"allowed_port":         "prometheus: allowed_hosts::0: must be a host name",
		"allowed_all":          "control: allowed_hosts::0: must be a host name",
		"no_listener":          "gateways::0: server::endpoint: is required",
		"no_upstream":          "gateways::0: upstream::endpoint: is required",
		"upstream_scheme":      "gateways::0: upstream::endpoint: must be an http or https URL",
		"upstream_h2c_proxy":   "gateways::0: upstream::proxy_url: is not supported where endpoint is an h2c URL",
		"upstream_password":    "gateways::0: upstream::endpoint: must not contain",
		"upstream_compression": "gateways::0: upstream::compression: is not supported",
		"route":                "gateways::0: routes[0]: must",
		"fault_requests":       "gateways::0::fault_requests: max_latency: must be between 1ms and 1h, is 2h",
		"plugin_twice":         "gateways::0: plugins::1: must not be chained twice, header_stamp is",
		"plugin_id":            "'plugins[0]' in \"header stamp!\" id: invalid character",
		"upgrade":              "gateways::0: upgrades::1: must be the name of a protocol, such as foo or foo/2, is \"foo/\"",
		"upgrade_h2c":          "gateways::0: upgrades::0: must not be h2c",
		"max_connections":      "gateways::0::limits: max_connections: must be between 0 and 1000000, is -1",
		"mock_status":          "gateways::0::mocks::0: status: must be between 200 and 599, is 99",
		"buckets":              "prometheus: histogram_buckets::1: must",
		"traces_endpoint":      "opentelemetry: endpoint: must be an http or https URL",
		"traces_password":      "opentelemetry: endpoint: must not contain",
		"middleware_name":      "middleware: receivers_name: must be 1 to 63",
		"middleware_same_name": "middleware::exporters_name: must differ from receivers_name",
		"middleware_gateway":   "gateways::0::name: must be unique",
		"retry_after":          "middleware: retry_after: must be between 0 and 1h, is 2h",
		"protocol":             "opentelemetry: protocol: must be grpc or http",
		"sampling_rate":        "opentelemetry: sampling_rate: must be between 0 and 1, is 1.5",
		"storage_type":         "recorder::storage: type: must be sqlite, postgres, clickhouse or memory, is \"oracle\"",
		"dsn":                  "recorder::storage: dsn: must be a PostgreSQL connection string",
		"spool_max_mb":         "recorder::storage: spool_max_mb: must",
		"storage_connections":  "recorder::storage: max_connections: must be between 2 and 1000, is 1",
		"retention_days":       "recorder::storage: retention_days: must",
		"traffic_days":         "recorder::storage::traffic_days: 10s: must be between 1 and 3650 days, is 0",
		"traffic_days_order":   "recorder::storage::traffic_days: 1m: must be at least the 7 days of 10s, is 6",
		"sampling":             "recorder::sampling: rules[0].share: is required",
		"buffer_max_mb":        "recorder: buffer_max_mb: must be between 1",
		"buffer_size":          "recorder: buffer_size: must be between 1",
		"exclude_paths":        "recorder: exclude_paths::0: must",
		"redact_detector":      "recorder: redact.detectors[0]: must be one of bearer, basic, jwt, credit_card, email, ip, vendor_key, private_key, is \"iban\"",
		"redact_action":        "recorder: redact.hash_key: is required where an action is hash",
		"redact_hash_key":      "recorder: redact.hash_key: must have at least 16 bytes, has 7",
		"redact_actions":       "recorder: redact.actions.x-unknown: must be the name of something",
		"redact_pattern":       "recorder: redact.patterns[0]: must",
		"default_mode":         "scenarios: default_mode: must be one of healthy, degraded, error, chaos",
		"history_days":         "scenarios: history_days: must be between 90 and 36500, is 89",
		"max_duration":         "scenarios: max_duration: must not be negative",
		"preset_rate":          "scenarios: presets.rough.error_rate: must be between 0 and 1, is 1.5",
		"preset_field":         "scenarios: presets.rough.eror_rate",
		"preset_type":          "scenarios: presets.rough.error_rate: must be a number",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, name)
			if err == nil || !strings.Contains(err.Error(), key) {
				t.Errorf("error is %v, want it to say %q", err, key)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}
