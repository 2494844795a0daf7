package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// helperPath has the test binary do the part of another process on a file; helperPart says which.
const helperPath, helperPart = "MOCKFORGE_TEST_SQLITE_PATH", "MOCKFORGE_TEST_SQLITE_PART"

func TestMain(m *testing.M) {
	if path := os.Getenv(helperPath); path != "" {
		if err := helper(path, os.Getenv(helperPart)); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// batchSize is how many recordings the helper writes at a time.
const batchSize = 50

func helper(path, part string) error {
	ctx := context.Background()
	store, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		return err
	}
	first, isNumber := strconv.Atoi(part)
	if isNumber != nil {
		fmt.Println("open")
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		return err
	}
	// Until it is killed; what is printed is acknowledged. The batch before was acknowledged or not, and is written again.
	for n := max(0, first-1); ; n++ {
		if err := store.WriteRecordings(ctx, numberedBatch(n)); err != nil {
			return err
		}
		fmt.Println(n)
		if n%7 == 0 {
			if err := store.IndexForSearch(ctx); err != nil {
				return err
			}
		}
	}
}

func numberedBatch(n int) []recording.Recording {
	batch := make([]recording.Recording, batchSize)
	for i := range batch {
		batch[i] = whole(noon.Add(time.Duration(n)*time.Second), i)
		batch[i].Route = fmt.Sprintf("/batch-%d", n)
	}
	return batch
}

func start(t *testing.T, path, part string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), helperPath+"="+path, helperPart+"="+part)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	return command, bufio.NewScanner(output)
}

func TestWhatWasAcknowledgedSurvivesAKillAndNothingIsDoubled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mockforge.db")
	acknowledged := -1
	for round := range 12 {
		command, lines := start(t, path, strconv.Itoa(acknowledged+1))
		// Killed at another place of the work each time: right behind an acknowledgement, or once the next batch has begun.
		for seen := 0; seen <= 3+round && lines.Scan(); seen++ {
			n, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Fatal(lines.Text())
			}
			acknowledged = max(acknowledged, n)
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // It was acknowledged before it was killed.
			if n, err := strconv.Atoi(lines.Text()); err == nil {
				acknowledged = max(acknowledged, n)
			}
		}
		_ = command.Wait()
		store, err := sqlite.Open(path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		stored, err := store.Values(t.Context(), recording.Filter{}, "routes", 1000)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]int64{}
		for _, each := range stored {
			found[each.Value] = each.Count
		}
		for n := 0; n <= acknowledged; n++ {
			if route := fmt.Sprintf("/batch-%d", n); found[route] != batchSize {
				t.Errorf("round %d: batch %d has %d recordings, want %d", round, n, found[route], batchSize)
			}
		}
		// One more may have been committed without a word of it, whole.
		if extra := len(stored) - acknowledged - 1; extra < 0 || extra > 1 || extra == 1 && found[fmt.Sprintf("/batch-%d", acknowledged+1)] != batchSize {
			t.Errorf("round %d: %d batches are stored, %d acknowledged", round, len(stored), acknowledged+1)
		}
		stats, err := store.Stats(t.Context(), recording.Filter{Text: "shop orders nowhere"})
		if err != nil || stats.Total != 0 {
			t.Errorf("round %d: %d, %v", round, stats.Total, err)
		}
		if got, err := store.Stats(t.Context(), recording.Filter{Text: "/orders"}); err != nil || got.Total != int64(len(stored))*batchSize {
			t.Errorf("round %d: the index has lost some: %d of %d are found, %v", round, got.Total, len(stored)*batchSize, err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASecondProcessIsRefusedAndTheLockEndsWithTheFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mockforge.db")
	first, lines := start(t, path, "hold")
	if !lines.Scan() || lines.Text() != "open" {
		t.Fatal(lines.Text())
	}
	_, err := sqlite.Open(path, sqlite.Options{})
	if used, ok := errors.AsType[*sqlite.InUseError](err); !ok || used.PID != first.Process.Pid || !strings.Contains(err.Error(), path) {
		t.Fatalf("while process %d has it: %v", first.Process.Pid, err)
	}
	second, lines := start(t, path, "hold")
	if !lines.Scan() || !strings.Contains(lines.Text(), fmt.Sprintf("%s is used by another process (%d)", path, first.Process.Pid)) {
		t.Errorf("the second says %q", lines.Text())
	}
	_ = second.Wait()
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	store := open(t, path, sqlite.Options{})
	if err := store.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	// The same process is no exception.
	if _, err := sqlite.Open(path, sqlite.Options{}); err == nil {
		t.Error("one process has it twice")
	}
	write(t, store, simple(noon, 1))
}
