package cache_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sedlab/framework/cache"
	"sedlab/internal/disk"
)

// eachExchange runs test where folders can be exchanged and where they cannot.
func eachExchange(t *testing.T, test func(t *testing.T, c *cache.Cache, renames bool)) {
	for name, renames := range map[string]bool{"exchange": false, "renames": true} {
		t.Run(name, func(t *testing.T) {
			c := open(t, t.TempDir())
			if renames {
				c.WithoutExchange()
			}
			test(t, c, renames)
		})
	}
}

// clean checks that nothing was left behind or set aside.
func clean(t *testing.T, c *cache.Cache) {
	t.Helper()
	if left := append(names(t, c.Dir(), "tmp"), names(t, c.Dir(), "damaged")...); len(left) > 0 {
		t.Errorf("left behind or set aside: %v", left)
	}
}

func replace(t *testing.T, c *cache.Cache, write func(dir string) error) cache.Key {
	t.Helper()
	key, meta := ingredients("glo")
	if err := c.Replace(cache.Priors, key, meta, write); err != nil {
		t.Fatal(err)
	}
	return key
}

func TestReplace(t *testing.T) {
	eachExchange(t, func(t *testing.T, c *cache.Cache, _ bool) {
		key := replace(t, c, writeFiles)
		whole(t, c, cache.Priors, key)
		replace(t, c, writeGrown)
		holds(t, c, cache.Priors, key, grown)
		put(t, c, cache.Priors, "glo")
		holds(t, c, cache.Priors, key, grown)
		clean(t, c)
		for _, name := range names(t, entryDir(c, cache.Priors, key)) {
			flip(t, filepath.Join(entryDir(c, cache.Priors, key), name), 0)
			if err := os.RemoveAll(setAside(t, c, key, name)); err != nil {
				t.Fatal(err)
			}
			replace(t, c, writeGrown)
		}
		replace(t, c, writeFiles)
		whole(t, c, cache.Priors, key)
		clean(t, c)
	})
}

// NFS keeps a file that is removed while a process has it open, and so its folder, and a change
// may be made and report an error, when the first answer was lost. The entry is stored all the same.
func TestReplaceOverNFS(t *testing.T) {
	eachExchange(t, func(t *testing.T, c *cache.Cache, _ bool) {
		kept := 0
		stop := disk.Watch(func(ch disk.Change) error {
			switch ch.Op {
			case disk.OpClear:
				kept++
				return []error{syscall.ENOTEMPTY, syscall.EBUSY}[kept%2]
			case disk.OpRename:
				return errors.Join(os.Rename(ch.Path, ch.To), fs.ErrNotExist)
			}
			return nil
		})
		defer stop()
		key, meta := ingredients("glo")
		for _, write := range []func(string) error{writeFiles, writeGrown} {
			// Without exchange, the lost answer to the first of two renames ends a call with an error.
			if err := c.Replace(cache.Priors, key, meta, write); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
		}
		if kept == 0 {
			t.Error("nothing was cleared away")
		}
	})
}

func TestReplaceSetsDamagedAside(t *testing.T) {
	eachRefused(t, func(t *testing.T, c *cache.Cache, key cache.Key) {
		_, meta := ingredients("glo")
		if err := c.Replace(cache.Cells, key, meta, writeGrown); err != nil {
			t.Fatal(err)
		}
		holds(t, c, cache.Cells, key, grown)
		if aside := names(t, c.Dir(), "damaged"); !slices.Equal(aside, []string{"cells-" + string(key)}) {
			t.Errorf("set aside: %v", aside)
		}
	})
}

func TestFailedReplaceKeepsTheOldOne(t *testing.T) {
	eachExchange(t, func(t *testing.T, c *cache.Cache, _ bool) {
		key := put(t, c, cache.Priors, "glo")
		_, meta := ingredients("glo")
		broken := errors.New("disk on fire")
		err := c.Replace(cache.Priors, key, meta, func(dir string) error { return errors.Join(writeGrown(dir), broken) })
		if !errors.Is(err, broken) {
			t.Errorf("got %v; want the cause", err)
		}
		whole(t, c, cache.Priors, key)
		clean(t, c)
	})
}

func TestKilledReplaceLosesNothing(t *testing.T) {
	for _, mode := range []string{"exchange", "renames"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			for n := 1; ; n++ {
				dir := t.TempDir()
				c := open(t, dir)
				key := put(t, c, cache.Priors, "glo")
				out, err := process(t, "die-in-put", dir, fmt.Sprint(n), mode).Output()
				step := strings.TrimSpace(string(out))
				switch {
				case err == nil:
					if n < 9 {
						t.Errorf("only %d steps", n-1)
					}
					holds(t, c, cache.Priors, key, grown)
					return
				case step == "renamed":
					holds(t, c, cache.Priors, key, grown)
				case step == "old moved":
					if missing(t, c, cache.Priors, key); mode == "exchange" {
						t.Error("an exchange has no such step")
					}
				default:
					whole(t, c, cache.Priors, key)
				}
				replace(t, c, writeGrown)
				holds(t, c, cache.Priors, key, grown)
				if list := names(t, dir, "damaged"); len(list) > 0 {
					t.Errorf("killed after %s: %v was set aside", step, list)
				}
			}
		})
	}
}

// A process that puts an entry in the place that Replace has just cleared does
// not keep it from replacing that one.
func TestReplaceAfterAPutBetweenItsRenames(t *testing.T) {
	c := open(t, t.TempDir())
	key := put(t, c, cache.Priors, "glo")
	c.WithoutExchange()
	puts := 0
	c.OnStep(func(step string) {
		if step == "old moved" && puts < 3 {
			puts++
			put(t, open(t, c.Dir()), cache.Priors, "glo")
		}
	})
	replace(t, c, writeGrown)
	holds(t, c, cache.Priors, key, grown)
	clean(t, c)
	if puts != 3 {
		t.Errorf("%d puts in between, want 3", puts)
	}
}

// Whoever sets an entry aside reads it under a lock and then moves it: nothing
// may be exchanged in between.
func TestReplaceWaitsForWhoSetsAside(t *testing.T) {
	eachExchange(t, func(t *testing.T, c *cache.Cache, _ bool) {
		key := put(t, c, cache.Priors, "glo")
		lock, err := c.Lock(t.Context(), "item-priors-"+string(key), nil)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			_, meta := ingredients("glo")
			done <- c.Replace(cache.Priors, key, meta, writeGrown)
		}()
		select {
		case err := <-done:
			t.Errorf("did not wait: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
		whole(t, c, cache.Priors, key)
		if err := errors.Join(lock.Release(), <-done); err != nil {
			t.Error(err)
		}
		holds(t, c, cache.Priors, key, grown)
	})
}

func TestReadersWhileReplacing(t *testing.T) {
	t.Parallel()
	eachExchange(t, func(t *testing.T, c *cache.Cache, renames bool) {
		key := put(t, c, cache.Priors, "glo")
		_, meta := ingredients("glo")
		stop := make(chan struct{})
		var readers, writers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for running := true; running; {
					select {
					case <-stop:
						running = false
					default:
					}
					e, err := c.Get(cache.Priors, key)
					_, noted := c.Note(cache.Priors, key)
					r, failed := c.Verify(t.Context())
					if err != nil || failed != nil || len(r.Damaged) > 0 || !renames && (e == nil || !noted || r.Bytes == 0) {
						t.Errorf("get: %v, %v; noted: %v; verify: %+v, %v", e, err, noted, r, failed)
						return
					}
					if e != nil && len(e.Files) != 3 {
						t.Errorf("got files %v", e.Files)
					}
				}
			})
		}
		for i := range 2 {
			writers.Go(func() {
				for n := range 30 {
					write := writeFiles
					if (n+i)%2 == 0 {
						write = writeGrown
					}
					if err := c.Replace(cache.Priors, key, meta, write); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		writers.Wait()
		close(stop)
		readers.Wait()
		holds(t, c, cache.Priors, key, files, grown)
		clean(t, c)
		flip(t, filepath.Join(entryDir(c, cache.Priors, key), "weights"), 3)
		setAside(t, c, key, "weights")
	})
}
