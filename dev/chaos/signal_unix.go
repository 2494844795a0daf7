//go:build unix

package main

import "syscall"

// signal is what is done to a process.
type signal = syscall.Signal

// The signals that no process can refuse.
const (
	ending   = syscall.SIGKILL
	freezing = syscall.SIGSTOP
	thawing  = syscall.SIGCONT
)

func send(pid int, what signal) error { return syscall.Kill(pid, what) }
