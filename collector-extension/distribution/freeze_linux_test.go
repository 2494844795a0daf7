package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
)

// freeze stops all processes of a server where they are: connections stay, and nothing answers.
func freeze(t *testing.T, server *devpostgres.Server) (thaw func()) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(server.Directory(), "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(content), "\n")
	parent, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	pids := []int{parent}
	signal := func(pid int, s syscall.Signal) {
		if err := syscall.Kill(pid, s); err != nil && err != syscall.ESRCH {
			t.Errorf("signal %v to %d: %v", s, pid, err)
		}
	}
	signal(parent, syscall.SIGSTOP) // makes no more of them
	children, err := os.ReadFile(filepath.Join("/proc", first, "task", first, "children"))
	if err != nil {
		t.Error(err)
	}
	for _, child := range strings.Fields(string(children)) {
		if pid, err := strconv.Atoi(child); err == nil {
			pids = append(pids, pid)
			signal(pid, syscall.SIGSTOP)
		}
	}
	thawed := false
	thaw = func() {
		if thawed {
			return
		}
		thawed = true
		for _, pid := range pids {
			signal(pid, syscall.SIGCONT)
		}
	}
	t.Cleanup(thaw)
	return thaw
}
