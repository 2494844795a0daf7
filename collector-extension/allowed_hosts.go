package mockforgeextension

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/confmap"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/hosts"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// ControlConfig is the endpoint of the control API.
type ControlConfig struct {
	confighttp.ServerConfig `mapstructure:",squash"`
	// AllowedHosts are the hosts that requests may name besides loopback ones, that of the endpoint, and the address that a
	// connection has come in by: names, *.name for all below it, or addresses. Others are answered with 421.
	AllowedHosts []string `mapstructure:"allowed_hosts"`
	// Delegates are bearer tokens whose bearers may ask for others, such as Grafana for its users, by the headers of
	// api.OnBehalfOf. They say for whom a request is, not who may send any: that is the matter of auth.
	Delegates []configopaque.String `mapstructure:"delegates"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// Unmarshal reads the keys of both parts: the server has an Unmarshal of its own, which would else stand for all. It takes
// keys that it does not know for those of another part, so that they are refused here.
func (c *ControlConfig) Unmarshal(conf *confmap.Conf) error {
	known := keysIn(reflect.TypeFor[ControlConfig]())
	for _, key := range slices.Sorted(maps.Keys(conf.ToStringMap())) {
		if !slices.Contains(known, key) {
			return validation.Errorf(key, "is not a known key")
		}
	}
	return conf.Unmarshal(c)
}

// keysIn returns the keys of a struct, with those of structs whose keys stand beside its own.
func keysIn(t reflect.Type) []string {
	var keys []string
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("mapstructure"), ",")
		if options == "squash" {
			keys = append(keys, keysIn(field.Type)...)
		} else if name != "" && name != "-" {
			keys = append(keys, name)
		}
	}
	return keys
}

// Validate names the key that is wrong.
func (c *ControlConfig) Validate() error {
	errs := []error{validateHosts(c.AllowedHosts)}
	for i, token := range c.Delegates {
		if len(token) < minDelegate || strings.ContainsFunc(string(token), func(r rune) bool { return r <= ' ' || r > '~' }) {
			errs = append(errs, validation.Errorf(index("delegates", i), "must be a bearer token of at least %d printable characters without spaces", minDelegate))
		}
	}
	return errors.Join(errs...)
}

// minDelegate is the least length of a token, in bytes: what is shorter can be guessed.
const minDelegate = 16

func validateHosts(allowed []string) error {
	var errs []error
	for i, host := range allowed {
		errs = append(errs, validation.In(index("allowed_hosts", i), hosts.Validate(host)))
	}
	return errors.Join(errs...)
}
