package mockforgeextension

import (
	"errors"

	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/confmap"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxReplayTargets is how many targets a gateway may have.
const maxReplayTargets = 50

// ReplayTargetConfig is a place besides the upstream of a gateway where its recordings may be replayed.
type ReplayTargetConfig struct {
	// Name is what a replay calls it. Required, unique within the gateway.
	Name string `mapstructure:"name"`
	// ClientConfig leads there; endpoint is a URL as that of the upstream. Nothing is taken from the upstream, so that its
	// credentials do not reach other hosts.
	confighttp.ClientConfig `mapstructure:",squash"`
	// PreserveHost sends the Host header that was recorded; false has the target see its own host. Absent: as the endpoint
	// suggests, see hostOf.
	PreserveHost *bool `mapstructure:"preserve_host"`

	// prevent unkeyed literal initialization
	_ struct{}
}

var _ confmap.Unmarshaler = (*ReplayTargetConfig)(nil)

// Unmarshal gives a list element its defaults before the configuration is read into it.
func (t *ReplayTargetConfig) Unmarshal(conf *confmap.Conf) error {
	*t = ReplayTargetConfig{ClientConfig: confighttp.NewDefaultClientConfig()}
	return conf.Unmarshal(t)
}

// Validate names the key that is wrong.
func (t *ReplayTargetConfig) Validate() error {
	var errs []error
	if !gatewayName.MatchString(t.Name) {
		errs = append(errs, validation.Errorf("name", "must be 1 to 63 letters, digits, dots, dashes or underscores, is %q", t.Name))
	}
	return errors.Join(append(errs, validateClient("", &t.ClientConfig))...)
}

func validateReplayTargets(targets []ReplayTargetConfig) error {
	if len(targets) > maxReplayTargets {
		return validation.Errorf("replay_targets", "must be at most %d, are %d", maxReplayTargets, len(targets))
	}
	names := map[string]bool{}
	for i, t := range targets {
		if t.Name != "" && names[t.Name] {
			return validation.Errorf(index("replay_targets", i)+"::name", "must be unique, %q is there twice", t.Name)
		}
		names[t.Name] = true
	}
	return nil
}
