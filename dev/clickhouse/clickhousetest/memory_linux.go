package clickhousetest

import "syscall"

// leastMemory is how much room the files of servers need, in bytes.
const leastMemory = 4 << 30

// directory is where the files of the shared servers go: into memory where there is room, since each test makes thousands of small ones.
// Empty is the system's own choice.
func directory() string {
	const inMemory = "/dev/shm"
	var of syscall.Statfs_t
	if syscall.Statfs(inMemory, &of) != nil || of.Bavail*uint64(of.Bsize) < leastMemory {
		return ""
	}
	return inMemory
}
