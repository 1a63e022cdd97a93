package machine

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Limit returns the memory [bytes] that this process may take: that of the machine, or less
// if its control groups (of a container, or of a batch system's job) or its resource limits
// say so. It is 0 where none of them is known.
func Limit() uint64 {
	limit := Memory()
	lower := func(n uint64) {
		if n > 0 && (limit == 0 || n < limit) {
			limit = n
		}
	}
	groups, _ := os.ReadFile("/proc/self/cgroup") // not Linux without it
	for line := range strings.Lines(string(groups)) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(part) != 3 {
			continue
		}
		root, file := "/sys/fs/cgroup", "memory.max"
		switch part[1] {
		case "":
		case "memory": // version 1
			root, file = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		for dir := filepath.Clean("/" + part[2]); ; dir = filepath.Dir(dir) { // parents limit too
			lower(number(filepath.Join(root, dir, file)))
			if dir == "/" {
				break
			}
		}
	}
	var r syscall.Rlimit // unlimited is the largest number
	if syscall.Getrlimit(syscall.RLIMIT_DATA, &r) == nil {
		lower(uint64(r.Cur))
	}
	if syscall.Getrlimit(syscall.RLIMIT_AS, &r) == nil {
		// Go reserves more than a gigabyte of addresses that it hardly uses.
		lower(max(uint64(r.Cur), addresses()+1) - addresses())
	}
	return limit
}

// addresses returns the size of the address space that is in use [bytes], or 0 if it is
// unknown.
func addresses() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _, _ := strings.Cut(string(text), " ")
	n, _ := strconv.ParseUint(pages, 10, 64)
	return n * uint64(os.Getpagesize())
}

// number returns the number in a file, or 0 if there is none, as for no limit.
func number(path string) uint64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
