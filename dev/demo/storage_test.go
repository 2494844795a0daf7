package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

func TestAFileBeginsEmptyUnlessAnotherHasIt(t *testing.T) {
	s := &stack{config: config{storage: storageSQLite}, directory: t.TempDir()}
	if err := s.startStorage(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := s.endpoints.Database
	if !strings.HasPrefix(path, s.directory) || s.endpoints.Storage != storageSQLite || s.endpoints.DSN != "" {
		t.Errorf("%+v; want a file of the demo's own", s.endpoints)
	}
	store, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.startStorage(t.Context()); err == nil || !strings.Contains(err.Error(), "MOCKFORGE_DEMO_DIRECTORY") || !strings.Contains(err.Error(), path) {
		t.Errorf("a file that is in use: %v; want an error that says what to do", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file that is in use is gone: %v", err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for name, prepare := range map[string]func() error{
		"one of an earlier demo": func() error { return nil },
		"one that is no database": func() error {
			return os.WriteFile(path, []byte(strings.Repeat("no database ", 100)), 0o600)
		},
	} {
		if err := prepare(); err != nil {
			t.Fatal(err)
		}
		if err := s.startStorage(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 0 {
			t.Errorf("%s: %d files are left, %v", name, len(files), err)
		}
	}
}

func TestGrafanaIsToldOfOneHome(t *testing.T) {
	at := endpoints{DSN: "postgres://u:p@127.0.0.1:5/d?sslmode=disable", Control: "http://127.0.0.1:3"}
	for _, test := range []struct {
		storage, host string
		want          []string
	}{
		{storagePostgres, loopback, []string{"MOCKFORGE_DSN=" + at.DSN, "MOCKFORGE_CONTROL_URL=http://127.0.0.1:3"}},
		{storagePostgres, desktopHost, []string{"MOCKFORGE_DSN=postgres://u:p@host.docker.internal:5/d?sslmode=disable", "MOCKFORGE_CONTROL_URL=http://host.docker.internal:3"}},
		{storageSQLite, loopback, []string{"MOCKFORGE_COLLECTOR_URL=http://127.0.0.1:3", "MOCKFORGE_GRAFANA_TOKEN=hush"}},
		{storageSQLite, desktopHost, []string{"MOCKFORGE_COLLECTOR_URL=http://host.docker.internal:3", "MOCKFORGE_GRAFANA_TOKEN=hush"}},
	} {
		s := &stack{config: config{storage: test.storage}, endpoints: at, token: "hush"}
		if got := s.home(test.host); !slices.Equal(got, test.want) {
			t.Errorf("%s, %s: %q; want %q", test.storage, test.host, got, test.want)
		}
	}
}

func TestAddressesElsewhereStay(t *testing.T) {
	for _, address := range []string{"postgres://u@db:5432/d", "host=127.0.0.1 port=5432 user=u", "postgres://u:%zz@127.0.0.1/d"} {
		if got := onHost(address, desktopHost); got != address {
			t.Errorf("%q became %q", address, got)
		}
	}
}

func TestACollectorWithAFileIsNotToldOfADatabase(t *testing.T) {
	s := &stack{config: config{storage: storageSQLite}, endpoints: endpoints{Database: "/x/mockforge.db"}, token: "hush"}
	variables, configurations := s.collectorStorage()
	if want := []string{"MOCKFORGE_DSN=", "MOCKFORGE_DATABASE=/x/mockforge.db", "MOCKFORGE_GRAFANA_TOKEN=hush"}; !slices.Equal(variables, want) {
		t.Errorf("%q; want %q", variables, want)
	}
	if !slices.Equal(configurations, []string{collectorFileConfig}) {
		t.Errorf("%q", configurations)
	}
}
