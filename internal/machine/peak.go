package machine

import (
	"runtime"
	"syscall"
	"time"
)

// CPUTime returns the processor time that this process has taken, over all cores, or 0 if that
// is unknown.
func CPUTime() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// PeakMemory returns the most memory [bytes] that this process has had, or 0 if that is
// unknown.
func PeakMemory() uint64 {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	if runtime.GOOS == "darwin" { // counts bytes, others kilobytes
		return uint64(used.Maxrss)
	}
	return uint64(used.Maxrss) << 10
}

// ProcessorTime returns the processor time that this process has taken, or 0 if that is unknown.
func ProcessorTime() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
