package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// databaseCPU is the processor time that a PostgreSQL server and the processes of its connections have used. Those of
// connections that were closed are not among them.
func databaseCPU(ctx context.Context, directory string) (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join(directory, "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.ParseInt(strings.TrimSpace(first), 10, 32)
	if err != nil {
		return 0, err
	}
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
