//go:build unix

package clickhousetest

import (
	"os/exec"
	"syscall"
)

// ownGroup keeps Ctrl-C in the terminal from the command.
func ownGroup(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
