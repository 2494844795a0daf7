//go:build !linux

package main

import (
	"testing"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
)

func freeze(t *testing.T, _ *devpostgres.Server) (thaw func()) {
	t.Helper()
	t.Skip("needs Linux to freeze PostgreSQL")
	return func() {}
}
