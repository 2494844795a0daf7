package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// smallDisk mounts a file system of so many bytes, which the end of the trial removes, and returns a directory on it that
// belongs to whom data belongs to. It takes the rights of root.
func (s *stage) smallDisk(data string, size int) (string, error) {
	root := filepath.Join(s.directory, "small")
	// The server's account must be able to reach it.
	if err := errors.Join(os.Chmod(s.directory, 0o711), os.Mkdir(root, 0o755)); err != nil {
		return "", err
	}
	if err := syscall.Mount("tmpfs", root, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		return "", fmt.Errorf("mount: %w", err)
	}
	s.disk = root
	// At the very last: the server writes there at its end.
	s.undo = slices.Insert(s.undo, 0, func() error { return syscall.Unmount(root, syscall.MNT_DETACH) })
	directory := filepath.Join(root, "tables")
	if err := os.Mkdir(directory, 0o700); err != nil {
		return "", err
	}
	info, err := os.Stat(data)
	if err != nil {
		return "", err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", errors.New("the owner of the directory is not known")
	}
	return directory, os.Chown(directory, int(owner.Uid), int(owner.Gid))
}
