package devpostgres

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

func (a *account) command(ctx context.Context, directory, executable string, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, executable, arguments...)
	command.Dir = directory
	command.Env = append(os.Environ(), "TZ=UTC")
	return command
}

// signal goes through pg_ctl, since Windows has no signals.
func (p *process) signal(how syscall.Signal, b binaries, dataDirectory string) error {
	mode := "fast"
	if how == syscall.SIGQUIT {
		mode = "immediate"
	}
	return exec.Command(b.pgCtl, "stop", "-D", dataDirectory, "-m", mode).Run()
}
