package cache_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sedlab/framework/cache"
)

func TestFullDisk(t *testing.T) {
	c, err := cache.Open(t.Context(), 0, filepath.Join(small(t), "cache"))
	if err != nil {
		t.Fatal(err)
	}
	key, meta := ingredients("glo")
	if err := c.Checkpoint(key).Save(save("epoch 1")); err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("spectrum"), 1<<18)
	full := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), c.Dir()) {
			t.Errorf("%s on a full disk: %v", what, err)
		}
	}
	full("put", c.Put(cache.Priors, key, meta, func(to string) error {
		return os.WriteFile(filepath.Join(to, "weights"), big, 0o666)
	}))
	full("save", c.Checkpoint(key).Save(func(w io.Writer) error {
		_, err := w.Write(big)
		return err
	}))
	missing(t, c, cache.Priors, key)
	if left := append(names(t, c.Dir(), "tmp"), names(t, c.Dir(), "checkpoints")...); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if data, err := c.Checkpoint(key).Restore(); err != nil || string(data) != "epoch 1" {
		t.Errorf("the checkpoint before: %q, %v", data, err)
	}
	put(t, c, cache.Priors, "glo")
	whole(t, c, cache.Priors, key)
	full("replace", c.Replace(cache.Priors, key, meta, func(to string) error {
		return os.WriteFile(filepath.Join(to, "weights"), big, 0o666)
	}))
	whole(t, c, cache.Priors, key)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// small mounts a file system of 1 MB in a new folder, until the test ends.
func small(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("sedlab-test", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("cannot mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all the space in a folder's file system.
func fill(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range []int{1 << 16, 1} {
		for err == nil {
			_, err = f.Write(make([]byte, block))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		err = nil
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestPruneMakesSpaceOnAFullDisk(t *testing.T) {
	disk := small(t)
	dir := filepath.Join(disk, "cache")
	c, err := cache.Open(t.Context(), 0, dir)
	if err != nil {
		t.Fatal(err)
	}
	kept, other := put(t, c, cache.Cells, "kept"), put(t, c, cache.Cells, "other")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	fill(t, disk)
	for name, open := range map[string]func(context.Context, time.Duration, ...string) (*cache.Cache, error){"open": cache.Open, "look": cache.Look} {
		c, err := open(t.Context(), 0, dir)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		whole(t, c, cache.Cells, other)
		if r, err := c.Verify(t.Context()); err != nil || r.Entries != 2 || len(r.Damaged) != 0 {
			t.Errorf("%s: verify: %+v, %v", name, r, err)
		}
		if err := c.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	removed, err := cache.Prune(t.Context(), dir, cache.PruneOptions{
		Used: func() (map[cache.Key]bool, error) { return map[cache.Key]bool{kept: true}, nil },
	})
	if err != nil || len(removed) != 1 || removed[0].Name != string(other) {
		t.Errorf("prune: %+v, %v", removed, err)
	}
}
