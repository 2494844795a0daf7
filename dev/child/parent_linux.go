package child

import (
	"os/exec"
	"syscall"
)

// endWithParent has the kernel end the process when its starter dies, however that happens.
func endWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
