package grafanalog

import (
	"context"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"
)

// lines is a logger of the SDK that keeps what it gets.
type lines struct {
	log.Logger
	with []any
	all  *[][]any
}

func (l lines) add(level, message string, args []any) {
	*l.all = append(*l.all, append(append([]any{level, message}, l.with...), args...))
}

func (l lines) Debug(message string, args ...any)      { l.add("debug", message, args) }
func (l lines) Info(message string, args ...any)       { l.add("info", message, args) }
func (l lines) Warn(message string, args ...any)       { l.add("warn", message, args) }
func (l lines) Error(message string, args ...any)      { l.add("error", message, args) }
func (l lines) FromContext(context.Context) log.Logger { return l }
func (l lines) With(args ...any) log.Logger {
	return lines{with: append(append([]any{}, l.with...), args...), all: l.all}
}

func TestDomainLogsReachGrafanaWithLevelsAndGroups(t *testing.T) {
	var got [][]any
	logger := New(lines{all: &got})
	logger.Debug("one")
	logger.With("a", 1).WithGroup("g").Info("two", "b", 2)
	logger.Warn("three", slog.Group("g", slog.Group("h", "c", 3)), slog.Group("empty"))
	logger.WithGroup("g").With("d", 4).Error("four")
	want := [][]any{
		{"debug", "one"},
		{"info", "two", "a", int64(1), "g.b", int64(2)},
		{"warn", "three", "g.h.c", int64(3)},
		{"error", "four", "g.d", int64(4)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
