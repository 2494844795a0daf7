package mockforgeextension

import (
	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// RedactConfig says what is replaced before a recording leaves memory. Its names are besides those of
// recording.DefaultRedaction; keep takes names away.
type RedactConfig struct {
	recording.Redaction `mapstructure:",squash"`
	// HashKey is the key of the action hash, at least 16 bytes. All collectors need the same one, where equal values are
	// to stay equal.
	HashKey configopaque.String `mapstructure:"hash_key"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// redaction returns c with the key and the limits of the recorder, of which bodies keep maxBodyKB KiB.
func (c *RedactConfig) redaction(maxBodyKB int) recording.Redaction {
	redaction := c.WithDefaults()
	redaction.HashKey, redaction.MaxDecodedBytes = string(c.HashKey), maxBodyKB<<10
	return redaction
}
