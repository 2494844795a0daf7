package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// userTick is the unit of processor times in /proc (proc(5), USER_HZ).
const userTick = 10 * time.Millisecond

// fleetCPU returns the processor time of a PostgreSQL server and of the processes of its connections, those that have ended
// included, by /proc (Linux).
func fleetCPU(ctx context.Context, pid int) (time.Duration, error) {
	server, err := process.NewProcessWithContext(ctx, int32(pid))
	if err != nil {
		return 0, err
	}
	children, err := server.ChildrenWithContext(ctx)
	if err != nil {
		return 0, err
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	used, err := endedOf(string(stat))
	if err != nil {
		return 0, err
	}
	for _, p := range append(children, server) {
		own, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", p.Pid))
		if err != nil {
			continue // it has ended meanwhile
		}
		ran, err := ranOf(string(own))
		if err != nil {
			return 0, err
		}
		used += ran
	}
	return used, nil
}

// ranOf returns for how long a process ran, by its schedstat: to the nanosecond, where its stat has steps of 10 ms.
func ranOf(schedstat string) (time.Duration, error) {
	first, _, _ := strings.Cut(schedstat, " ")
	ran, err := strconv.ParseInt(first, 10, 64)
	return time.Duration(ran), err
}

// endedOf returns for how long the children ran for which a process has waited, by its stat: cutime and cstime.
func endedOf(stat string) (time.Duration, error) {
	// The name, in parentheses, may hold anything.
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 15 {
		return 0, fmt.Errorf("stat has %d fields behind the name, want at least 15: %q", len(fields), stat)
	}
	user, err := strconv.ParseInt(fields[13], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[14], 10, 64)
	return time.Duration(user+system) * userTick, err
}
