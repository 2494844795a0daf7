package clickhousetest

import "os/exec"

func ownGroup(*exec.Cmd) {}
