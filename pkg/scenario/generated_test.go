package scenario_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var generate = flag.Bool("generate", false, "rewrite what is derived from the kinds of faults: the OpenAPI document, the docs and the editor's table")

// generated holds a file of the repository to what is derived from the registry: what is between two lines of it, or all
// where begin is empty.
func generated(t *testing.T, file, begin, end, want string) {
	t.Helper()
	file = filepath.Join("..", "..", filepath.FromSlash(file))
	data, err := os.ReadFile(file)
	if err != nil && begin != "" {
		t.Fatal(err)
	}
	before, got, after := "", string(data), ""
	if begin != "" {
		var found, ended bool
		before, got, found = strings.Cut(got, begin+"\n")
		got, after, ended = strings.Cut(got, end+"\n")
		if !found || !ended {
			t.Fatalf("%s has no lines %q and %q", file, begin, end)
		}
		before, after = before+begin+"\n", end+"\n"+after
	}
	if got == want {
		return
	}
	if *generate {
		if err := os.WriteFile(file, []byte(before+want+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s is not what the kinds of faults say: go test ./pkg/scenario -run Generated -generate\n(-file +kinds):\n%s",
		file, cmp.Diff(strings.Split(got, "\n"), strings.Split(want, "\n")))
}
