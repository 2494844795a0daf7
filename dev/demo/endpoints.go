package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// endpoints is where everything is, as .demo/endpoints.json has it.
type endpoints struct {
	UI      string `json:"ui"`
	Gateway string `json:"gateway"`
	Control string `json:"control"`
	Metrics string `json:"metrics"`
	// Storage is postgres, which is at DSN, or sqlite, a file at Database.
	Storage   string `json:"storage"`
	DSN       string `json:"dsn,omitempty"`
	Database  string `json:"database,omitempty"`
	GRPC      string `json:"grpc"`
	WebSocket string `json:"websocket"`
	GraphQL   string `json:"graphql"`
	OTLPGRPC  string `json:"otlp_grpc"`
	OTLPHTTP  string `json:"otlp_http"`
}

const endpointsFile = "endpoints.json"

// write puts the file in place in one move, so that who waits for it never reads half of it. It is for its owner
// only: the DSN has a password.
func (e endpoints) write(directory string) error {
	content, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(directory, endpointsFile+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(append(content, '\n'))
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), filepath.Join(directory, endpointsFile))
}

func (e endpoints) print(w io.Writer, file string) {
	storage := "dsn        in " + file
	if e.Storage == storageSQLite {
		storage = "database   " + e.Database
	}
	fmt.Fprintf(w, `
The demo is up.

  ui         %s/a/%s
  gateway    %s
  control    %s
  metrics    %s
  grpc       %s
  websocket  %s
  graphql    %s
  %s

Switch to errors and back from a terminal:

  curl -X PUT %[4]s/scenarios/mode -H 'Content-Type: application/json' -d '{"mode":"error","error_rate":0.5}'
  curl -X POST %[4]s/scenarios/stop

Ctrl-C stops everything.
`, e.UI, pluginID, e.Gateway, e.Control, e.Metrics, e.GRPC, e.WebSocket, e.GraphQL, storage)
}
