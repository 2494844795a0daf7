// Package clickhousetest gives each test a database of its own on a real ClickHouse.
package clickhousetest

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	devclickhouse "github.com/mockforge/mockforge-observability-app/dev/clickhouse"
)

// Database is one of a test.
type Database struct {
	// Endpoint, Database and Cluster are what configurations name it by; Cluster is empty where there is one server.
	Endpoint, Database, Cluster string
	// Servers are where it is.
	Servers []*devclickhouse.Server
}

// shared are the servers of this test process, which end with it: two shards, the first of which is one server by itself as well.
var shared = sync.OnceValues(func() ([]*devclickhouse.Server, error) {
	directory, err := os.MkdirTemp(directory(), "mockforge-clickhouse-")
	if err != nil {
		return nil, err
	}
	servers, err := devclickhouse.Start(context.Background(), directory, 2)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(directory))
	}
	removeAtExit(directory, servers)
	return servers, nil
})

// One returns a new database on one server; Two one that goes over two shards. It is dropped when the test ends. Where there is no
// ClickHouse the test is skipped with the reason; in CI it fails.
func One(t testing.TB) Database { return database(t, 1) }

// Two is One on two shards.
func Two(t testing.TB) Database { return database(t, 2) }

func database(t testing.TB, shards int) Database {
	t.Helper()
	servers, err := shared()
	if err != nil {
		unavailable(t, err)
	}
	d := of(servers[:shards])
	t.Cleanup(func() {
		for _, server := range d.Servers {
			if _, err := server.Execute(context.Background(), "DROP DATABASE IF EXISTS "+d.Database); err != nil {
				t.Errorf("drop the database of the test: %v", err)
			}
		}
	})
	return d
}

func of(servers []*devclickhouse.Server) Database {
	d := Database{Database: "test_" + strings.ToLower(rand.Text()), Servers: servers}
	var endpoints []string
	for _, server := range servers {
		endpoints = append(endpoints, server.Endpoint())
	}
	d.Endpoint = strings.Join(endpoints, ",")
	if len(servers) > 1 {
		d.Cluster = devclickhouse.Cluster
	}
	return d
}

// Private starts servers for this test alone, which it may kill and restart.
func Private(t testing.TB, shards int) Database {
	t.Helper()
	servers, err := devclickhouse.Start(t.Context(), t.TempDir(), shards)
	if err != nil {
		unavailable(t, err)
	}
	t.Cleanup(func() {
		for _, server := range servers {
			server.Kill()
		}
	})
	return of(servers)
}

func unavailable(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") == "" && errors.Is(err, devclickhouse.ErrNoBinary) {
		t.Skipf("needs ClickHouse: %v", err)
	}
	t.Fatalf("ClickHouse: %v", err)
}
