package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Options say where ClickHouse is. Errors name the keys as configurations have them.
type Options struct {
	// Endpoint is the URL of the HTTP interface, such as http://clickhouse:8123; of several servers that have the same data, one
	// behind the other with commas between: the first that answers is used. Where Cluster is named and servers have no Keeper
	// or ZooKeeper, all servers of the cluster must be in it, since Migrate then makes the tables on each.
	Endpoint string
	// Database is made by Migrate where it is not there; empty is "mockforge".
	Database string
	// Cluster is the name of a cluster of the servers' remote_servers, over whose shards tables are distributed; empty is one server.
	Cluster string
	// User and Password are those of ClickHouse; an empty user is "default" without a password.
	User, Password string
	// Tags keeps the tags that people give; it must be set.
	Tags Tags
	// Logger gets state changes; nil logs nothing.
	Logger *slog.Logger
	// Transport is how servers are reached; nil is http.DefaultTransport's way.
	Transport http.RoundTripper
}

// Tags keeps what people have tagged recordings with, in place of what these were recorded with. It is another store's, since
// ClickHouse is not made for changes of one row.
type Tags interface {
	// SetTags replaces what is kept of a recording, which was made at a time.
	SetTags(ctx context.Context, id uuid.UUID, at time.Time, tags []string) error
	// TagsOf returns what is kept of some recordings; one that is not in it has the tags that it was recorded with.
	TagsOf(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID][]string, error)
	// Tagged returns all that is kept.
	Tagged(ctx context.Context) (map[uuid.UUID][]string, error)
	// DropTags drops what is kept of recordings from before a time.
	DropTags(ctx context.Context, before time.Time) error
}

// Store is one database of ClickHouse. It is safe for use by any number of goroutines, and any number of processes may have the same.
type Store struct {
	client *client
	place  place
	tags   Tags
	logger *slog.Logger

	mu sync.Mutex
	// known is the version of the server, once it was asked.
	known *version
	// mark is up to when batches are settled; see ledger.
	mark atomic.Uint32
}

// Open checks options. It connects to nothing: whether a server answers is for Ping and Migrate to say.
func Open(options Options) (*Store, error) {
	endpoints, err := endpointsOf(options.Endpoint)
	problems := []error{err}
	if options.Database == "" {
		options.Database = "mockforge"
	}
	for field, text := range map[string]string{"database": options.Database, "cluster": options.Cluster} {
		if strings.ContainsAny(text, "\x00\r\n") || len(text) > 200 {
			problems = append(problems, validation.Errorf(field, "must be a name of ClickHouse, is %.40q", text))
		}
	}
	if strings.ContainsAny(options.User+options.Password, "\x00\r\n") {
		problems = append(problems, validation.Errorf("user", "must be a name, and password a text, of one line"))
	}
	if options.Password != "" && options.User == "" {
		problems = append(problems, validation.Errorf("user", "must be given with a password"))
	}
	if options.Tags == nil {
		problems = append(problems, errors.New("clickhouse: Options.Tags must be set"))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	transport := options.Transport
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConnsPerHost = 8
		own.ResponseHeaderTimeout = statementTimeout + 5*time.Second
		transport = own
	}
	return &Store{
		client: &client{
			http: &http.Client{Transport: transport}, endpoints: endpoints,
			user: options.User, password: options.Password, database: options.Database,
		},
		place: place{database: options.Database, cluster: options.Cluster},
		tags:  options.Tags, logger: options.Logger,
	}, nil
}

func endpointsOf(text string) ([]string, error) {
	var endpoints []string
	for endpoint := range strings.SplitSeq(text, ",") {
		endpoint = strings.TrimSpace(endpoint)
		u, err := url.Parse(endpoint)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return nil, validation.Errorf("endpoint", "must be a URL of ClickHouse's HTTP interface, such as http://clickhouse:8123, without user and password, or several with commas between")
		}
		endpoints = append(endpoints, strings.TrimSuffix(endpoint, "/"))
	}
	return endpoints, nil
}

// Close gives connections back.
func (s *Store) Close() error {
	s.client.http.CloseIdleConnections()
	return nil
}

// Ping checks that a server answers, and knows the user.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.version(ctx)
	if err != nil {
		return err
	}
	return s.client.execute(ctx, request{statement: "SELECT 1", nowhere: true})
}

// Server is what a user is told of a server that answers.
type Server struct {
	// Version is ClickHouse's own, such as "24.8.1".
	Version string
	// SchemaVersion is the newest schema that Migrate has made; 0 where none was.
	SchemaVersion int64
}

// Server asks the server what it is.
func (s *Store) Server(ctx context.Context) (server Server, err error) {
	if err := s.client.query(ctx, request{statement: "SELECT version()", nowhere: true}, func(r *rowReader) { server.Version = r.string() }); err != nil {
		return server, err
	}
	err = s.client.query(ctx, request{statement: "SELECT max(version) FROM " + s.place.part(schemaTable)}, func(r *rowReader) { server.SchemaVersion = int64(r.uint32()) })
	if isNotMigrated(err) {
		return server, nil
	}
	return server, err
}

// version returns the server's, and asks for it once.
func (s *Store) version(ctx context.Context) (version, error) {
	s.mu.Lock()
	known := s.known
	s.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	var text string
	if err := s.client.query(ctx, request{statement: "SELECT version()", nowhere: true}, func(r *rowReader) { text = r.string() }); err != nil {
		return version{}, err
	}
	v, err := parseVersion(text)
	if err != nil {
		return version{}, fmt.Errorf("ClickHouse: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = &v
	s.client.cancels.Store(v.hasCancelOnClose())
	return v, nil
}
