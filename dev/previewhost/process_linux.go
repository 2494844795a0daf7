package previewhost

import (
	"os/exec"
	"syscall"
)

// dieWithParent keeps the backend from outliving a host that was killed.
func dieWithParent(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
