// Package headerstampextension is the smallest useful HTTP middleware of a Collector: it sets headers. It is a sample for
// those who write plugins of gateways, and works as a middleware of receivers just as well.
package headerstampextension

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"golang.org/x/net/http/httpguts"
)

// Config is what is set on each exchange.
type Config struct {
	// Request headers replace those of the same name, and Response headers stand beside those of the upstream.
	Request  map[string]string `mapstructure:"request"`
	Response map[string]string `mapstructure:"response"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// Validate names the key that is wrong.
func (c *Config) Validate() error {
	var errs []error
	for key, headers := range map[string]map[string]string{"request": c.Request, "response": c.Response} {
		for name, value := range headers {
			if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
				errs = append(errs, fmt.Errorf("%s::%s: is not a valid header (RFC 9110 section 5.5)", key, name))
			}
		}
	}
	return errors.Join(errs...)
}

// NewFactory makes the factory of the extension.
func NewFactory() extension.Factory {
	return extension.NewFactory(component.MustNewType("header_stamp"),
		func() component.Config { return &Config{} },
		func(_ context.Context, _ extension.Settings, cfg component.Config) (extension.Extension, error) {
			return &headerStamp{config: cfg.(*Config)}, nil
		}, component.StabilityLevelDevelopment)
}

type headerStamp struct {
	component.StartFunc
	component.ShutdownFunc
	config *Config
}

var _ extensionmiddleware.HTTPServer = (*headerStamp)(nil)

// GetHTTPHandler wraps the handler of a server. The writer is passed on as it is, so that streams and upgrades work.
func (h *headerStamp) GetHTTPHandler(context.Context) (extensionmiddleware.WrapHTTPHandlerFunc, error) {
	return func(_ context.Context, next http.Handler) (http.Handler, error) {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for name, value := range h.config.Request {
				r.Header.Set(name, value)
			}
			for name, value := range h.config.Response {
				w.Header().Set(name, value)
			}
			next.ServeHTTP(w, r)
		}), nil
	}, nil
}
