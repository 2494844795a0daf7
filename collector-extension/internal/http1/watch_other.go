//go:build !linux

package http1

import "syscall"

// hungUp cannot be told here without reading what comes before.
func hungUp(syscall.RawConn) bool { return false }
