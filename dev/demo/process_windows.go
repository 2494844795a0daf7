package main

import "os/exec"

func own(*exec.Cmd) {}

func killGroup(command *exec.Cmd) error { return command.Process.Kill() }
