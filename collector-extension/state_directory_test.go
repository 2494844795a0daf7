package mockforgeextension

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestAStateDirectoryIsWhereTheSystemHasIt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the directories of Unix")
	}
	for name, test := range map[string]struct {
		environment map[string]string
		want        []string
	}{
		"a service of systemd":            {map[string]string{"STATE_DIRECTORY": "/var/lib/other", "HOME": "/root"}, []string{"/var/lib/other"}},
		"one with several":                {map[string]string{"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}, []string{"/var/lib/a"}},
		"a user":                          {map[string]string{"HOME": "/home/ada"}, []string{"/system", "/home/ada/.local/state/mockforge"}},
		"a user with a state home":        {map[string]string{"HOME": "/home/ada", "XDG_STATE_HOME": "/state"}, []string{"/system", "/state/mockforge"}},
		"a state home that is not a path": {map[string]string{"HOME": "/home/ada", "XDG_STATE_HOME": "state"}, []string{"/system", "/home/ada/.local/state/mockforge"}},
		"nobody":                          {nil, []string{"/system"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := stateDirectories(func(key string) string { return test.environment[key] }, "/system")
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTheFirstDirectoryThatCanKeepTheFileHasIt(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	blocked, free := filepath.Join(file, "below"), filepath.Join(root, "a", "b")
	got, err := stateDirectory([]string{blocked, free, root})
	if err != nil || got != free {
		t.Errorf("got %s, %v", got, err)
	}
	if entries, err := os.ReadDir(free); err != nil || len(entries) != 0 {
		t.Errorf("the look at it has left %v (%v)", entries, err)
	}
	if _, err := stateDirectory([]string{blocked}); err == nil || !strings.Contains(err.Error(), blocked+" cannot be made") {
		t.Errorf("got %v", err)
	}
	if _, err := stateDirectory(nil); err == nil {
		t.Error("nowhere is somewhere")
	}
}
