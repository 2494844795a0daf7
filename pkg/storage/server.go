package storage

import "github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"

// server is a PostgreSQL.
type server struct {
	*postgres.Store
	config  Config
	options Options
}

var (
	_ Store   = (*server)(nil)
	_ Severer = (*server)(nil)
	_ Sizer   = (*server)(nil)
	_ Divider = (*server)(nil)
)

func openServer(config Config, options Options) (Store, error) {
	store, err := postgres.Open(config.DSN, postgres.Options{
		Logger: options.Logger, ApplicationName: options.Name, MaxConnections: config.MaxConnections,
	})
	if err != nil {
		return nil, err
	}
	return &server{store, config, options}, nil
}

// TooMuch reports whether a smaller batch may be stored. See Sizer.
func (s *server) TooMuch(err error) bool { return postgres.TooMuch(err) }

// Another opens the same database with a pool of its own. See Divider.
func (s *server) Another(name string, connections int) (Store, error) {
	config, options := s.config, s.options
	config.MaxConnections, options.Name = connections, name
	return openServer(config, options)
}
