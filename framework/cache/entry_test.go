package cache_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sedlab/framework/cache"
)

func TestPutGet(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a [b]", "cache")
	c := open(t, dir)
	key, meta := ingredients("glo")
	missing(t, c, cache.Priors, key)
	put(t, c, cache.Priors, "glo")
	whole(t, c, cache.Priors, key)
	missing(t, c, cache.Cells, key)

	again := open(t, dir)
	if !again.Has(cache.Priors, key) {
		t.Error("the entry is gone when the cache is opened again")
	}
	e, err := again.Get(cache.Priors, key)
	if err != nil {
		t.Fatal(err)
	}
	if e.Note["prior"] != "glo" || e.Program != "v1" || e.Size() != 23 || time.Since(e.Created).Abs() > time.Hour {
		t.Errorf("the entry says %+v", e.Info)
	}
	if made, _, err := cache.KeyOf(e.Ingredients); err != nil || made != key || string(meta.Ingredients) == "" {
		t.Errorf("ingredients %s have the key %s", e.Ingredients, made)
	}
	if v := decode(t, filepath.Join(entryDir(c, cache.Priors, key), "entry.json")); v["key"] != string(key) {
		t.Errorf("entry.json names the key %v", v["key"])
	}
	if readme, err := os.ReadFile(filepath.Join(dir, "README.md")); err != nil || !strings.Contains(string(readme), "sedlab") {
		t.Errorf("README.md: %q, %v", readme, err)
	}
}

func TestEntriesAreReadOnlyAndShared(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o2770); err != nil {
		t.Fatal(err)
	}
	c := open(t, dir)
	key := put(t, c, cache.Cells, "pca")
	folder := entryDir(c, cache.Cells, key)
	for _, name := range names(t, folder) {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || info.Mode() != 0o444 {
			t.Errorf("%s: mode %v, %v; want 0444", name, info.Mode(), err)
		}
	}
	for _, path := range []string{folder, filepath.Dir(folder), filepath.Join(dir, "tmp")} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o770 {
			t.Errorf("%s: mode %v, %v; want that of the cache, 0770", path, info.Mode(), err)
		}
	}
}

func TestPutTwiceKeepsTheFirst(t *testing.T) {
	c := open(t, t.TempDir())
	key := put(t, c, cache.Cells, "glo")
	_, meta := ingredients("glo")
	err := c.Put(cache.Cells, key, meta, func(dir string) error {
		return os.WriteFile(filepath.Join(dir, "other"), nil, 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
	whole(t, c, cache.Cells, key)
	if left := names(t, c.Dir(), "tmp"); len(left) > 0 {
		t.Errorf("tmp holds %v", left)
	}
}

func TestPutAtOnce(t *testing.T) {
	c := open(t, t.TempDir())
	key, meta := ingredients("glo")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := c.Put(cache.Cells, key, meta, writeFiles); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	whole(t, c, cache.Cells, key)
}

func TestFailedPutLeavesNothing(t *testing.T) {
	c := open(t, t.TempDir())
	key, meta := ingredients("glo")
	broken := errors.New("disk on fire")
	err := c.Put(cache.Priors, key, meta, func(dir string) error { return errors.Join(writeFiles(dir), broken) })
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), c.Dir()) || !strings.Contains(err.Error(), key.Short()) {
		t.Errorf("got %v; want the cause, the folder and the key", err)
	}
	missing(t, c, cache.Priors, key)
	if left := names(t, c.Dir(), "tmp"); len(left) > 0 {
		t.Errorf("tmp holds %v", left)
	}
}

func TestGetRefusesWhatIsNoKey(t *testing.T) {
	c := open(t, t.TempDir())
	for _, key := range []cache.Key{"", "../../../etc/passwd", cache.Key(strings.Repeat("A", 64)), cache.Key(strings.Repeat("/", 64))} {
		if e, err := c.Get(cache.Cells, key); e != nil || err == nil || c.Has(cache.Cells, key) {
			t.Errorf("key %q: %v, %v; want an error", key, e, err)
		}
	}
}

func TestNote(t *testing.T) {
	c := open(t, t.TempDir())
	key, meta := ingredients("glo")
	noted := func(want map[string]string, there bool) {
		t.Helper()
		if note, ok := c.Note(cache.Cells, key); ok != there || !maps.Equal(note, want) {
			t.Errorf("note: %v, %v; want %v, %v", note, ok, want, there)
		}
	}
	noted(nil, false)
	meta.Note = nil
	if err := c.Put(cache.Cells, key, meta, writeFiles); err != nil {
		t.Fatal(err)
	}
	noted(nil, true)
	for _, rows := range []string{"0-39", "0-99"} {
		meta.Note = map[string]string{"prior": "glo", "rows": rows}
		if err := c.Replace(cache.Cells, key, meta, writeGrown); err != nil {
			t.Fatal(err)
		}
		noted(meta.Note, true)
	}
	file := filepath.Join(entryDir(c, cache.Cells, key), "entry.json")
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		flip(t, file, i)
		noted(nil, false)
		overwrite(t, file, good)
	}
	noted(meta.Note, true)
	for _, key := range []cache.Key{"", "../x"} {
		if note, ok := c.Note(cache.Cells, key); ok {
			t.Errorf("%q has the note %v", key, note)
		}
	}
}

func TestEntriesListsAll(t *testing.T) {
	c := open(t, t.TempDir())
	var want []cache.Key
	for _, name := range []string{"a", "b", "c", "d"} {
		want = append(want, put(t, c, cache.Cells, name))
	}
	slices.Sort(want)
	broken := filepath.Join(entryDir(c, cache.Cells, want[2]), "entry.json")
	flip(t, broken, 100)
	var got []cache.Key
	for info, err := range c.Entries(cache.Cells) {
		got = append(got, info.Key)
		if bad := info.Key == want[2]; bad != (err != nil) || !bad && info.Size() != 23 {
			t.Errorf("%s: %+v, %v", info.Key.Short(), info, err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
}

func TestOpenRefusesAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := cache.Open(t.Context(), 0, file); err == nil || !strings.Contains(err.Error(), "cache "+file) {
		t.Errorf("a file as cache: %v", err)
	}
}

func TestOpenReadOnlyFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	_, err := cache.Open(t.Context(), 0, dir)
	if !errors.Is(err, fs.ErrPermission) || !isUnwritable(err) {
		t.Errorf("a read-only folder as cache: %v", err)
	}
}

func TestOpenSweepsOldLeftovers(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	old := time.Now().Add(-48 * time.Hour)
	for _, path := range []string{"tmp/dead", "checkpoints/.x.checkpoint.0123.tmp", "tmp/alive", "checkpoints/kept.checkpoint"} {
		path = filepath.Join(dir, path)
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if filepath.Base(path) != "alive" {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	open(t, dir)
	left := append(names(t, dir, "tmp"), names(t, dir, "checkpoints")...)
	if !slices.Equal(left, []string{"alive", "kept.checkpoint"}) {
		t.Errorf("left are %v", left)
	}
}
