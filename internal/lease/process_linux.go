package lease

import (
	"fmt"
	"os"
	"strings"
)

// startField is that of the start time in /proc/PID/stat, counted from the state, the first
// after the name.
const startField = 19

// ended is the start of a process that has ended, and waits for its parent to notice.
const ended = "ended"

// identify returns the identity of a process of this machine; its Start is empty if that is
// unknown.
func identify(pid int) (i identity) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return identity{}
	}
	i.Boot = strings.TrimSpace(string(boot))
	i.Namespace, _ = os.Readlink("/proc/self/ns/pid")
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
	fields := strings.Fields(after)
	if len(fields) <= startField {
		return i
	}
	if i.Start = fields[startField]; fields[0] == "Z" || fields[0] == "X" {
		i.Start = ended
	}
	return i
}
