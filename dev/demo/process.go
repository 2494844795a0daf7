package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// process is a child with its output in a log. It gets a process group of its own, so that Ctrl-C in the terminal
// reaches the demo alone, which then stops everything in order.
type process struct {
	name    string
	log     string
	command *exec.Cmd
	exited  chan struct{}
	err     error
}

// patience is how long a child may take to stop before it is killed.
const patience = 10 * time.Second

func startProcess(directory, name string, environment []string, path string, arguments ...string) (*process, error) {
	log, err := os.Create(filepath.Join(directory, name+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &process{name: name, log: log.Name(), command: exec.Command(path, arguments...), exited: make(chan struct{})}
	p.command.Env = append(os.Environ(), environment...)
	p.command.Stdout, p.command.Stderr = log, log
	own(p.command)
	started := make(chan error, 1)
	go func() {
		// On Linux the child's death signal hangs on the thread that forked it, which must therefore live as long.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.exited)
		err := p.command.Start()
		started <- err
		if err == nil {
			p.err = p.command.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s does not start: %w", name, err)
	}
	return p, nil
}

// failure returns the error of a process that ended although nobody stopped it.
func (p *process) failure() error {
	how := "ended"
	if p.err != nil {
		how = "failed (" + p.err.Error() + ")"
	}
	return fmt.Errorf("%s %s: see %s%s", p.name, how, p.log, lastLine(p.log))
}

// stop asks the process to end, and kills its whole group where it does not.
func (p *process) stop() error {
	select {
	case <-p.exited:
		return nil
	default:
	}
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		_ = killGroup(p.command)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.exited:
		return nil
	case <-timer.C:
		_ = killGroup(p.command)
		<-p.exited
		return fmt.Errorf("%s did not stop within %s and was killed", p.name, patience)
	}
}
