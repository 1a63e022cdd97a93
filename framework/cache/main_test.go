package cache_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sedlab/framework/cache"
	"sedlab/internal/disk"
	"sedlab/internal/disk/disktest"
)

// roles are what the test binary does when a test runs it again as a process of
// its own; the environment says which, and the arguments are the role's.
var roles = map[string]func(args []string) error{
	"die-in-put": dieInPut,
	"train-once": trainOnce,
	"hold-lock":  holdLock,
}

// TestMain keeps tests from waiting for the disk, or plays a role.
func TestMain(m *testing.M) {
	disk.Watch(disktest.Unsynced)
	role, ok := roles[os.Getenv("CACHE_TEST_ROLE")]
	if !ok {
		os.Exit(m.Run())
	}
	if err := role(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// process prepares the test binary to run again in a role.
func process(t *testing.T, role string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, args...)
	c.Env = append(os.Environ(), "CACHE_TEST_ROLE="+role)
	c.Stderr = os.Stderr
	return c
}

func open(t *testing.T, dir string) *cache.Cache {
	t.Helper()
	c, err := cache.Open(t.Context(), 0, dir)
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

// ingredients make a key for each name.
func ingredients(name string) (cache.Key, cache.Meta) {
	key, text, err := cache.KeyOf(map[string]any{"name": name, "epochs": 3, "rate": 0.01})
	if err != nil {
		panic(err)
	}
	return key, cache.Meta{Ingredients: text, Note: map[string]string{"prior": name}, Program: "v1"}
}

// files are what each entry of these tests holds.
var files = map[string]string{"weights": "1 2 3 4 5 6 7 8", "rows": "a,b\n1,2\n", "empty": ""}

// grown are the files of an entry that replaces one of files.
var grown = map[string]string{"weights": "1 2 3 4 5 6 7 8", "rows": "a,b\n1,2\n3,4\n", "more": "x"}

func writeFiles(dir string) error { return write(dir, files) }
func writeGrown(dir string) error { return write(dir, grown) }

func write(dir string, files map[string]string) error {
	var errs []error
	for name, content := range files {
		errs = append(errs, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666))
	}
	return errors.Join(errs...)
}

func put(t *testing.T, c *cache.Cache, kind cache.Kind, name string) cache.Key {
	t.Helper()
	key, meta := ingredients(name)
	if err := c.Put(kind, key, meta, writeFiles); err != nil {
		t.Fatal(err)
	}
	return key
}

// whole checks that an entry is there with all its files.
func whole(t *testing.T, c *cache.Cache, kind cache.Kind, key cache.Key) {
	t.Helper()
	holds(t, c, kind, key, files)
}

// holds checks that an entry is there and holds one of the given sets of files,
// which it returns.
func holds(t *testing.T, c *cache.Cache, kind cache.Kind, key cache.Key, either ...map[string]string) map[string]string {
	t.Helper()
	e, err := c.Get(kind, key)
	if err != nil || e == nil {
		t.Fatalf("get: %v, %v; want an entry", e, err)
	}
	got := map[string]string{}
	for _, f := range e.Files {
		got[f.Name] = string(e.File(f.Name))
		if e.File(f.Name) == nil {
			t.Errorf("file %s is nil", f.Name)
		}
	}
	for _, want := range either {
		if maps.Equal(got, want) {
			return want
		}
	}
	t.Fatalf("the entry holds %q, want one of %q", got, either)
	return nil
}

// missing checks that there is no entry, and no trouble either.
func missing(t *testing.T, c *cache.Cache, kind cache.Kind, key cache.Key) {
	t.Helper()
	if e, err := c.Get(kind, key); e != nil || err != nil {
		t.Fatalf("get: %v, %v; want nothing", e, err)
	}
	if c.Has(kind, key) {
		t.Error("the cache says that it has what it has not")
	}
}

// isUnwritable reports whether an error is that of a cache that cannot be written.
func isUnwritable(err error) bool {
	var u *cache.UnwritableError
	return errors.As(err, &u)
}

// entryDir is where doc.go says that an entry is.
func entryDir(c *cache.Cache, kind cache.Kind, key cache.Key) string {
	return filepath.Join(c.Dir(), string(kind), string(key[:2]), string(key))
}

func names(t *testing.T, parts ...string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// openIn opens a cache in a process of a role.
func openIn(dir string) (*cache.Cache, error) { return cache.Open(context.Background(), 0, dir) }

func decode(t *testing.T, path string) (v map[string]any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%s is not JSON: %v", path, err)
	}
	return v
}
