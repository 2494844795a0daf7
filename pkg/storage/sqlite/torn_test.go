package sqlite_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

const (
	// A log has a head, and frames of a head and a page (SQLite documentation, Database File Format, section 4).
	logHead, frame = 32, 24 + 4096
	// takenIn is where in the -shm file is how many frames have been copied into the file (WAL-mode File Format, section 2.1).
	takenIn = 96
)

// killed returns a file and its log as a process that was killed has left them, where in the log begins what is nowhere else, and how many
// batches were acknowledged. Before a frame is copied into the file the log is flushed to the disk up to it: no power cut tears it there.
func killed(t *testing.T) (file, log []byte, first, acknowledged int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mockforge.db")
	command, lines := start(t, path, "0")
	for acknowledged = -1; acknowledged < 70 && lines.Scan(); {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(lines.Text())
		}
		acknowledged = n
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		if n, err := strconv.Atoi(lines.Text()); err == nil {
			acknowledged = n
		}
	}
	_ = command.Wait()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if log, err = os.ReadFile(path + "-wal"); err != nil || len(log) == 0 {
		t.Fatalf("there is no log to tear: %v", err)
	}
	shared, err := os.ReadFile(path + "-shm")
	if err != nil {
		t.Fatal(err)
	}
	return file, log, logHead + int(binary.NativeEndian.Uint32(shared[takenIn:]))*frame, acknowledged + 1
}

// batchesIn opens a file with a log, and returns how many batches it has: whole, and the first ones.
func batchesIn(t *testing.T, file, log []byte) int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mockforge.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if log != nil {
		if err := os.WriteFile(path+"-wal", log, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	store, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		_ = os.RemoveAll(filepath.Dir(path))
	}()
	stored, err := store.Values(t.Context(), recording.Filter{}, "routes", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for n := range stored {
		if route := fmt.Sprintf("/batch-%d", n); !slices.Contains(stored, recording.Count{Value: route, Count: batchSize}) {
			t.Fatalf("of %d batches %s is not there, or not whole", len(stored), route)
		}
	}
	// What was not there is written again, and all is found by searching.
	write(t, store, numberedBatch(len(stored))...)
	if err := store.IndexForSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found, err := store.Stats(t.Context(), recording.Filter{Text: "/orders"}); err != nil || found.Total != int64(len(stored)+1)*batchSize {
		t.Fatalf("%d of %d are found, %v", found.Total, (len(stored)+1)*batchSize, err)
	}
	return len(stored)
}

// A log that ends early, or has rubbish from somewhere on, as a power cut may leave it: what was committed before that comes back, whole
// batches only, and never less than what had been taken into the file.
func TestATornLogLosesNothingThatCameBeforeTheTear(t *testing.T) {
	file, log, first, acknowledged := killed(t)
	least, most := batchesIn(t, file, log[:first]), batchesIn(t, file, log)
	if most < acknowledged || most > acknowledged+1 || least > most {
		t.Fatalf("%d batches with the log, %d without, %d were acknowledged", most, least, acknowledged)
	}
	rubbish := bytes.Repeat([]byte{0xa5}, 64)
	last := least
	const tears = 24
	for i := range tears + 1 {
		// Within heads of frames, and within pages.
		at := min(first+(len(log)-first)*i/tears+i*7, len(log))
		torn := batchesIn(t, file, log[:at])
		corrupt := slices.Clone(log)
		copy(corrupt[at:], rubbish)
		overwritten := batchesIn(t, file, corrupt)
		if torn < last || torn > most || overwritten != torn && at < len(log) {
			t.Errorf("torn at %d of %d: %d batches cut off, %d overwritten, %d a tear before, at most %d", at, len(log), torn, overwritten, last, most)
		}
		last = torn
	}
	if last != most {
		t.Errorf("%d batches of the whole log, %d before", last, most)
	}
}

// A file of which a part is something else is an error that names it, or has lost nothing: never wrong data, and never a panic.
func TestADamagedFileIsSaid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mockforge.db")
	store, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 20 {
		write(t, store, numberedBatch(n)...)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for i := range 20 {
		damaged := slices.Clone(whole)
		at := 100 + (len(whole)-8192)*i/20
		copy(damaged[at:], bytes.Repeat([]byte{0xa5}, 8000))
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		store, err := sqlite.Open(path, sqlite.Options{})
		if err == nil {
			_, err = store.Query(t.Context(), recording.Query{Limit: 1000})
			if err == nil {
				err = store.WriteRecordings(t.Context(), numberedBatch(21))
			}
			_ = store.Close() // It may say the same.
		}
		if err != nil {
			said++
			if !strings.Contains(err.Error(), path) && !strings.Contains(err.Error(), "cannot be read") {
				t.Errorf("damaged at %d: %v", at, err)
			}
		}
	}
	if said == 0 {
		t.Error("no damage was seen")
	}
}
