package cache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sedlab/framework/cache"
	"sedlab/internal/disk"
)

// lease is the length of the leases of these tests, of which a holder notices within a quarter
// that one is lost.
const lease = 200 * time.Millisecond

func openFor(t *testing.T, length time.Duration) *cache.Cache {
	t.Helper()
	c, err := cache.Open(t.Context(), length, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// lose takes the leases in a folder of locks away, as others do with those of the dead.
func lose(t *testing.T, dir string) (lost int) {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range list {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	return len(list)
}

// The length of leases is also that of those who only have the cache open.
func TestLengthOfLeases(t *testing.T) {
	t.Parallel()
	c := openFor(t, 3*time.Hour)
	reader, err := cache.Look(t.Context(), 3*time.Hour, c.Dir())
	if err != nil {
		t.Fatal(err)
	}
	lock, err := c.Lock(t.Context(), "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	list, err := filepath.Glob(filepath.Join(c.Dir(), "locks", "open", "*", "*"))
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	taken, err := filepath.Glob(filepath.Join(c.Dir(), "locks", "x", "*"))
	if err != nil || len(taken) != 1 {
		t.Fatal(taken, err)
	}
	for _, file := range append(list, taken...) {
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), `"lease_seconds":10800`) {
			t.Errorf("%s: %s, %v", file, text, err)
		}
	}
	if err := errors.Join(lock.Release(), reader.Close()); err != nil {
		t.Error(err)
	}
}

// A process that Prune took for dead is seen again, and leaves nothing when it closes the cache.
func TestLostPresence(t *testing.T) {
	t.Parallel()
	c := openFor(t, lease)
	for range 2 {
		users := names(t, c.Dir(), "locks", "open")
		if len(users) != 1 || lose(t, filepath.Join(c.Dir(), "locks", "open", users[0])) != 1 {
			t.Fatalf("users %v", users)
		}
		for end := time.Now().Add(time.Minute); ; time.Sleep(lease / 20) {
			if list, err := c.Users(); err != nil || len(list) == 1 {
				if err != nil {
					t.Error(err)
				}
				break
			}
			if time.Now().After(end) {
				t.Fatal("is not seen again")
			}
		}
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if left := names(t, c.Dir(), "locks", "open"); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// A process that loses the lock of an item before it moves or exchanges it takes the lock again,
// and looks at the item again.
func TestLostLockOfAnItem(t *testing.T) {
	eachExchange(t, func(t *testing.T, c *cache.Cache, _ bool) {
		key := put(t, c, cache.Priors, "glo")
		lock := filepath.Join(c.Dir(), "locks", "item-priors-"+string(key))
		locked, moved := 0, 0
		stop := disk.Watch(func(ch disk.Change) error {
			switch {
			case ch.Err != nil:
			case ch.Op == disk.OpRename && ch.To == lock:
				locked++
			case ch.Op == disk.OpExchange, ch.Op == disk.OpRename && (ch.Path == entryDir(c, cache.Priors, key) || strings.Contains(ch.To, "damaged")):
				moved = max(moved, locked)
			}
			return nil
		})
		defer stop()
		c.OnStep(func(step string) {
			if step == "to be exchanged" && locked == 1 {
				lose(t, lock)
			}
		})
		replace(t, c, writeGrown)
		if locked != 2 || moved != 2 {
			t.Errorf("locked %d times, and moved after %d, want 2", locked, moved)
		}
		holds(t, c, cache.Priors, key, grown)

		locked, moved = 0, 0
		flip(t, filepath.Join(entryDir(c, cache.Priors, key), "weights"), 0)
		c.OnStep(func(step string) {
			if step == "to be moved" && locked == 1 { // while it was paused, another process has put a good one there
				lose(t, lock)
				flip(t, filepath.Join(entryDir(c, cache.Priors, key), "weights"), 0)
			}
		})
		if e, err := c.Get(cache.Priors, key); e == nil || err != nil {
			t.Errorf("get: %v, %v", e, err)
		}
		if locked != 2 || moved != 0 {
			t.Errorf("locked %d times, and moved after %d", locked, moved)
		}
		clean(t, c)
	})
}

// Nobody waits for the lock of an item after the end of the context with which the cache was opened.
func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c, err := cache.Open(ctx, 0, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	key := put(t, c, cache.Priors, "glo")
	lock, err := c.Lock(t.Context(), "item-priors-"+string(key), nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	_, meta := ingredients("glo")
	if err := c.Replace(cache.Priors, key, meta, writeGrown); !errors.Is(err, context.Canceled) {
		t.Errorf("replace: %v", err)
	}
	whole(t, c, cache.Priors, key)
	flip(t, filepath.Join(entryDir(c, cache.Priors, key), "weights"), 0)
	if e, err := c.Get(cache.Priors, key); e != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("get: %v, %v", e, err)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
	setAside(t, c, key, "weights") // which needs no waiting
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
