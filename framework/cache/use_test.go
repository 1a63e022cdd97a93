package cache_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"sedlab/framework/cache"
)

func TestUsersBesideOpenAndClose(t *testing.T) {
	c := open(t, t.TempDir())
	stop := make(chan struct{})
	var askers, openers sync.WaitGroup
	for range 4 {
		askers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if users, err := c.Users(); err != nil || len(users) == 0 {
					t.Errorf("users: %v, %v", users, err)
					return
				}
			}
		})
	}
	for range 4 {
		openers.Go(func() {
			for range 25 {
				other, err := cache.Open(t.Context(), 0, c.Dir())
				if err == nil {
					err = other.Close()
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	openers.Wait()
	close(stop)
	askers.Wait()
	if left := names(t, c.Dir(), "locks", "open"); len(left) != 1 {
		t.Errorf("locks/open holds %v, want the one that is open", left)
	}
}

func TestLookMakesNothing(t *testing.T) {
	dir := t.TempDir()
	c, err := cache.Look(t.Context(), 0, dir)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := ingredients("glo")
	missing(t, c, cache.Priors, key)
	if r, err := c.Verify(t.Context()); err != nil || r.Entries != 0 {
		t.Errorf("verify: %+v, %v", r, err)
	}
	if _, err := c.Digest(t.Context(), "cache.go"); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if made := names(t, dir); len(made) > 0 {
		t.Errorf("made %v", made)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(dir, "none")} {
		if _, err := cache.Look(t.Context(), 0, path); err == nil {
			t.Errorf("%s can be looked at", path)
		}
	}
}

func TestPruneNamesWhoLooks(t *testing.T) {
	dir, _, _ := filled(t)
	c, err := cache.Look(t.Context(), 0, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = cache.Prune(t.Context(), dir, cache.PruneOptions{Used: nothing})
	var busy *cache.InUseError
	if !errors.As(err, &busy) || len(busy.Holders) != 1 || busy.Holders[0].PID != os.Getpid() {
		t.Errorf("prune: %v", err)
	}
}
