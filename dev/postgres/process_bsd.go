//go:build unix && !linux

package devpostgres

import "syscall"

// endWithParent has no counterpart outside Linux.
func endWithParent(*syscall.SysProcAttr) {}
