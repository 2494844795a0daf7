//go:build !linux

package http1

import "syscall"

// hungUp reports false: whether the other side has closed its direction cannot be told here without reading what comes before.
func hungUp(syscall.RawConn) bool { return false }
