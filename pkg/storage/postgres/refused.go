package postgres

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/retry"
)

const (
	// refusedFirst and refusedMost are between attempts to connect to a server that has no connection left.
	refusedFirst = 250 * time.Millisecond
	refusedMost  = 5 * time.Second
	// refusedQuiet is for how long what was said of refusals is not said again.
	refusedQuiet = time.Minute
)

// refusals keep a process from asking a server again and again that has no connection left for it, and say so once.
type refusals struct {
	logger *slog.Logger

	mu    sync.Mutex
	pace  retry.Pace
	last  error
	until time.Time
	said  time.Time
	// told reports whether the refusals that go on were said.
	told bool
}

func newRefusals(logger *slog.Logger) *refusals {
	return &refusals{logger: logger, pace: retry.NewPace(refusedFirst, refusedMost)}
}

// isRefusal reports whether the server, or a pooler in front of it, has no connection left.
func isRefusal(err error) bool {
	refused, ok := errors.AsType[*pq.Error](err)
	return ok && (refused.Code == pqerror.TooManyConnections ||
		refused.Code == pqerror.ProtocolViolation && strings.Contains(refused.Message, "no more connections allowed"))
}

// refused returns the last refusal where it is too early to ask again, else nil.
func (r *refusals) refused() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil || !time.Now().Before(r.until) {
		return nil
	}
	return fmt.Errorf("%w: %w", api.ErrUnavailable, r.last)
}

// pending reports whether it is too early to ask for another connection.
func (r *refusals) pending() bool { return r.refused() != nil }

// note takes in how an attempt to connect has ended.
func (r *refusals) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		if r.last != nil && r.told {
			r.logger.Info("PostgreSQL has a connection again")
		}
		r.last, r.told = nil, false
		r.pace.Reset()
	case isRefusal(err):
		now := time.Now()
		if now.Before(r.until) {
			return // Of an attempt that began before.
		}
		r.last, r.until = err, now.Add(r.pace.Next())
		if !r.told && now.Sub(r.said) >= refusedQuiet {
			r.told, r.said = true, now
			r.logger.Error("PostgreSQL refuses a connection, since it has none left; tried again until it has. "+
				"Raise max_connections of PostgreSQL, lower recorder::storage::max_connections of collectors, or put PgBouncer in front", "error", err)
		}
	}
}
