package mockforgeextension

import (
	"errors"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// FaultRequestsConfig reports whether callers of a gateway may ask for faults on their own requests, by the header
// X-MockForge-Fault or the baggage member mockforge.fault, and up to what.
type FaultRequestsConfig struct {
	// Enabled is off by default: whoever reaches the gateway may then ask.
	Enabled bool `mapstructure:"enabled"`
	// MaxLatency bounds latency and drip, 10s by default; MaxTimeout timeouts, 1m by default. What asks for more is
	// answered with 400.
	MaxLatency time.Duration `mapstructure:"max_latency"`
	MaxTimeout time.Duration `mapstructure:"max_timeout"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// maxRequestedWait bounds what can be configured.
const maxRequestedWait = time.Hour

// Validate names the key that is wrong.
func (f *FaultRequestsConfig) Validate() error {
	check := func(key string, d time.Duration) error {
		if d < time.Millisecond || d > maxRequestedWait {
			return validation.Errorf(key, "must be between 1ms and 1h, is %v", d)
		}
		return nil
	}
	return errors.Join(check("max_latency", f.MaxLatency), check("max_timeout", f.MaxTimeout))
}

// limits returns the limits of what may be asked for, nil where nothing may.
func (f *FaultRequestsConfig) limits() *scenario.Limits {
	if !f.Enabled {
		return nil
	}
	return &scenario.Limits{MaxLatencyMS: int(f.MaxLatency.Milliseconds()), MaxTimeoutMS: int(f.MaxTimeout.Milliseconds())}
}
