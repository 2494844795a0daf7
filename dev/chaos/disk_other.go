//go:build !linux

package main

import "errors"

// smallDisk makes file systems on Linux only.
func (s *stage) smallDisk(string, int) (string, error) { return "", errors.New("needs Linux") }
