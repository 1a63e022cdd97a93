package durable_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/internal/disk"
	"sedlab/internal/durable"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func TestWriteFileReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	for _, want := range []string{"first, and longer", "second", ""} {
		if err := durable.WriteFile(path, text(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	}
	onlyFile(t, path)
}

func TestWriteFileKeepsOldFileOnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	if err := durable.WriteFile(path, text("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("disk on fire")
	err := durable.WriteFile(path, func(w io.Writer) error {
		if err := text("half")(w); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v; want an error that names %s", err, path)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("the old file now holds %q", got)
	}
	onlyFile(t, path)
}

func TestWriteFileNamesMissingFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "a.txt")
	err := durable.WriteFile(path, text("x"))
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v; want a not-exist error that names %s", err, path)
	}
}

// Over NFS, a rename may be done and report an error, when the first answer was lost.
func TestRenameThatWasDone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	defer disk.Watch(func(c disk.Change) error {
		if c.Op != disk.OpRename {
			return nil
		}
		return errors.Join(os.Rename(c.Path, c.To), os.ErrNotExist)
	})()
	for _, want := range []string{"first", "second"} {
		if err := durable.WriteFile(path, text(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	}
	onlyFile(t, path)
}

// onlyFile checks that the folder of path holds no other file.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Errorf("folder holds %v; want only %s", entries, filepath.Base(path))
	}
}

// Sweep removes what a dead process left, and nothing of a process that lives.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	pending, err := durable.Prepare(filepath.Join(dir, "file"), func(w io.Writer) error {
		_, err := io.WriteString(w, "new")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".file.0123abcd.tmp", ".hidden", "kept.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(durable.Sweep(dir), durable.Sweep(filepath.Join(dir, "missing")), pending.Commit()); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadDir(dir)
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	if want := []string{".hidden", "file", "kept.tmp"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("left: %q, %v", names, err)
	}
}

// A file that Sweep removes before it is locked, whatever the clocks of the two machines say, is
// made again.
func TestSweepOfANewFile(t *testing.T) {
	path, tries := filepath.Join(t.TempDir(), "file"), 0
	defer disk.Watch(func(c disk.Change) error {
		if tries++; c.Op == disk.OpLock && tries < 5 {
			return durable.Sweep(filepath.Dir(path))
		}
		return nil
	})()
	if err := durable.WriteFile(path, text("new")); err != nil {
		t.Fatal(err)
	}
	onlyFile(t, path)
}
