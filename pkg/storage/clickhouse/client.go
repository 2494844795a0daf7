package clickhouse

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// statementTimeout ends a statement that nobody waits for any more.
	statementTimeout = 30 * time.Second
	// compressFrom is the size in bytes from which a body is compressed.
	compressFrom = 1 << 10
)

// client speaks to the HTTP interface of servers that have the same data.
type client struct {
	http           *http.Client
	endpoints      []string
	user, password string
	database       string
	// current counts up to the next of endpoints where one does not answer.
	current atomic.Uint32
	// cancels reports whether the servers end a statement whose caller has gone, where they are told to.
	cancels atomic.Bool
}

// request is one statement.
type request struct {
	statement string
	// parameters are values that the server puts into the statement, by name.
	parameters map[string]string
	// rows are what an INSERT inserts; nil is any other statement.
	rows []byte
	// settings are further settings of the server for this statement.
	settings map[string]string
	// nowhere is a statement that needs no database to be there.
	nowhere bool
	// endpoint is whom to ask; empty is whoever answers.
	endpoint string
}

// do runs a statement and returns its answer, which the caller closes. An answer of another status than 200 is an error. The server
// holds it back until it is whole, so that an error in the middle is none of its rows.
func (c *client) do(ctx context.Context, r request) (io.ReadCloser, error) {
	at := c.current.Load()
	endpoint := r.endpoint
	if endpoint == "" {
		endpoint = c.endpoints[int(at)%len(c.endpoints)]
	}
	values := url.Values{
		"wait_end_of_query": {"1"}, "buffer_size": {"1048576"}, "enable_http_compression": {"1"},
		"max_execution_time": {"30"}, "max_query_size": {"67108864"},
		"max_ast_elements": {"10000000"}, "max_expanded_ast_elements": {"10000000"},
	}
	if !r.nowhere {
		values.Set("database", c.database)
	}
	for key, value := range r.settings {
		values.Set(key, value)
	}
	for key, value := range r.parameters {
		values.Set("param_"+key, parameter(value))
	}
	var body io.Reader = strings.NewReader(r.statement)
	compressed := false
	if r.rows != nil {
		values.Set("query", r.statement)
		body = bytes.NewReader(r.rows)
		if compressed = len(r.rows) >= compressFrom; compressed {
			body = bytes.NewReader(gzipped(r.rows))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, statementTimeout+5*time.Second)
	message, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/?"+values.Encode(), body)
	if err != nil {
		cancel()
		return nil, err
	}
	if compressed {
		message.Header.Set("Content-Encoding", "gzip")
	}
	if c.user != "" {
		message.Header.Set("X-ClickHouse-User", c.user)
		message.Header.Set("X-ClickHouse-Key", c.password)
	}
	response, err := c.http.Do(message)
	if err != nil {
		cancel()
		if _, notReached := errors.AsType[*net.OpError](err); notReached {
			c.current.CompareAndSwap(at, at+1)
		}
		return nil, withoutURL(err)
	}
	if response.StatusCode != http.StatusOK {
		defer cancel()
		defer response.Body.Close()
		return nil, serverError(response)
	}
	return &answer{response.Body, cancel}, nil
}

// withoutURL returns err without the address that was asked, whose parameters may have contents of recordings.
func withoutURL(err error) error {
	if of, ok := errors.AsType[*url.Error](err); ok {
		return of.Err
	}
	return err
}

type answer struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close reads what is left, so that the connection can be used again.
func (a *answer) Close() error {
	defer a.cancel()
	_, _ = io.CopyN(io.Discard, a.ReadCloser, step)
	return a.ReadCloser.Close()
}

// execute runs a statement that answers nothing.
func (c *client) execute(ctx context.Context, r request) error {
	body, err := c.do(ctx, r)
	if err != nil {
		return wrap(outOfTime(ctx, err))
	}
	return body.Close()
}

// query runs a SELECT and calls row for each row of its answer, which must read the whole row.
func (c *client) query(ctx context.Context, r request, row func(*rowReader)) error {
	r.statement += " FORMAT RowBinary"
	if c.cancels.Load() {
		r.settings = map[string]string{"cancel_http_readonly_queries_on_client_close": "1"}
	}
	body, err := c.do(ctx, r)
	if err != nil {
		return wrap(outOfTime(ctx, err))
	}
	defer body.Close()
	rows := newRowReader(body)
	for rows.next() {
		row(rows)
	}
	return wrap(outOfTime(ctx, rows.err))
}

func gzipped(content []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // The level is one that there is.
	_, _ = w.Write(content)                         // Neither fails in memory.
	_ = w.Close()
	return b.Bytes()
}
