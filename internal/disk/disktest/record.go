// Package disktest replays what a process did to the disk, up to a power failure.
//
// The model is that of POSIX on a journaling file system: a change of a folder's entries is
// made whole or not at all; those before the last sync of the folder have been made, of
// later ones any may be missing. A file has what it had at its last sync, and of what was
// written later, any part: nothing, all, or some of it and zeros after that.
package disktest

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"sedlab/internal/disk"
)

// Unsynced is for disk.Watch. It leaves out syncs, which take time and make no difference unless the
// system fails.
func Unsynced(c disk.Change) error {
	if c.Op == disk.OpSync || c.Op == disk.OpSyncDir {
		return disk.ErrSkip
	}
	return nil
}

// Log holds the changes that were made in a folder, in order, with paths relative to it.
type Log struct {
	root    string
	mu      sync.Mutex
	Changes []disk.Change
}

// Record records the changes in the folder root until stop is called.
func Record(root string) (l *Log, stop func()) {
	l = &Log{root: root}
	return l, disk.Watch(func(c disk.Change) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		var inside bool
		if c.Path, inside = l.relative(c.Path); !inside {
			return nil
		}
		if c.Op == disk.OpRename || c.Op == disk.OpExchange || c.Op == disk.OpLink {
			c.To, _ = l.relative(c.To)
		}
		if c.Err != nil { // it is the last one of its goroutine, and thus of its path
			i := len(l.Changes) - 1
			for ; l.Changes[i].Op != c.Op || l.Changes[i].Path != c.Path; i-- {
			}
			l.Changes = slices.Delete(l.Changes, i, i+1)
			return nil
		}
		c.Data = bytes.Clone(c.Data)
		l.Changes = append(l.Changes, c)
		return nil
	})
}

func (l *Log) relative(path string) (string, bool) {
	rel, err := filepath.Rel(l.root, path)
	return rel, err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}
