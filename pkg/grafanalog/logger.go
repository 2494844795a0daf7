// Package grafanalog gives domain packages their *slog.Logger over the logger of Grafana's SDK.
package grafanalog

import (
	"context"
	"log/slog"

	"github.com/grafana/grafana-plugin-sdk-go/backend/log"
)

// New logs through sdk, which writes to Grafana's log and adds what it knows of the call (plugin, endpoint, trace).
func New(sdk log.Logger) *slog.Logger { return slog.New(&logHandler{sdk: sdk}) }

type logHandler struct {
	sdk    log.Logger
	prefix string
}

// Enabled reports true for any level: Grafana filters by plugin.
func (h *logHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *logHandler) Handle(ctx context.Context, record slog.Record) error {
	args := make([]any, 0, 2*record.NumAttrs())
	record.Attrs(func(attr slog.Attr) bool {
		args = appendAttr(args, h.prefix, attr)
		return true
	})
	sdk := h.sdk
	if ctx != nil {
		sdk = sdk.FromContext(ctx)
	}
	switch {
	case record.Level >= slog.LevelError:
		sdk.Error(record.Message, args...)
	case record.Level >= slog.LevelWarn:
		sdk.Warn(record.Message, args...)
	case record.Level >= slog.LevelInfo:
		sdk.Info(record.Message, args...)
	default:
		sdk.Debug(record.Message, args...)
	}
	return nil
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var args []any
	for _, attr := range attrs {
		args = appendAttr(args, h.prefix, attr)
	}
	return &logHandler{sdk: h.sdk.With(args...), prefix: h.prefix}
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &logHandler{sdk: h.sdk, prefix: h.prefix + name + "."}
}

// appendAttr flattens groups to dotted keys, since the SDK's logger has none.
func appendAttr(args []any, prefix string, attr slog.Attr) []any {
	value := attr.Value.Resolve()
	if value.Kind() != slog.KindGroup {
		if attr.Key == "" {
			return args
		}
		return append(args, prefix+attr.Key, value.Any())
	}
	if attr.Key != "" {
		prefix += attr.Key + "."
	}
	for _, inner := range value.Group() {
		args = appendAttr(args, prefix, inner)
	}
	return args
}
