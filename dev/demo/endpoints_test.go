package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEndpointsFile(t *testing.T) {
	directory := t.TempDir()
	want := endpoints{
		UI: "http://127.0.0.1:1", Gateway: "http://127.0.0.1:2", Control: "http://127.0.0.1:3", Metrics: "http://127.0.0.1:4/metrics",
		Storage: storagePostgres, DSN: "postgres://u:p@127.0.0.1:5/d", GRPC: "127.0.0.1:2", WebSocket: "ws://127.0.0.1:2/ws", GraphQL: "http://127.0.0.1:2/graphql",
	}
	for range 2 { // the second replaces the first
		if err := want.write(directory); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(directory, endpointsFile)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got endpoints
	if err := json.Unmarshal(content, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		t.Errorf("mode %v; the DSN has a password, only the owner may read it", info.Mode())
	}
	files, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 {
		t.Errorf("%d files; want no temporary ones left", len(files))
	}
}

func TestTheEndTellsWhereTheStorageIs(t *testing.T) {
	for _, test := range []struct {
		at   endpoints
		want string
	}{
		{endpoints{Storage: storagePostgres, DSN: "postgres://u:secret@127.0.0.1:5/d"}, "  dsn        in endpoints.json\n"},
		{endpoints{Storage: storageSQLite, Database: "/x/mockforge.db"}, "  database   /x/mockforge.db\n"},
	} {
		var out bytes.Buffer
		test.at.print(&out, "endpoints.json")
		if got := out.String(); !strings.Contains(got, test.want) || strings.Contains(got, "secret") {
			t.Errorf("%s: %q is not in it, or a password is:\n%s", test.at.Storage, test.want, got)
		}
	}
}
