package sums_test

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/internal/disk"
	"sedlab/internal/sealed"
	"sedlab/internal/sums"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// sound reports whether every file that the sums name is there with one of its sums, and
// every visible file has a sum.
func sound(t *testing.T, dir string) map[string]string {
	t.Helper()
	known, err := sums.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]string{}
	for name, list := range known {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) && slices.Contains(list, sums.Absent) {
			continue
		}
		if err != nil || !slices.Contains(list, sealed.Digest(data)) {
			t.Errorf("%s: %v, and sums %v", name, err, list)
		}
		content[name] = string(data)
	}
	return content
}

// write makes a change with three files, one in a folder, and removes one.
func write(dir, what string) error {
	c := sums.NewChange(dir)
	for _, name := range []string{"a", "b", "figures/c"} {
		if err := c.Write(name, text(what+" "+name)); err != nil {
			return err
		}
	}
	c.Remove("old")
	return c.Commit()
}

func TestChangeReplacesFilesWithTheirSums(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(sums.WriteFile(dir, "old", text("old")), write(dir, "first"), write(dir, "second")); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a": "second a", "b": "second b", "figures/c": "second figures/c"}
	if got := sound(t, dir); !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "old")); err == nil {
		t.Error("the removed file is there")
	}
	if path, err := exec.LookPath("sha256sum"); err == nil {
		check := exec.Command(path, "--check", "--strict", sums.File)
		check.Dir = dir
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("sha256sum: %v\n%s", err, out)
		}
	} else {
		t.Log("not compared with sha256sum, which is not here")
	}
}

// Whatever change to the disk fails, or is the first that is not made because the process
// died, each file is the old one or the new one and agrees with its sums; and the same
// change then succeeds.
func TestFailedChangeLosesNothing(t *testing.T) {
	broken := errors.New("broken")
	for _, dies := range []bool{false, true} {
		for at := 1; ; at++ {
			dir := t.TempDir()
			if err := errors.Join(write(dir, "first"), sums.WriteFile(dir, "old", text("first old"))); err != nil {
				t.Fatal(err)
			}
			n := 0
			stop := disk.Watch(func(c disk.Change) error {
				if c.Err != nil {
					return nil
				}
				if n++; n == at || dies && n > at {
					return broken
				}
				return nil
			})
			err := write(dir, "second")
			stop()
			for name, got := range sound(t, dir) {
				if got != "first "+name && got != "second "+name {
					t.Errorf("change %d: %s has %q", at, name, got)
				}
			}
			if !errors.Is(err, broken) && err != nil || err == nil && n >= at && dies {
				t.Errorf("change %d: %v", at, err)
			}
			if err := write(dir, "third"); err != nil {
				t.Errorf("after change %d failed: %v", at, err)
			}
			if got := sound(t, dir); got["b"] != "third b" {
				t.Errorf("after change %d failed: %v", at, got)
			}
			if n < at {
				if at < 20 {
					t.Errorf("only %d changes", at)
				}
				break
			}
		}
	}
}

// A folder that is a link to elsewhere is not written through.
func TestChangeDoesNotFollowAFolder(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(dir, "figures")); err != nil {
		t.Fatal(err)
	}
	if err := write(dir, "first"); err == nil || !strings.Contains(err.Error(), "figures: is not a folder of its own") {
		t.Error(err)
	}
	for _, folder := range []string{dir, elsewhere} {
		if list, err := filepath.Glob(filepath.Join(folder, ".*")); err != nil || len(list) > 0 {
			t.Errorf("left in %s: %v, %v", folder, list, err)
		}
	}
	if list, err := os.ReadDir(elsewhere); err != nil || len(list) > 0 {
		t.Errorf("written: %v, %v", list, err)
	}
}

func FuzzRead(f *testing.F) {
	body := sealed.Digest(nil) + "  a\n" + sealed.Digest(nil) + "  figures/b c.svg\n"
	f.Add(body)
	f.Add(sealed.Digest(nil) + "  ../a\n")
	f.Add(sealed.Digest(nil) + "  /a\n\n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, body string) {
		file := "# sedlab: these lines have SHA-256 " + sealed.Digest([]byte(body)) + "\n" + body
		if err := os.WriteFile(filepath.Join(dir, sums.File), []byte(file), 0o666); err != nil {
			t.Fatal(err)
		}
		known, err := sums.Read(dir)
		if err != nil {
			return
		}
		for name, list := range known {
			if !filepath.IsLocal(filepath.FromSlash(name)) || len(list) == 0 {
				t.Errorf("%q has %v", name, list)
			}
		}
	})
}
