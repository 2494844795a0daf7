package devpostgres

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a running postgres.
type process struct {
	command *exec.Cmd
	done    chan struct{}
}

// startProcess runs executable with its output appended to logFile.
func startProcess(a *account, directory, logFile, executable string, arguments ...string) (*process, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	command := a.command(context.Background(), directory, executable, arguments...)
	command.Stdout, command.Stderr = log, log
	p := &process{command: command, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The signal at the parent's death is tied to the thread that forked, so that thread must live as long.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.done)
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait()
		}
	}()
	if err := <-started; err != nil {
		<-p.done
		return nil, err
	}
	return p, nil
}

// end stops the process by a signal: SIGINT is PostgreSQL's fast shutdown, SIGQUIT the immediate one.
func (p *process) end(how syscall.Signal, b binaries, dataDirectory string) error {
	select {
	case <-p.done:
		return nil
	default:
	}
	if err := p.signal(how, b, dataDirectory); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(20 * time.Second):
		_ = p.command.Process.Kill()
		<-p.done
		return errors.New("PostgreSQL did not stop within 20 s and was killed")
	}
}
