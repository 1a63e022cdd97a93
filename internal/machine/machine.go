// Package machine tells what the program runs on.
package machine

import (
	"bufio"
	"os"
	"strings"
)

// CPU returns the processor's name where the system tells it (Linux), or "".
func CPU() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if key, value, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
