//go:build unix

package main

import "syscall"

// order is what is done to a process.
type order = syscall.Signal

// The signals that no process can refuse.
const (
	ending   = syscall.SIGKILL
	freezing = syscall.SIGSTOP
	thawing  = syscall.SIGCONT
)

func send(pid int, what order) error { return syscall.Kill(pid, what) }
