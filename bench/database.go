package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// databaseCPU returns the processor time that a PostgreSQL server and the processes of its connections have used. Those of
// connections that were closed are not among them.
func databaseCPU(ctx context.Context, pid int) (time.Duration, error) {
	server, err := process.NewProcessWithContext(ctx, int32(pid))
	if err != nil {
		return 0, err
	}
	children, err := server.ChildrenWithContext(ctx)
	if err != nil {
		return 0, err
	}
	used := 0.0
	for _, p := range append(children, server) {
		times, err := p.TimesWithContext(ctx)
		if err != nil {
			continue // it has ended meanwhile
		}
		used += times.User + times.System
	}
	return time.Duration(used * float64(time.Second)), nil
}

// keepDatabase keeps a PostgreSQL server to one core. The processes of connections that are made later are kept to it, too.
func keepDatabase(ctx context.Context, pid, core int) error {
	output, err := exec.CommandContext(ctx, "taskset", "--all-tasks", "--cpu-list", "--pid", strconv.Itoa(core), strconv.Itoa(pid)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("keep PostgreSQL to core %d: %w: %s", core, err, output)
	}
	return nil
}
