package mockforgereceiver

import (
	"errors"
	"strconv"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configretry"
	"golang.org/x/net/http/httpguts"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Config is the configuration of the receiver.
type Config struct {
	// Extension is the extension whose recordings are received, mockforge by default. It must be in service::extensions.
	Extension component.ID `mapstructure:"extension"`
	// IncludeBodies adds bodies and messages to log records, up to MaxBodySizeKB of each body and of all messages of an exchange together,
	// in KiB. Without it there are their sizes.
	IncludeBodies bool `mapstructure:"include_bodies"`
	MaxBodySizeKB int  `mapstructure:"max_body_size_kb"`
	// IncludeQuery adds the query of the URL.
	IncludeQuery bool `mapstructure:"include_query"`
	// RequestHeaders and ResponseHeaders are the headers, or the gRPC metadata, that are added.
	RequestHeaders  []string `mapstructure:"request_headers"`
	ResponseHeaders []string `mapstructure:"response_headers"`
	// IncludeExporters adds what the extension records as a middleware of exporters. One that has it behind this receiver would have each of
	// its requests recorded, received and sent again, for ever.
	IncludeExporters bool `mapstructure:"include_exporters"`
	// BufferSize is how many recordings wait for the pipeline at most, BufferMaxMB how much they hold, in MiB. More are dropped and counted.
	BufferSize  int `mapstructure:"buffer_size"`
	BufferMaxMB int `mapstructure:"buffer_max_mb"`
	// RetryOnFailure is how often recordings are given to a pipeline that refuses them for now.
	RetryOnFailure configretry.BackOffConfig `mapstructure:"retry_on_failure"`

	// prevent unkeyed literal initialization
	_ struct{}
}

const (
	// maxBodyKB is the largest body that can be recorded, in KiB.
	maxBodyKB = 64 << 10
	// maxHeaders bounds how many headers are looked for in each recording.
	maxHeaders = 100
)

// Validate names the key that is wrong.
func (c *Config) Validate() error {
	var errs []error
	within := func(key string, value, least, most int) {
		if value < least || value > most {
			errs = append(errs, validation.Errorf(key, "must be between %d and %d, is %d", least, most, value))
		}
	}
	if c.Extension.Type() != componentType {
		errs = append(errs, validation.Errorf("extension", "must be the name of an extension of type mockforge, such as mockforge or mockforge/shop, is %q", c.Extension))
	}
	within("max_body_size_kb", c.MaxBodySizeKB, 1, maxBodyKB)
	within("buffer_size", c.BufferSize, 1, 10_000_000)
	within("buffer_max_mb", c.BufferMaxMB, 1, 1<<20)
	for key, names := range map[string][]string{"request_headers": c.RequestHeaders, "response_headers": c.ResponseHeaders} {
		within(key, len(names), 0, maxHeaders)
		for i, name := range names {
			if !httpguts.ValidHeaderFieldName(name) {
				errs = append(errs, validation.Errorf(key+"["+strconv.Itoa(i)+"]", "must be the name of a header (RFC 9110 section 5.1), is %q", name))
			}
		}
	}
	return errors.Join(errs...)
}
