package mockforgeextension

import (
	"net"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/spool"
)

// A Collector that reads its configuration again stops its extensions and starts new ones in the same process.
func TestWhatIsOnDiskOutlivesEveryStop(t *testing.T) {
	directory := t.TempDir()
	c := config(t, shop(t))
	withDSN(c, "postgres://nobody@"+freePort(t)+"/none")
	c.Recorder.Storage.SpoolDirectory = directory
	for range 2 {
		e := made(t, c)
		if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
			t.Fatal(err)
		}
		get(t, "http://"+c.Gateways[0].Server.NetAddr.Endpoint+"/users/1")
		if err := e.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	taken, err := net.Listen("tcp", c.Prometheus.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if err := made(t, c).Start(t.Context(), componenttest.NewNopHost()); err == nil {
		t.Error("started although a port is taken")
	}
	s, err := spool.Open(spool.Options{Directory: directory, MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Len() != 2 {
		t.Errorf("%d recordings are on disk, want those of both runs", s.Len())
	}
}

func TestASpoolDirectoryThatCannotBeUsedIsRefusedByItsKey(t *testing.T) {
	c := config(t, shop(t))
	withDSN(c, "postgres://nobody@"+freePort(t)+"/none")
	c.Recorder.Storage.SpoolDirectory = "spool_test.go/below-a-file"
	err := made(t, c).Start(t.Context(), componenttest.NewNopHost())
	if err == nil || !strings.Contains(err.Error(), "recorder::storage::spool_directory: spool_test.go/below-a-file cannot be made") {
		t.Errorf("got %v", err)
	}
}
