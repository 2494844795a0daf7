package mockforgeextension

import (
	"errors"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// defaultMaxHeaderBytes is more than servers of APIs usually accept.
const defaultMaxHeaderBytes = 64 << 10

// defaultMaxMessageBytes is more than servers and clients of WebSockets and gRPC usually accept.
const defaultMaxMessageBytes = 100 << 20

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
	// MaxMessageBytes is how large a message of a WebSocket or a gRPC call may be, in either direction and as it is sent,
	// 100 MiB by default; 0 is any size. A WebSocket with a larger one is closed with 1009, a call ends with
	// RESOURCE_EXHAUSTED.
	MaxMessageBytes int `mapstructure:"max_message_bytes"`

	// prevent unkeyed literal initialization
	_ struct{}
}

func defaultLimits() LimitsConfig {
	return LimitsConfig{
		MaxConnections: 10_000, MaxHeaderBytes: defaultMaxHeaderBytes, MaxStreams: 250, MaxMessageBytes: defaultMaxMessageBytes,
	}
}

func (c LimitsConfig) limits() gateway.Limits {
	return gateway.Limits{
		MaxConnections: c.MaxConnections, MaxHeaderBytes: c.MaxHeaderBytes, MaxStreams: c.MaxStreams, MaxMessageBytes: c.MaxMessageBytes,
	}
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
		{"max_message_bytes", c.MaxMessageBytes, 0, 1 << 30},
	} {
		if limit.value < limit.least || limit.value > limit.most {
			errs = append(errs, validation.Errorf(limit.key, "must be between %d and %d, is %d", limit.least, limit.most, limit.value))
		}
	}
	return errors.Join(errs...)
}
