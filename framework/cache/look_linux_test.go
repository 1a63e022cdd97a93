package cache_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"sedlab/framework/cache"
)

func TestLookAtAReadOnlyFileSystem(t *testing.T) {
	disk := small(t)
	dir := filepath.Join(disk, "cache")
	c, err := cache.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	good, bad := put(t, c, cache.Cells, "good"), put(t, c, cache.Cells, "bad")
	flip(t, filepath.Join(entryDir(c, cache.Cells, bad), "weights"), 3)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("cannot mount read-only: %v", err)
	}
	if _, err := cache.Open(t.Context(), dir); !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), "--cache") {
		t.Errorf("open: %v", err)
	}
	looksAt(t, dir, good, bad)
	if c, err = cache.Look(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Digest(t.Context(), "cache.go"); err != nil { // old enough to be remembered
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// asNobody calls f without the rights of the user root.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const nobody = 65534
	if err := syscall.Setfsuid(nobody); err != nil {
		t.Skip(err)
	}
	defer func() {
		if err := syscall.Setfsuid(0); err != nil {
			t.Fatal(err)
		}
	}()
	f()
}

func TestLookAtTheCacheOfAnother(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	good, bad := put(t, c, cache.Cells, "good"), put(t, c, cache.Cells, "bad")
	flip(t, filepath.Join(entryDir(c, cache.Cells, bad), "weights"), 3)
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // t.TempDir's own are private
		t.Fatal(err)
	}
	var folders []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if e.IsDir() {
			folders = append(folders, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	mode := func(perm fs.FileMode) {
		for _, folder := range folders {
			if err := os.Chmod(folder, perm); err != nil {
				t.Fatal(err)
			}
		}
	}
	mode(0o555)
	defer mode(0o777)
	asNobody(t, func() {
		if _, err := cache.Open(t.Context(), dir); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "--cache") {
			t.Errorf("open: %v", err)
		}
		looksAt(t, dir, good, bad)
	})
}

// looksAt checks what Look can do with a cache that cannot be written.
func looksAt(t *testing.T, dir string, good, bad cache.Key) {
	t.Helper()
	c, err := cache.Look(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	whole(t, c, cache.Cells, good)
	if _, err := c.Digest(t.Context(), filepath.Join(entryDir(c, cache.Cells, good), "weights")); err != nil {
		t.Error(err)
	}
	_, err = c.Get(cache.Cells, bad)
	var d *cache.DamagedError
	if err == nil || errors.As(err, &d) || !strings.Contains(err.Error(), "cannot be set aside") {
		t.Errorf("get of what is damaged: %v; want an error that nobody takes for its removal", err)
	}
	r, err := c.Verify(t.Context())
	if err != nil || r.Entries != 2 || len(r.Damaged) != 1 || r.Damaged[0].Stuck == "" || r.Damaged[0].Aside != "" {
		t.Errorf("verify: %+v, %v", r, err)
	}
	used := func() (map[cache.Key]bool, error) { return map[cache.Key]bool{good: true}, nil }
	if list, err := cache.Prune(t.Context(), dir, cache.PruneOptions{Used: used, DryRun: true}); err != nil || len(list) != 1 {
		t.Errorf("what would be pruned: %+v, %v", list, err)
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Error(err)
	}
}
