package cache_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"sedlab/framework/cache"
)

func TestLookAtAReadOnlyFileSystem(t *testing.T) {
	disk := small(t)
	dir := filepath.Join(disk, "cache")
	c, err := cache.Open(t.Context(), 0, dir)
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
	if _, err := cache.Open(t.Context(), 0, dir); !errors.Is(err, syscall.EROFS) || !isUnwritable(err) {
		t.Errorf("open: %v", err)
	}
	looksAt(t, dir, good, bad)
	if c, err = cache.Look(t.Context(), 0, dir); err != nil {
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
	defer readOnly(t, dir)()
	asNobody(t, func() {
		if _, err := cache.Open(t.Context(), 0, dir); !errors.Is(err, fs.ErrPermission) || !isUnwritable(err) {
			t.Errorf("open: %v", err)
		}
		looksAt(t, dir, good, bad)
	})
}

// readOnly takes the right to write in all folders of a cache away until it is
// given back.
func readOnly(t *testing.T, dir string) (undo func()) {
	t.Helper()
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
	return func() { mode(0o777) }
}

// Where nothing can be set aside no lock helps a reader either: it sees by itself
// that the entry it read has been replaced.
func TestLookWhileReplacing(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the one who replaces must be able to write where the reader cannot")
	}
	disk := small(t)
	if err := os.Chmod(filepath.Dir(disk), 0o755); err != nil { // t.TempDir's own are private
		t.Fatal(err)
	}
	for mode, renames := range map[string]bool{"exchange": false, "renames": true} {
		t.Run(mode, func(t *testing.T) {
			c := open(t, filepath.Join(disk, mode))
			if renames {
				c.WithoutExchange()
			}
			key := replace(t, c, writeFiles)
			defer readOnly(t, c.Dir())()
			asNobody(t, func() { getWhileReplacing(t, c, key, renames) })
		})
	}
}

// getWhileReplacing looks at an entry that others replace, which may be missing
// in between only where folders cannot be exchanged.
func getWhileReplacing(t *testing.T, c *cache.Cache, key cache.Key, renames bool) {
	reader, err := cache.Look(t.Context(), 0, c.Dir())
	if err != nil {
		t.Fatal(err)
	}
	var done atomic.Bool
	var writer sync.WaitGroup
	writer.Go(func() { // as root: another thread
		defer done.Store(true)
		_, meta := ingredients("glo")
		for n := range 1000 {
			if err := c.Replace(cache.Priors, key, meta, []func(string) error{writeGrown, writeFiles}[n%2]); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for !done.Load() {
		if e, err := reader.Get(cache.Priors, key); err != nil || e == nil && !renames || e != nil && len(e.Files) != 3 {
			t.Errorf("get: %v, %v", e, err)
			break
		}
	}
	writer.Wait()
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
}

// looksAt checks what Look can do with a cache that cannot be written.
func looksAt(t *testing.T, dir string, good, bad cache.Key) {
	t.Helper()
	c, err := cache.Look(t.Context(), 0, dir)
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

func TestTheFirstWritableLayerTakesWhatIsNew(t *testing.T) {
	dir, mine := t.TempDir(), filepath.Join(t.TempDir(), "new")
	c := open(t, dir)
	theirs := put(t, c, cache.Cells, "theirs")
	for _, folder := range []string{filepath.Dir(dir), filepath.Dir(mine), filepath.Dir(filepath.Dir(mine))} {
		if err := os.Chmod(folder, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	defer readOnly(t, dir)()
	asNobody(t, func() {
		if cache.CanWrite(dir) || !cache.CanWrite(mine) {
			t.Errorf("can be written: %v, %v; want only the second", cache.CanWrite(dir), cache.CanWrite(mine))
		}
		c, err := cache.Open(t.Context(), 0, dir, mine)
		if err != nil {
			t.Fatal(err)
		}
		ours := put(t, c, cache.Cells, "ours")
		if c.Dir() != mine || !c.Has(cache.Cells, ours) {
			t.Errorf("what is new went to %s", c.Dir())
		}
		whole(t, c, cache.Cells, theirs)
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if _, err := cache.Open(t.Context(), 0, filepath.Join(dir, "none"), mine); !isUnwritable(err) {
			t.Errorf("a folder that can be neither read nor made: %v", err)
		}
	})
}

// What one user writes into a shared cache, others can read, whatever the umask.
func TestFilesHaveTheModeOfTheCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shared")
	if err := errors.Join(os.Mkdir(dir, 0o777), os.Chmod(dir, 0o775)); err != nil {
		t.Fatal(err)
	}
	defer syscall.Umask(syscall.Umask(0o077))
	c := open(t, dir)
	key, _ := ingredients("begun")
	if err := c.Checkpoint(key).Save(save("epoch 10")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Digest(t.Context(), "cache.go"); err != nil { // old enough to be remembered
		t.Fatal(err)
	}
	for _, pattern := range []string{"checkpoints/*", "digests/*", "README.md"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) != 1 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o664 {
			t.Errorf("%s: %v, %v", files[0], info.Mode(), err)
		}
	}
}
