//go:build unix

package devpostgres

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

// command prepares executable to run as the account, in a process group of its own so that Ctrl-C in a terminal
// reaches the starter only, which then stops it in order.
func (a *account) command(ctx context.Context, directory, executable string, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, executable, arguments...)
	command.Dir = directory
	command.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a != nil {
		command.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	endWithParent(command.SysProcAttr)
	return command
}

func (p *process) signal(how syscall.Signal, _ binaries, _ string) error {
	return p.command.Process.Signal(how)
}
