//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

func killGroup(command *exec.Cmd) error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
