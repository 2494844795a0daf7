package storage

import (
	"log/slog"

	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

var _ Store = (*sqlite.Store)(nil)

// Options are what a store needs besides its configuration.
type Options struct {
	// Logger gets state changes such as the loss of a connection; nil logs nothing.
	Logger *slog.Logger
	// Name is what a server shows of who is connected.
	Name string
}

// Open opens the store that config names. A server may be away: nothing is connected to. A file must be there for the taking, and its
// schema is brought up to date.
//
// What is wrong with config is a *validation.Error of its field. A file that another process has is a *sqlite.InUseError, and what may
// be better later, such as a disk that is full, is an api.ErrUnavailable.
func Open(config Config, options Options) (Store, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	switch config.Kind() {
	case Postgres:
		return openServer(config, options)
	case ClickHouse:
		return openCluster(config, options)
	}
	store, err := sqlite.Open(config.Path, sqlite.Options{Logger: options.Logger})
	if err != nil {
		return nil, err // And not the nil of a *sqlite.Store, which would be a Store.
	}
	return store, nil
}
