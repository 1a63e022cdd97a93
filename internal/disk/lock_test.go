package disk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"sedlab/internal/disk"
)

// NFS locks only files that are open for writing; elsewhere those that can only be read can be
// locked too. Either way one at a time.
func TestLock(t *testing.T) {
	for _, nfs := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "x.lock")
		tries := 0
		stop := disk.Watch(func(c disk.Change) error {
			if c.Op != disk.OpLock || c.Err != nil {
				return nil
			}
			tries++
			if nfs && c.Handle == 0 {
				return syscall.EBADF
			}
			return nil
		})
		defer stop()
		first, err := disk.Lock(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := disk.Lock(soon, path); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a lock that is held: %v", err)
		}
		if err := first.Close(); err != nil {
			t.Error(err)
		}
		if again, err := disk.Lock(t.Context(), path); errors.Join(err, again.Close()) != nil {
			t.Error(err)
		}
		if want := map[bool]int{false: 3, true: 6}[nfs]; tries != want {
			t.Errorf("%d tries, want %d", tries, want)
		}
		stop()
		if os.Chmod(path, 0o444) == nil && !nfs {
			if only, err := disk.Lock(t.Context(), path); errors.Join(err, only.Close()) != nil {
				t.Errorf("a file that can only be read: %v", err)
			}
		}
	}
}
