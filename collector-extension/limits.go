package mockforgeextension

import (
	"errors"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// defaultMaxHeaderBytes is more than servers of APIs usually accept.
const defaultMaxHeaderBytes = 64 << 10

// LimitsConfig bounds what the clients of a gateway can make it hold, besides what server bounds: the size of bodies
// (max_request_body_size, none by default), the time for headers (read_header_timeout, 1m) and between requests
// (keepalive::idle_timeout, 1m).
type LimitsConfig struct {
	// MaxConnections is how many connections can be open, WebSockets among them, 10000 by default; 0 is any number. Those
	// above are closed at once, and counted.
	MaxConnections int `mapstructure:"max_connections"`
	// MaxHeaderBytes bounds the request line and the headers of a request, 64 KiB by default. Larger ones are answered
	// with 431.
	MaxHeaderBytes int `mapstructure:"max_header_bytes"`
	// MaxStreams is how many requests a connection of HTTP/2 may have at once, 250 by default.
	MaxStreams int `mapstructure:"max_streams"`

	// prevent unkeyed literal initialization
	_ struct{}
}

func defaultLimits() LimitsConfig {
	return LimitsConfig{MaxConnections: 10_000, MaxHeaderBytes: defaultMaxHeaderBytes, MaxStreams: 250}
}

func (c LimitsConfig) limits() gateway.Limits {
	return gateway.Limits{MaxConnections: c.MaxConnections, MaxHeaderBytes: c.MaxHeaderBytes, MaxStreams: c.MaxStreams}
}

// Validate names the key that is wrong.
func (c *LimitsConfig) Validate() error {
	var errs []error
	for _, limit := range []struct {
		key                string
		value, least, most int
	}{
		{"max_connections", c.MaxConnections, 0, 1_000_000},
		{"max_header_bytes", c.MaxHeaderBytes, 4 << 10, 16 << 20},
		{"max_streams", c.MaxStreams, 1, 10_000},
	} {
		if limit.value < limit.least || limit.value > limit.most {
			errs = append(errs, validation.Errorf(limit.key, "must be between %d and %d, is %d", limit.least, limit.most, limit.value))
		}
	}
	return errors.Join(errs...)
}
