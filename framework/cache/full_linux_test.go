package cache_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sedlab/framework/cache"
)

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("sedlab-test", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("cannot mount a small file system: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	c, err := cache.Open(t.Context(), filepath.Join(dir, "cache"))
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
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
