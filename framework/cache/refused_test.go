package cache_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sedlab/framework/cache"
)

// refused is what an entry's place can hold that is none.
var refused = map[string]func(dir string) error{
	"no entry.json":   func(dir string) error { return os.MkdirAll(filepath.Join(dir, "half"), 0o777) },
	"a file":          func(dir string) error { return os.WriteFile(dir, nil, 0o666) },
	"a dangling link": func(dir string) error { return os.Symlink("nowhere", dir) },
	"a pipe": func(dir string) error {
		return errors.Join(os.Mkdir(dir, 0o777), syscall.Mkfifo(filepath.Join(dir, "entry.json"), 0o666))
	},
	"changed bytes": func(dir string) error {
		return errors.Join(os.Mkdir(dir, 0o777), os.WriteFile(filepath.Join(dir, "entry.json"), []byte("{}"), 0o666))
	},
}

// eachRefused runs test over caches in which the place of key is one of refused.
func eachRefused(t *testing.T, test func(t *testing.T, c *cache.Cache, key cache.Key)) {
	for name, spoil := range refused {
		t.Run(name, func(t *testing.T) {
			c := open(t, t.TempDir())
			key, _ := ingredients("glo")
			dir := entryDir(c, cache.Cells, key)
			if err := errors.Join(os.Mkdir(filepath.Dir(dir), 0o777), spoil(dir)); err != nil {
				t.Fatal(err)
			}
			test(t, c, key)
		})
	}
}

func TestPutReplacesWhatIsDamaged(t *testing.T) {
	eachRefused(t, func(t *testing.T, c *cache.Cache, key cache.Key) {
		put(t, c, cache.Cells, "glo")
		whole(t, c, cache.Cells, key)
		if aside := names(t, c.Dir(), "damaged"); !slices.Equal(aside, []string{"cells-" + string(key)}) {
			t.Errorf("set aside: %v", aside)
		}
	})
}

func TestGetSetsAsideWhatIsNoEntry(t *testing.T) {
	eachRefused(t, func(t *testing.T, c *cache.Cache, key cache.Key) {
		var d *cache.DamagedError
		if e, err := c.Get(cache.Cells, key); e != nil || !errors.As(err, &d) {
			t.Errorf("get: %v, %v", e, err)
		}
		missing(t, c, cache.Cells, key)
	})
}

func TestSetAside(t *testing.T) {
	c := open(t, t.TempDir())
	key := put(t, c, cache.Priors, "glo")
	p := c.Checkpoint(key)
	if err := p.Save(save("epoch 10")); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("weights: no tensor")
	stored, err := c.Get(cache.Priors, key)
	if err != nil {
		t.Fatal(err)
	}
	entry := func() error { return stored.SetAside(cause) }
	state := func() error { return p.SetAside(cause) }
	for name, setAside := range map[string]func() error{"priors-" + string(key): entry, string(key) + ".checkpoint": state} {
		for _, aside := range []string{filepath.Join(c.Dir(), "damaged", name), ""} { // the second time it is gone
			err := setAside()
			var d *cache.DamagedError
			if !errors.As(err, &d) || *d != (cache.DamagedError{Item: name, What: cause.Error(), Aside: aside}) {
				t.Errorf("%s: %v; want it to be in %q", name, err, aside)
			}
		}
	}
	missing(t, c, cache.Priors, key)
	if data, err := p.Restore(); data != nil || err != nil {
		t.Errorf("restored %q, %v", data, err)
	}
	put(t, c, cache.Priors, "glo")
	whole(t, c, cache.Priors, key)
}

func TestPipesDoNotHang(t *testing.T) {
	c := open(t, t.TempDir())
	key, _ := ingredients("glo")
	for _, path := range []string{"checkpoints/" + string(key) + ".checkpoint", "digests/1-2.json", "locks/glo", "locks/open/1"} {
		if err := syscall.Mkfifo(filepath.Join(c.Dir(), path), 0o666); err != nil {
			t.Skip(err)
		}
	}
	if _, _, err := c.TryLock("glo"); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("lock: %v", err)
	}
	if users, err := c.Users(); err != nil || len(users) != 1 {
		t.Errorf("users: %v, %v", users, err)
	}
	if r, err := c.Verify(t.Context()); err != nil || len(r.Damaged) != 2 {
		t.Errorf("verify: %+v, %v", r, err)
	}
}
