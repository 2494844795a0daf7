package devpostgres

import "syscall"

// endWithParent lets the kernel shut the server down when its starter dies, however that happens.
func endWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGINT }
