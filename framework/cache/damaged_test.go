package cache_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/framework/cache"
	"sedlab/internal/sealed"
)

// overwrite replaces a file that may be read-only.
func overwrite(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := errors.Join(os.RemoveAll(path), os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, data, 0o666)); err != nil {
		t.Fatal(err)
	}
}

// flip changes one bit of a byte of a file.
func flip(t testing.TB, path string, at int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[at] ^= 1 << (at % 8)
	overwrite(t, path, data)
}

// setAside checks that Get finds an entry damaged, says so once, and that there
// is no entry afterwards. It returns where the damaged one is.
func setAside(t *testing.T, c *cache.Cache, key cache.Key, hint string) (aside string) {
	t.Helper()
	e, err := c.Get(cache.Priors, key)
	var d *cache.DamagedError
	if e != nil || !errors.As(err, &d) || !strings.Contains(err.Error(), hint) || !strings.Contains(err.Error(), c.Dir()) {
		t.Fatalf("get: %v, %v; want damage that names %q", e, err, hint)
	}
	if _, err := os.Stat(d.Aside); err != nil || filepath.Dir(d.Aside) != filepath.Join(c.Dir(), "damaged") {
		t.Errorf("set aside as %s: %v", d.Aside, err)
	}
	missing(t, c, cache.Priors, key)
	return d.Aside
}

func TestEveryFlippedByteIsNoticed(t *testing.T) {
	t.Parallel()
	c := open(t, t.TempDir())
	key := put(t, c, cache.Priors, "glo")
	dir := entryDir(c, cache.Priors, key)
	for _, name := range names(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for i := range data {
			flip(t, filepath.Join(dir, name), i)
			if err := os.Rename(setAside(t, c, key, name), dir); err != nil {
				t.Fatal(err)
			}
			overwrite(t, filepath.Join(dir, name), data)
		}
	}
	whole(t, c, cache.Priors, key)
}

func TestDamagedFolders(t *testing.T) {
	for name, tc := range map[string]struct {
		hint   string
		damage func(t *testing.T, dir string) error
	}{
		"missing file":       {"weights: missing", func(_ *testing.T, dir string) error { return os.Remove(filepath.Join(dir, "weights")) }},
		"missing entry.json": {"entry.json: missing", func(_ *testing.T, dir string) error { return os.Remove(filepath.Join(dir, "entry.json")) }},
		"truncated file": {"weights: has 3 bytes, expected 15", func(_ *testing.T, dir string) error {
			return os.Truncate(filepath.Join(dir, "weights"), 3)
		}},
		"extra file": {"more: not a file", func(_ *testing.T, dir string) error {
			return os.WriteFile(filepath.Join(dir, "more"), nil, 0o666)
		}},
		"folder for a file": {"weights: not a regular file", func(_ *testing.T, dir string) error {
			path := filepath.Join(dir, "weights")
			return errors.Join(os.Remove(path), os.Mkdir(path, 0o777))
		}},
		"forged entry.json": {"the ingredients have another key", func(t *testing.T, dir string) error {
			v := decode(t, filepath.Join(dir, "entry.json"))
			return forge(t, dir, cache.Info{Kind: cache.Priors, Key: cache.Key(v["key"].(string)), Meta: cache.Meta{Ingredients: []byte("1")}})
		}},
		"file elsewhere": {"which is elsewhere", func(t *testing.T, dir string) error {
			key, meta := ingredients("glo")
			return forge(t, dir, cache.Info{Kind: cache.Priors, Key: key, Meta: meta, Files: []cache.File{{Name: "../x"}}})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t, t.TempDir())
			key := put(t, c, cache.Priors, "glo")
			if err := tc.damage(t, entryDir(c, cache.Priors, key)); err != nil {
				t.Fatal(err)
			}
			setAside(t, c, key, tc.hint)
			put(t, c, cache.Priors, "glo")
			whole(t, c, cache.Priors, key)
		})
	}
}

// forge replaces entry.json by another one that is sealed well.
func forge(t *testing.T, dir string, info cache.Info) error {
	text, err := sealed.Marshal(info)
	overwrite(t, filepath.Join(dir, "entry.json"), text)
	return err
}

func TestEntryUnderAnotherKey(t *testing.T) {
	c := open(t, t.TempDir())
	key := put(t, c, cache.Priors, "glo")
	other, _ := ingredients("pca")
	to := entryDir(c, cache.Priors, other)
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o777), os.Rename(entryDir(c, cache.Priors, key), to)); err != nil {
		t.Fatal(err)
	}
	setAside(t, c, other, "describes priors "+string(key))
}

func save(data string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, data)
		return err
	}
}

func TestCheckpoint(t *testing.T) {
	c := open(t, t.TempDir())
	key, _ := ingredients("glo")
	p := c.Checkpoint(key)
	if data, err := p.Restore(); data != nil || err != nil {
		t.Fatalf("before the first save: %q, %v", data, err)
	}
	for _, want := range []string{"epoch 10", "", "epoch 20, and more"} {
		if err := p.Save(save(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := p.Restore(); err != nil || got == nil || string(got) != want {
			t.Errorf("restored %q, %v; want %q", got, err, want)
		}
	}
	broken := errors.New("disk on fire")
	err := p.Save(func(w io.Writer) error { return errors.Join(save("half")(w), broken) })
	if !errors.Is(err, broken) {
		t.Errorf("save: %v", err)
	}
	if got, err := p.Restore(); err != nil || !bytes.HasPrefix(got, []byte("epoch 20")) {
		t.Errorf("after a save that failed: %q, %v", got, err)
	}
	if err := errors.Join(p.Remove(), p.Remove()); err != nil {
		t.Error(err)
	}
	if data, err := p.Restore(); data != nil || err != nil {
		t.Errorf("after its removal: %q, %v", data, err)
	}
}

func TestDamagedCheckpoint(t *testing.T) {
	c := open(t, t.TempDir())
	key, _ := ingredients("glo")
	p := c.Checkpoint(key)
	path := filepath.Join(c.Dir(), "checkpoints", string(key)+".checkpoint")
	size := len("epoch 10") + len("\nsha256 ") + 64 + 1
	for at := range 2 * size {
		if err := p.Save(save("epoch 10")); err != nil {
			t.Fatal(err)
		}
		if at < size {
			flip(t, path, at)
		} else if err := os.Truncate(path, int64(at-size)); err != nil {
			t.Fatal(err)
		}
		var d *cache.DamagedError
		if data, err := p.Restore(); data != nil || !errors.As(err, &d) {
			t.Fatalf("damage %d: %q, %v", at, data, err)
		}
		if err := os.Remove(d.Aside); err != nil {
			t.Fatal(err)
		}
		if data, err := p.Restore(); data != nil || err != nil {
			t.Fatalf("damage %d: %q, %v after it was set aside", at, data, err)
		}
	}
}
