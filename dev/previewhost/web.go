package previewhost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// webFolder has the sources of the page, from the repository's root on.
const webFolder = "dev/previewhost/web"

// BuildWeb builds the page's bundle with the repository's node_modules where it is absent or older than its sources.
func BuildWeb(ctx context.Context) error {
	root, err := repository()
	if err != nil {
		return err
	}
	folder := filepath.Join(root, webFolder)
	current, err := isCurrent(folder, filepath.Join(root, "package-lock.json"))
	if err != nil || current {
		return err
	}
	build := exec.CommandContext(ctx, "node", filepath.Join(root, "node_modules/webpack/bin/webpack.js"),
		"-c", filepath.Join(folder, "webpack.config.cjs"))
	build.Dir = root
	var output bytes.Buffer
	build.Stdout, build.Stderr = &output, &output
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the preview host's page: %w\n%s", err, output.Bytes())
	}
	return nil
}

// isCurrent reports whether the bundle is newer than all that it is made of.
func isCurrent(folder, lock string) (bool, error) {
	built, err := os.Stat(filepath.Join(folder, "dist", "main.js"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	newest := time.Time{}
	if info, err := os.Stat(lock); err == nil {
		newest = info.ModTime()
	}
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if entry.Name() == "dist" {
				return fs.SkipDir
			}
			return nil
		}
		info, err := entry.Info()
		if err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
		return err
	})
	return built.ModTime().After(newest), err
}

// repository returns the folder with go.mod at or above the working directory.
func repository() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("not inside the repository: there is no go.mod at or above the working directory")
		}
		folder = parent
	}
}
