package mockforgeextension

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/mock"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Validate checks what concerns more than one part of the configuration.
func (c *Config) Validate() error {
	var errs []error
	if c.Middleware.ReceiversName == c.Middleware.ExportersName {
		errs = append(errs, validation.Errorf("middleware::exporters_name", "must differ from receivers_name"))
	}
	names := map[string]bool{c.Middleware.ReceiversName: true, c.Middleware.ExportersName: true}
	listeners := map[string]string{}
	if c.Control.NetAddr.Endpoint != "" {
		listeners[c.Control.NetAddr.Endpoint] = "control"
	}
	if c.Prometheus.Enabled {
		errs = append(errs, taken(listeners, c.Prometheus.Endpoint, "prometheus::endpoint"))
	}
	for i, g := range c.Gateways {
		if g.Name != "" && names[g.Name] {
			errs = append(errs, validation.Errorf(index("gateways", i)+"::name", "must be unique, %q is there twice", g.Name))
		}
		names[g.Name] = true
		errs = append(errs, taken(listeners, g.Server.NetAddr.Endpoint, index("gateways", i)+"::server::endpoint"))
	}
	return errors.Join(errs...)
}

// taken refuses an endpoint that another key has already, unless its port is 0 (any free one).
func taken(listeners map[string]string, endpoint, key string) error {
	if other, ok := listeners[endpoint]; ok && endpoint != "" && !strings.HasSuffix(endpoint, ":0") {
		return validation.Errorf(key, "must differ from that of %s, both are %s", other, endpoint)
	}
	listeners[endpoint] = key
	return nil
}

var gatewayName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$`)

// Validate names the key that is wrong.
func (g *GatewayConfig) Validate() error {
	var errs []error
	if !gatewayName.MatchString(g.Name) {
		errs = append(errs, validation.Errorf("name", "must be 1 to 63 letters, digits, dots, dashes or underscores, is %q", g.Name))
	}
	if g.Server.NetAddr.Endpoint == "" {
		errs = append(errs, validation.Errorf("server::endpoint", "is required"))
	}
	if g.Upstream.Endpoint != "" || len(g.Mocks) == 0 {
		errs = append(errs, validateClient("upstream::", &g.Upstream))
	}
	if _, err := analysis.NewLearner(analysis.LearnerOptions{Routes: g.Routes}); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, validateUpgrades(g.Upgrades), validatePlugins(g.Plugins), validateReplayTargets(g.ReplayTargets))
	names := map[string]bool{}
	if len(g.Mocks) > mock.MaxMocks {
		errs = append(errs, validation.Errorf("mocks", "must be at most %d, are %d", mock.MaxMocks, len(g.Mocks)))
	}
	for i, m := range g.Mocks {
		if m.Name != "" && names[m.Name] {
			errs = append(errs, validation.Errorf(index("mocks", i)+"::name", "must be unique, %q is there twice", m.Name))
		}
		names[m.Name] = true
	}
	errs = append(errs, validateConsumerHeader(g.ConsumerHeader))
	return errors.Join(errs...)
}

func validateConsumerHeader(name string) error {
	if strings.ContainsAny(name, " \t\r\n:") {
		return validation.Errorf("consumer_header", "must be the name of a header, is %q", name)
	}
	return nil
}

// validateClient checks what leads to an upstream, or to another place that gets its requests; prefix is before its keys.
func validateClient(prefix string, u *confighttp.ClientConfig) error {
	var errs []error
	target, err := url.Parse(u.Endpoint)
	switch {
	case u.Endpoint == "":
		errs = append(errs, validation.Errorf(prefix+"endpoint", "is required"))
	case err != nil:
		errs = append(errs, validation.Errorf(prefix+"endpoint", "must be a URL: %v", err))
	case target.Scheme != "http" && target.Scheme != "https" && target.Scheme != "h2c", target.Host == "":
		errs = append(errs, validation.Errorf(prefix+"endpoint", "must be an http or https URL, or one of h2c for HTTP/2 without TLS, is %q", target.Redacted()))
	case target.User != nil:
		errs = append(errs, validation.Errorf(prefix+"endpoint", "must not contain a user or password, use auth"))
	}
	if u.ProxyURL != "" && target != nil && target.Scheme == "h2c" {
		errs = append(errs, validation.Errorf(prefix+"proxy_url", "is not supported where endpoint is an h2c URL: proxies speak HTTP/1.1"))
	}
	if u.Compression.IsCompressed() {
		errs = append(errs, validation.Errorf(prefix+"compression", "is not supported: bodies are passed on as they are"))
	}
	if u.Cookies.HasValue() {
		errs = append(errs, validation.Errorf(prefix+"cookies", "is not supported: cookies are passed on as they are"))
	}
	if u.Timeout < 0 {
		errs = append(errs, validation.Errorf(prefix+"timeout", "must not be negative, is %v", u.Timeout))
	}
	return errors.Join(errs...)
}

// Validate names the key that is wrong.
func (p *PrometheusConfig) Validate() error {
	if !p.Enabled {
		return nil
	}
	var errs []error
	if p.Endpoint == "" {
		errs = append(errs, validation.Errorf("endpoint", "is required"))
	}
	errs = append(errs, validateHosts(p.AllowedHosts))
	if !strings.HasPrefix(p.Path, "/") {
		errs = append(errs, validation.Errorf("path", "must begin with /, is %q", p.Path))
	}
	for i, bound := range p.HistogramBuckets {
		if bound <= 0 || i > 0 && bound <= p.HistogramBuckets[i-1] {
			errs = append(errs, validation.Errorf(index("histogram_buckets", i), "must be above 0 and above the one before, is %v", bound))
		}
	}
	if len(p.HistogramBuckets) > 50 {
		errs = append(errs, validation.Errorf("histogram_buckets", "must be at most 50, are %d", len(p.HistogramBuckets)))
	}
	return errors.Join(errs...)
}

// Validate names the key that is wrong.
func (o *OpenTelemetryConfig) Validate() error {
	errs := []error{validateTracesEndpoint(o.Endpoint)}
	if o.Protocol != "grpc" && o.Protocol != "http" {
		errs = append(errs, validation.Errorf("protocol", "must be grpc or http, is %q", o.Protocol))
	}
	if !(o.SamplingRate >= 0 && o.SamplingRate <= 1) {
		errs = append(errs, validation.Errorf("sampling_rate", "must be between 0 and 1, is %v", o.SamplingRate))
	}
	if o.ExportIntervalMS <= 0 {
		errs = append(errs, validation.Errorf("export_interval_ms", "must be above 0, is %d", o.ExportIntervalMS))
	}
	return errors.Join(errs...)
}

// Validate names the key that is wrong.
func (r *RecorderConfig) Validate() error {
	var errs []error
	if r.BufferSize < 1 || r.BufferSize > 1_000_000 {
		errs = append(errs, validation.Errorf("buffer_size", "must be between 1 and 1000000, is %d", r.BufferSize))
	}
	if r.BufferMaxMB < 1 || r.BufferMaxMB > 65_536 {
		errs = append(errs, validation.Errorf("buffer_max_mb", "must be between 1 and 65536, is %d", r.BufferMaxMB))
	}
	if r.MaxBodySizeKB < 0 || r.MaxBodySizeKB > 65_536 {
		errs = append(errs, validation.Errorf("max_body_size_kb", "must be between 0 and 65536, is %d", r.MaxBodySizeKB))
	}
	for i, pattern := range r.ExcludePaths {
		if err := recorder.ValidateExclusion(pattern); err != nil {
			errs = append(errs, validation.In(index("exclude_paths", i), err))
		}
	}
	if _, err := recording.NewRedactor(r.Redact.redaction(r.MaxBodySizeKB)); err != nil {
		errs = append(errs, validation.In("redact", err))
	}
	return errors.Join(errs...)
}

// Validate names the key that is wrong.
func (s *ScenariosConfig) Validate() error {
	var errs []error
	if !slices.Contains(scenario.Modes(), scenario.Mode(s.DefaultMode)) {
		errs = append(errs, validation.Errorf("default_mode", "must be one of healthy, degraded, error, chaos, is %q", s.DefaultMode))
	}
	if s.MaxDuration < 0 {
		errs = append(errs, validation.Errorf("max_duration", "must not be negative, is %v", s.MaxDuration))
	}
	if s.HistoryDays < 90 || s.HistoryDays > 36_500 {
		errs = append(errs, validation.Errorf("history_days", "must be between 90 and 36500, is %d", s.HistoryDays))
	}
	if _, err := s.presets(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
