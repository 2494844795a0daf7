package storage

import (
	"context"

	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// file is an SQLite file.
type file struct{ *sqlite.Store }

func openFile(ctx context.Context, config Config, options Options) (Store, error) {
	store, err := sqlite.Open(ctx, config.Path, sqlite.Options{Logger: options.Logger})
	if err != nil {
		return nil, err
	}
	return &file{Store: store}, nil
}

// Migrate does nothing: opening the file has done it.
func (f *file) Migrate(context.Context) error { return nil }
