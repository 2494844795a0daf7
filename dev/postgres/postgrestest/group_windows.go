package postgrestest

import "os/exec"

func ownGroup(*exec.Cmd) {}
