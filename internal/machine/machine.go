// Package machine describes what the program runs on, and how it was built.
package machine

import (
	"bufio"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/cpu"
)

// CPU returns the processor's name, or "" where the system does not report it (not
// Linux).
func CPU() string { return lookup("/proc/cpuinfo", "model name") }

// Memory returns the size of the memory in bytes, or 0 where the system does not
// report it (not Linux).
func Memory() uint64 {
	kB, _ := strconv.ParseUint(strings.TrimSuffix(lookup("/proc/meminfo", "MemTotal"), " kB"), 10, 64)
	return kB << 10
}

// lookup returns the value of the first line "key: value" in a file, or "".
func lookup(path, key string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if k, value, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Features returns the processor's vector instruction sets that a kernel or the
// compiler may use, in a fixed order.
func Features() (names []string) {
	for _, f := range []struct {
		name string
		have bool
	}{
		{"avx", cpu.X86.HasAVX}, {"avx2", cpu.X86.HasAVX2}, {"fma", cpu.X86.HasFMA},
		{"avx512f", cpu.X86.HasAVX512F}, {"avx512dq", cpu.X86.HasAVX512DQ},
		{"avx512bw", cpu.X86.HasAVX512BW}, {"avx512vl", cpu.X86.HasAVX512VL},
		{"neon", cpu.ARM64.HasASIMD}, {"sve", cpu.ARM64.HasSVE},
	} {
		if f.have {
			names = append(names, f.name)
		}
	}
	return names
}
