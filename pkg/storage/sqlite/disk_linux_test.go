package sqlite_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

func TestADiskThatIsFullLosesNothing(t *testing.T) {
	directory := t.TempDir()
	if err := unix.Mount("tmpfs", directory, "tmpfs", 0, "size=4m"); err != nil {
		t.Skip("needs to mount a small file system:", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(directory, 0); err != nil {
			t.Error(err)
		}
	})
	path := filepath.Join(directory, "mockforge.db")
	store, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	batches := 0
	for ; err == nil && batches < 1000; batches++ {
		err = store.WriteRecordings(t.Context(), numberedBatch(batches))
	}
	batches-- // The last has failed.
	if !errors.Is(err, api.ErrUnavailable) || !strings.Contains(err.Error(), "the disk of "+path+" is full") {
		t.Errorf("after %d batches: %v", batches, err)
	}
	holds := func(want int) {
		t.Helper()
		if stats, err := store.Stats(t.Context(), recording.Filter{}); err != nil || stats.Total != int64(want*batchSize) {
			t.Errorf("%d recordings are stored, %d acknowledged (%v)", stats.Total, want*batchSize, err)
		}
	}
	holds(batches)
	// There is room again: the same batch is stored, once.
	if err := unix.Mount("tmpfs", directory, "tmpfs", unix.MS_REMOUNT, "size=16m"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		write(t, store, numberedBatch(batches)...)
	}
	holds(batches + 1)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if store, err = sqlite.Open(path, sqlite.Options{}); err != nil {
		t.Fatal(err)
	}
	holds(batches + 1)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// Root may write to whatever it likes, so that another user has to try.
func TestAFileThatMayNotBeWrittenIsRefused(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs to be root, to become somebody else")
	}
	directory, err := os.MkdirTemp("", "mockforge-sqlite")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	path := filepath.Join(directory, "mockforge.db")
	execute(t, path, "PRAGMA application_id = 1")
	if err := errors.Join(os.Chmod(path, 0o444), os.Chmod(directory, 0o777)); err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(directory, "helper.test")
	if err := os.WriteFile(own, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), own)
	command.Dir = directory
	command.Env = []string{helperPath + "=" + path, helperPart + "=hold"}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	output, err := command.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "the database "+path+" cannot be opened for writing: permission denied") {
		t.Errorf("%v: %s", err, output)
	}
}
