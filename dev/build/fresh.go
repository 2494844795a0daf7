package build

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// fresh reports whether output is newer than every source file below inputs. Inputs that do not exist are passed over.
func fresh(output string, inputs ...string) bool {
	made, err := os.Stat(output)
	if err != nil {
		return false
	}
	for _, input := range inputs {
		if newest(input).After(made.ModTime()) {
			return false
		}
	}
	return true
}

func newest(root string) time.Time {
	var at time.Time
	_ = filepath.WalkDir(root, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // an input that does not exist is passed over
		}
		if entry.IsDir() {
			if name := entry.Name(); name == "node_modules" || name == "dist" {
				return fs.SkipDir
			}
			return nil // a folder changes when files in it are built
		}
		if info, err := entry.Info(); err == nil && info.ModTime().After(at) {
			at = info.ModTime()
		}
		return nil
	})
	return at
}
