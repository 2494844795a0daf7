package mockforgeextension

import (
	"errors"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxUpgrades is how many protocols a gateway may let through.
const maxUpgrades = 50

// validateUpgrades holds protocols to RFC 9110 section 7.8: a name, and a version or none, both tokens.
func validateUpgrades(protocols []string) error {
	if len(protocols) > maxUpgrades {
		return validation.Errorf("upgrades", "must be at most %d, are %d", maxUpgrades, len(protocols))
	}
	var errs []error
	for i, protocol := range protocols {
		name, version, versioned := strings.Cut(protocol, "/")
		switch {
		case !httpguts.ValidHeaderFieldName(name) || versioned && !httpguts.ValidHeaderFieldName(version):
			errs = append(errs, validation.Errorf(index("upgrades", i), "must be the name of a protocol, such as foo or foo/2, is %q", protocol))
		case strings.EqualFold(name, "h2c"), strings.EqualFold(protocol, "HTTP/2.0"), strings.EqualFold(protocol, "HTTP/2"):
			errs = append(errs, validation.Errorf(index("upgrades", i), "must not be %s: requests would pass unseen; gateways speak HTTP/2 with prior knowledge", protocol))
		}
	}
	return errors.Join(errs...)
}
