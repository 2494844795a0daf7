package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// directParameter is set at the start of each connection. Where it is not found then, something is in front that has its own
// connections to PostgreSQL, such as PgBouncer: then no session can be relied on, transactions only.
const directParameter = "mockforge.direct"

// The ways to PostgreSQL.
const (
	wayUnknown int32 = iota
	wayDirect
	wayPooled
)

// ways connect to PostgreSQL itself, or through a pooler.
type ways struct {
	direct, pooled *pq.Connector
	logger         *slog.Logger
	way            atomic.Int32
	say            sync.Once
}

// parameters are what a connection begins with where nothing is in front that would refuse them.
func parameters() [][2]string {
	return [][2]string{
		{"statement_timeout", "30000"},
		// Compiling the conditions of a search takes longer, half a second, than the search.
		{"jit", "off"},
		{directParameter, "on"},
	}
}

// newWays parses dsn, which has all else.
func newWays(dsn string, dialer pq.Dialer, logger *slog.Logger) (*ways, error) {
	w := &ways{logger: logger}
	var err error
	if w.direct, err = pq.NewConnector(withDefaults(dsn, parameters())); err != nil {
		return nil, err
	}
	// A statement goes to the server in one piece: a pooler may give the next one to another connection.
	if w.pooled, err = pq.NewConnector(withDefaults(dsn, [][2]string{{"binary_parameters", "yes"}})); err != nil {
		return nil, err
	}
	w.direct.Dialer(dialer)
	w.pooled.Dialer(dialer)
	return w, nil
}

// throughPooler reports whether sessions are not to be relied on, as far as is known.
func (w *ways) throughPooler() bool { return w.way.Load() == wayPooled }

// keepsSessions reports whether sessions are to be relied on, as far as is known.
func (w *ways) keepsSessions() bool { return w.way.Load() == wayDirect }

// connect connects by the way that there is.
func (w *ways) connect(ctx context.Context) (driver.Conn, error) {
	if w.throughPooler() {
		return w.pooled.Connect(ctx)
	}
	made, err := w.direct.Connect(ctx)
	if refusesParameters(err) {
		return w.throughPoolerFromNow(ctx)
	}
	if err != nil || w.way.Load() == wayDirect {
		return made, err
	}
	direct, err := isDirect(ctx, made)
	switch {
	case err != nil:
		return nil, errors.Join(err, made.Close())
	case !direct:
		_ = made.Close()
		return w.throughPoolerFromNow(ctx)
	}
	w.way.Store(wayDirect)
	return made, nil
}

func (w *ways) throughPoolerFromNow(ctx context.Context) (driver.Conn, error) {
	w.way.Store(wayPooled)
	w.say.Do(func() {
		w.logger.InfoContext(ctx, "a pooler is in front of PostgreSQL: nothing relies on sessions, changes are looked for every second, and statements are ended from here after 30 s")
	})
	return w.pooled.Connect(ctx)
}

// refusesParameters reports whether err is what PgBouncer says of parameters that it is not told to ignore.
func refusesParameters(err error) bool {
	refused, ok := errors.AsType[*pq.Error](err)
	return ok && refused.Code == pqerror.ProtocolViolation && strings.Contains(refused.Message, "unsupported startup parameter")
}

func isDirect(ctx context.Context, made driver.Conn) (bool, error) {
	asker, ok := made.(driver.QueryerContext)
	if !ok {
		return false, errors.New("the driver has no queries with a context")
	}
	rows, err := asker.QueryContext(ctx, "SELECT coalesce(current_setting('"+directParameter+"', true), '')", nil)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	value := make([]driver.Value, 1)
	if err := rows.Next(value); err != nil {
		return false, err
	}
	switch found := value[0].(type) {
	case string:
		return found == "on", nil
	case []byte:
		return string(found) == "on", nil
	}
	return false, nil
}

// patientKey marks contexts of statements that may take as long as they do.
type patientKey struct{}

// patient lets what is done by ctx take longer than statementTimeout where a pooler is in front; elsewhere the session says so.
func patient(ctx context.Context) context.Context { return context.WithValue(ctx, patientKey{}, true) }

// limited bounds a statement through a pooler, since the server knows no bound.
func (w *ways) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if !w.throughPooler() || ctx.Value(patientKey{}) != nil {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, statementTimeout, errStatementTimeout)
}

var errStatementTimeout = errors.New("the statement took too long")

// limitedRows are rows that have to come within a time.
type limitedRows struct {
	driver.Rows
	cancel context.CancelFunc
}

// Close ends the rows.
func (r limitedRows) Close() error {
	defer r.cancel()
	return r.Rows.Close()
}

// withDefaults adds the parameters that dsn, a URL or a list of key=value, does not have.
func withDefaults(dsn string, defaults [][2]string) string {
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		// The last value of a key counts.
		var b strings.Builder
		for _, d := range defaults {
			b.WriteString(d[0] + "='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(d[1]) + "' ")
		}
		return b.String() + dsn
	}
	base, query, _ := strings.Cut(dsn, "?")
	given, err := url.ParseQuery(query)
	if err != nil {
		return dsn
	}
	for _, d := range defaults {
		if given.Has(d[0]) {
			continue
		}
		if query != "" {
			query += "&"
		}
		query += d[0] + "=" + url.QueryEscape(d[1])
	}
	return base + "?" + query
}
