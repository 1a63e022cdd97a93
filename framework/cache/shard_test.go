package cache_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sedlab/framework/cache"
)

// Whatever is in the place of a folder of entries is set aside, by who looks for an entry,
// stores one, or verifies the cache.
func TestShardThatIsNoFolder(t *testing.T) {
	for name, place := range map[string]func(path string) error{
		"file":          func(path string) error { return os.WriteFile(path, []byte("x"), 0o666) },
		"pipe":          func(path string) error { return syscall.Mkfifo(path, 0o666) },
		"dangling link": func(path string) error { return os.Symlink("nowhere", path) },
		"loop":          func(path string) error { return os.Symlink(filepath.Base(path), path) },
	} {
		spoiled := func() (c *cache.Cache, key cache.Key) {
			c = open(t, t.TempDir())
			key = put(t, c, cache.Priors, "glo")
			shard := filepath.Dir(entryDir(c, cache.Priors, key))
			if err := errors.Join(os.RemoveAll(shard), place(shard)); err != nil {
				t.Fatal(err)
			}
			return c, key
		}
		aside := func(c *cache.Cache) bool {
			list, err := filepath.Glob(filepath.Join(c.Dir(), "damaged", "priors-??"))
			return err == nil && len(list) == 1
		}

		c, key := spoiled()
		if e, err := c.Get(cache.Priors, key); e != nil || err != nil && !errors.As(err, new(*cache.DamagedError)) {
			t.Errorf("%s: got %v, %v", name, e, err)
		}
		if again := put(t, c, cache.Priors, "glo"); again != key || !aside(c) {
			t.Errorf("%s: stored %s, expected %s, set aside: %t", name, again, key, aside(c))
		}
		if e, err := c.Get(cache.Priors, key); e == nil || err != nil {
			t.Errorf("%s: after it was stored again: %v, %v", name, e, err)
		}

		c, _ = spoiled()
		r, err := c.Verify(t.Context())
		if err != nil || len(r.Damaged) != 1 || !strings.Contains(r.Damaged[0].What, "is not a folder") || !aside(c) {
			t.Errorf("%s: verify: %+v, %v", name, r, err)
		}
		if r, err := c.Verify(t.Context()); err != nil || len(r.Damaged) != 0 {
			t.Errorf("%s: verify again: %+v, %v", name, r, err)
		}

		c, key = spoiled() // looked at by who may only read
		reader, err := cache.Look(t.Context(), 0, t.TempDir(), c.Dir())
		if err != nil {
			t.Fatal(err)
		}
		if e, err := reader.Get(cache.Priors, key); e != nil || err != nil && !errors.As(err, new(*cache.DamagedError)) {
			t.Errorf("%s: read: %v, %v", name, e, err)
		}
	}
}
