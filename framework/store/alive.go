package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// LockFile is the file of a run folder that a process holds locked for as long
// as it writes to the folder. The system drops the lock of a process that dies.
const LockFile = "lock"

// Alive tells whether a process is writing to a run folder. It says so too where
// that cannot be found out: the lock cannot be opened, or the file system knows
// no locks.
func Alive(dir string) bool {
	path := filepath.Join(dir, LockFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false
	}
	// A shared lock, so that those who ask do not see each other.
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	if err != nil || !free {
		return true
	}
	return lock.Unlock() != nil
}
