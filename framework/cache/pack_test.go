package cache_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sedlab/framework/cache"
	"sedlab/internal/disk"
	"sedlab/internal/disk/disktest"
)

// several are names of entries that are stored together.
var several = []string{"a", "b", "c"}

func items(files map[string]string) (list []cache.Item) {
	for _, name := range several {
		key, meta := ingredients(name)
		it := cache.Item{Key: key, Meta: meta, Files: map[string]func(io.Writer) error{}}
		for file, content := range files {
			it.Files[file] = save(content)
		}
		list = append(list, it)
	}
	return list
}

func putAll(t *testing.T, c *cache.Cache, files map[string]string) (keys []cache.Key) {
	t.Helper()
	if err := c.ReplaceAll(cache.Cells, items(files)); err != nil {
		t.Fatal(err)
	}
	for _, it := range items(files) {
		keys = append(keys, it.Key)
	}
	return keys
}

// allHold checks that all entries hold the given files.
func allHold(t *testing.T, c *cache.Cache, keys []cache.Key, files map[string]string) {
	t.Helper()
	for _, key := range keys {
		holds(t, c, cache.Cells, key, files)
		if note, ok := c.Note(cache.Cells, key); !ok || !c.Has(cache.Cells, key) || note["prior"] == "" {
			t.Errorf("note %v, %v", note, ok)
		}
	}
}

// Entries that are stored together are as good as others: they are found, replaced, listed
// and pruned one by one.
func TestReplaceAll(t *testing.T) {
	eachExchange(t, func(t *testing.T, c *cache.Cache, _ bool) {
		keys := putAll(t, c, files)
		allHold(t, c, keys, files)
		allHold(t, c, putAll(t, c, grown), grown) // packs by a pack
		_, meta := ingredients("a")
		if err := c.Replace(cache.Cells, keys[0], meta, writeFiles); err != nil { // one of a pack by a folder
			t.Fatal(err)
		}
		holds(t, c, cache.Cells, keys[0], files)
		allHold(t, c, keys[1:], grown)
		allHold(t, c, putAll(t, c, grown), grown) // a folder by one of a pack
		put(t, c, cache.Cells, "b")
		allHold(t, c, keys, grown)
		clean(t, c)
		if r, err := c.Verify(t.Context()); err != nil || r.Entries != 3 || r.Bytes != 3*28 {
			t.Errorf("verify: %+v, %v", r, err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		used := func() (map[cache.Key]bool, error) { return map[cache.Key]bool{keys[1]: true}, nil }
		removed, err := cache.Prune(t.Context(), c.Dir(), cache.PruneOptions{Used: used})
		if err != nil || len(removed) != 2 || removed[0].Bytes != 28 {
			t.Errorf("prune: %+v, %v", removed, err)
		}
		c = open(t, c.Dir())
		missing(t, c, cache.Cells, keys[0])
		holds(t, c, cache.Cells, keys[1], grown)
	})
}

// Of a changed byte, the entry takes notice that it belongs to, and no other.
func TestFlippedBytesOfAPack(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir())
	keys := putAll(t, c, files)
	path := entryDir(c, cache.Cells, keys[1])
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	noticed, total := 0, 0
	for i := 0; i < len(whole); i += 3 {
		flip(t, path, i)
		total++
		e, err := c.Get(cache.Cells, keys[1])
		var d *cache.DamagedError
		switch {
		case errors.As(err, &d):
			noticed++
		case err != nil || e == nil:
			t.Fatalf("byte %d: %v", i, err)
		default:
			holds(t, c, cache.Cells, keys[1], files)
		}
		overwrite(t, path, whole)
	}
	if share := float64(noticed) / float64(total); share < 0.3 || share > 0.5 { // a third, and the end of the index
		t.Errorf("%d of %d bytes were noticed", noticed, total)
	}
	for size := range len(whole) - 1 {
		if size%29 == 0 {
			overwrite(t, path, whole[:size])
			var d *cache.DamagedError
			if e, err := c.Get(cache.Cells, keys[1]); e != nil || !errors.As(err, &d) {
				t.Fatalf("cut to %d bytes: %v, %v", size, e, err)
			}
		}
	}
	allHold(t, c, []cache.Key{keys[0], keys[2]}, files)
}

// A power failure while a pack is stored leaves each of its entries whole or not at all, and
// after Sync, all.
func TestPowerFailureInReplaceAll(t *testing.T) {
	root := t.TempDir()
	c, err := cache.Open(t.Context(), 0, filepath.Join(root, "cache"))
	if err != nil {
		t.Fatal(err)
	}
	log, stop := disktest.Record(root)
	defer stop()
	keys := putAll(t, c, files)
	if err := c.Sync(); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	// The folders that were there before.
	log.Changes = append([]disk.Change{{Op: disk.OpMkdir, Path: "cache/tmp"}, {Op: disk.OpMkdir, Path: "cache/cells"}, {Op: disk.OpSyncDir, Path: "."}, {Op: disk.OpSyncDir, Path: "cache"}}, log.Changes...)
	for n := 4; n <= len(log.Changes); n++ {
		for _, choice := range disktest.Choices {
			dir := t.TempDir()
			if err := log.Crash(dir, n, choice, uint64(n)); err != nil {
				t.Fatal(err)
			}
			after := open(t, filepath.Join(dir, "cache"))
			found := 0
			for _, key := range keys {
				e, err := after.Get(cache.Cells, key)
				if err != nil {
					t.Fatalf("%v after %d changes: %v", choice, n, err)
				}
				if e != nil {
					found++
					holds(t, after, cache.Cells, key, files)
				}
			}
			if n == len(log.Changes) && found != len(keys) {
				t.Errorf("%v: %d entries after all was synced", choice, found)
			}
		}
	}
}

// Where a file cannot have several names, entries get folders.
func TestPackWithoutLinks(t *testing.T) {
	for _, refused := range []error{syscall.EPERM, syscall.EMLINK, syscall.EXDEV, syscall.ENOTSUP} {
		c := open(t, t.TempDir())
		stop := disk.Watch(func(ch disk.Change) error {
			if ch.Op == disk.OpLink {
				return refused
			}
			return nil
		})
		keys := putAll(t, c, files)
		stop()
		allHold(t, c, keys, files)
		if _, err := os.Stat(filepath.Join(entryDir(c, cache.Cells, keys[0]), "entry.json")); err != nil {
			t.Errorf("%v: %v", refused, err)
		}
		clean(t, c)
	}
}

func TestPackOnAFullDisk(t *testing.T) {
	c := open(t, t.TempDir())
	stop := disk.Watch(func(ch disk.Change) error {
		if ch.Op == disk.OpWrite && strings.Contains(ch.Path, "pack-") {
			return syscall.ENOSPC
		}
		return nil
	})
	err := c.ReplaceAll(cache.Cells, items(files))
	stop()
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(fmt.Sprint(err), c.Dir()) {
		t.Errorf("got %v", err)
	}
	for _, it := range items(files) {
		missing(t, c, cache.Cells, it.Key)
	}
	clean(t, c)
}

// What could not be synced is synced the next time.
func TestSyncAgain(t *testing.T) {
	c := open(t, t.TempDir())
	putAll(t, c, files)
	synced := map[string]int{}
	fail := true
	stop := disk.Watch(func(change disk.Change) error {
		if change.Op != disk.OpSyncDir || change.Err != nil {
			return nil
		}
		if fail {
			return syscall.EIO
		}
		synced[change.Path]++
		return disk.ErrSkip
	})
	defer stop()
	if err := c.Sync(); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	fail = false
	if err := c.Sync(); err != nil || len(synced) == 0 {
		t.Errorf("%v, %v", err, synced)
	}
	before := len(synced)
	if err := c.Sync(); err != nil || len(synced) != before {
		t.Errorf("%v, synced once more: %v", err, synced)
	}
}
