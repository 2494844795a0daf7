package mockforgeextension

import (
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/confmap"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/mock"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// Config is the configuration of the extension.
type Config struct {
	// Gateways are the listeners and their upstreams. None is allowed: the control API still works then.
	Gateways []GatewayConfig `mapstructure:"gateways"`
	// Control is the endpoint of the control API, 127.0.0.1:4600 by default. Empty turns it off.
	Control       ControlConfig       `mapstructure:"control"`
	Prometheus    PrometheusConfig    `mapstructure:"prometheus"`
	OpenTelemetry OpenTelemetryConfig `mapstructure:"opentelemetry"`
	Recorder      RecorderConfig      `mapstructure:"recorder"`
	Scenarios     ScenariosConfig     `mapstructure:"scenarios"`
	Middleware    MiddlewareConfig    `mapstructure:"middleware"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// GatewayConfig is one listener with its upstream.
type GatewayConfig struct {
	// Name is how the gateway is called in metrics, recordings and rules. Required, unique.
	Name string `mapstructure:"name"`
	// Server is the listener. Its defaults differ from those of receivers so that streams pass and bodies stay as
	// they are: no write timeout, no decompression, no limit on the size of bodies.
	Server confighttp.ServerConfig `mapstructure:"server"`
	// Upstream is where to forward to; endpoint is an http or https URL, or one of h2c where the upstream speaks nothing but HTTP/2
	// without TLS. timeout bounds the wait for response headers. It
	// may be absent where there are mocks: what none matches is answered with 404.
	Upstream confighttp.ClientConfig `mapstructure:"upstream"`
	// Routes are path templates such as /users/{id}; paths that match none get a learned template.
	Routes []string `mapstructure:"routes"`
	// ReplayTargets are where recordings may be replayed besides the upstream.
	ReplayTargets []ReplayTargetConfig `mapstructure:"replay_targets"`
	// Mocks are stub answers, matched in order before anything is forwarded.
	Mocks []mock.Definition `mapstructure:"mocks"`
	// Plugins are other extensions of the Collector that are HTTP middlewares. They run for each exchange, in order, once
	// faults were injected and before it is forwarded, and are counted, timed and traced.
	Plugins []component.ID `mapstructure:"plugins"`
	// ConsumerHeader names the request header that identifies the client, X-Consumer by default. Where it is
	// absent from a request, the consumer is the user agent and the address.
	ConsumerHeader string `mapstructure:"consumer_header"`
	// PreserveHost forwards the Host header as the client sent it; false has the upstream see its own host, and the client's in
	// X-Forwarded-Host only. Absent: as the upstream suggests, see hostOf.
	PreserveHost *bool `mapstructure:"preserve_host"`
	// Upgrades are the protocols besides WebSocket that connections may be upgraded to, as foo or foo/2; requests that ask for
	// others are forwarded without that. What upgraded connections bring is neither harmed nor recorded.
	Upgrades []string `mapstructure:"upgrades"`
	// Limits bound what clients can make the gateway hold.
	Limits LimitsConfig `mapstructure:"limits"`
	// FaultRequests lets callers ask for faults on their own requests.
	FaultRequests FaultRequestsConfig `mapstructure:"fault_requests"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// PrometheusConfig is the endpoint at which metrics are scraped.
type PrometheusConfig struct {
	Enabled  bool   `mapstructure:"enabled"`
	Endpoint string `mapstructure:"endpoint"`
	Path     string `mapstructure:"path"`
	// AllowedHosts are as those of control.
	AllowedHosts []string `mapstructure:"allowed_hosts"`
	// HistogramBuckets are the upper bounds of latency buckets in seconds, ascending.
	HistogramBuckets []float64 `mapstructure:"histogram_buckets"`
	// NativeHistograms adds native (sparse) histograms for scrapers that ask for them.
	NativeHistograms bool `mapstructure:"native_histograms"`
	// CollectPluginStats counts and times the middlewares of gateways.
	CollectPluginStats bool `mapstructure:"collect_plugin_stats"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// OpenTelemetryConfig is where the spans of exchanges go.
type OpenTelemetryConfig struct {
	Enabled bool `mapstructure:"enabled"`
	// Endpoint is the http or https URL of an OTLP endpoint; empty uses the Collector's own telemetry.
	Endpoint string `mapstructure:"endpoint"`
	// Protocol is grpc or http.
	Protocol string `mapstructure:"protocol"`
	// SamplingRate is the share of new traces that are kept, 0 to 1. The decision of a caller stands.
	SamplingRate float64 `mapstructure:"sampling_rate"`
	// ExportIntervalMS is how long spans wait for others at most before they are sent to Endpoint.
	ExportIntervalMS int `mapstructure:"export_interval_ms"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// RecorderConfig is the flight recorder.
type RecorderConfig struct {
	Enabled bool          `mapstructure:"enabled"`
	Storage StorageConfig `mapstructure:"storage"`
	// BufferMaxMB bounds the recordings held in memory while they wait to be written, in MiB of all that they hold, and BufferSize
	// their number. More go to the spool; where there is none they are dropped and counted.
	BufferMaxMB int `mapstructure:"buffer_max_mb"`
	BufferSize  int `mapstructure:"buffer_size"`
	// ExcludePaths are not recorded: paths or patterns, whose wildcards may stand anywhere.
	ExcludePaths []string `mapstructure:"exclude_paths"`
	// Sampling is which exchanges are recorded.
	Sampling recorder.Sampling `mapstructure:"sampling"`
	// MaxBodySizeKB is how much is kept of the contents of an exchange, in KiB: of both bodies and of all messages together,
	// decompressed.
	MaxBodySizeKB int `mapstructure:"max_body_size_kb"`
	// Redact is what is replaced before a recording leaves memory.
	Redact RedactConfig `mapstructure:"redact"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// StorageConfig is what holds the scenario and the recordings.
type StorageConfig struct {
	// Type is sqlite, a file for this collector alone; postgres, a database for any number of them; clickhouse, where recordings and
	// traffic are in a ClickHouse and the rest is in the PostgreSQL of dsn; or memory, which forgets the scenario
	// with the process and stores no recordings. Where it is not set, it is postgres with a dsn and sqlite without.
	Type string `mapstructure:"type"`
	// DSN is a PostgreSQL connection string; for postgres, which is as memory without one, and for clickhouse, which requires it.
	DSN configopaque.String `mapstructure:"dsn"`
	// Path is the file, whose directory must be there; for sqlite. Where it is not set, the file is mockforge.db in the state directory
	// of the collector, see stateDirectories; where that cannot be used, storage is as with memory, and the log says so.
	Path string `mapstructure:"path"`
	// Endpoint is the URL of the HTTP interface of a ClickHouse, or of several servers of one with commas between; for clickhouse, which
	// requires it. Database is mockforge by default; Cluster names one of the servers' own, over whose shards recordings are spread.
	Endpoint string `mapstructure:"endpoint"`
	Database string `mapstructure:"database"`
	Cluster  string `mapstructure:"cluster"`
	// User and Password are those of ClickHouse.
	User     string              `mapstructure:"user"`
	Password configopaque.String `mapstructure:"password"`
	// MaxConnections is how many connections to the database this collector has at most, the one that listens for changes among
	// them: 4 by default, 2 at least; for postgres. It has two while there is little to do.
	MaxConnections int `mapstructure:"max_connections"`
	// RetentionDays is how many days recordings are kept; of collectors that share a database, the longest counts.
	RetentionDays int `mapstructure:"retention_days"`
	// TrafficDays is how many days the figures of traffic are kept, by the length of the intervals into which they are added up: 1s,
	// 10s, 1m and 1h. Of collectors that share a database, the longest counts.
	TrafficDays traffic.Days `mapstructure:"traffic_days"`
	// SpoolDirectory holds recordings while the database is away, also when the Collector stops meanwhile, and a stop of
	// faults that the others are not told of yet. It is for one collector alone. Empty does without: recordings then wait in
	// memory, as many as buffer_size, and a restart forgets the stop. A file needs none, and has one while its disk is full.
	SpoolDirectory string `mapstructure:"spool_directory"`
	// SpoolMaxMB is how large the spool may grow, in MiB; then the oldest recordings in it make room.
	SpoolMaxMB int `mapstructure:"spool_max_mb"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// ScenariosConfig is the engine that injects faults.
type ScenariosConfig struct {
	// Enabled false forwards everything unharmed, whatever the scenario.
	Enabled bool `mapstructure:"enabled"`
	// DefaultMode is in force where no scenario was ever set, or can be read.
	DefaultMode string `mapstructure:"default_mode"`
	// MaxDuration bounds how long a scenario other than healthy can last; 0 is without bounds.
	MaxDuration time.Duration `mapstructure:"max_duration"`
	// FaultHeader adds X-MockForge-Fault to the answers that were harmed.
	FaultHeader bool `mapstructure:"fault_header"`
	// HistoryDays is how many days changes of the scenario are kept, 730 by default and 90 at least; of collectors that share a
	// database, the longest counts.
	HistoryDays int `mapstructure:"history_days"`
	// Presets by name; each has the fields of PUT /scenarios/mode, and description, latency, rules, seed.
	Presets map[string]map[string]any `mapstructure:"presets"`

	// prevent unkeyed literal initialization
	_ struct{}
}

var (
	_ component.Config    = (*Config)(nil)
	_ confmap.Unmarshaler = (*GatewayConfig)(nil)
)

// Unmarshal gives a list element its defaults before the configuration is read into it.
func (g *GatewayConfig) Unmarshal(conf *confmap.Conf) error {
	*g = defaultGateway()
	return conf.Unmarshal(g)
}
