package datasets

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const goodFile = "wavelength,flux,error\n4000,1,1\n4001,2,1\n4002,4,1\n"

// brokenFiles writes sound and broken files, and returns a configuration of all of them.
func brokenFiles(t *testing.T) *SpectraConfig {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.csv": goodFile, "b.csv": "", "c.csv": strings.Replace(goodFile, "4001,2", "4001,x", 1), "e.fits": "SIMPLE  =  what is this?", "g.csv": goodFile,
		"f.csv": "name,wavelength,flux,error\nf1,4000,1,1\nf1,4001,2,1\nf1,4002,4,1\nf2,4000,1,1\nf3,4000,1,1\nf3,4001,x,1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "d.csv"), 0o777), os.Symlink("nowhere", filepath.Join(dir, "h.csv"))); err != nil {
		t.Fatal(err)
	}
	return &SpectraConfig{Path: dir, SkipBroken: true}
}

// What cannot be read is left out with its reason, and is part of what identifies the data.
func TestBrokenFilesAreSkipped(t *testing.T) {
	c := brokenFiles(t)
	set, err := c.Load(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(set.Names, []string{"a", "f1", "g"}) {
		t.Errorf("kept %v", set.Names)
	}
	var got []string
	for _, d := range set.Dropped {
		if !strings.HasPrefix(d.File, c.Path) {
			t.Errorf("file %s", d.File)
		}
		got = append(got, fmt.Sprintf("%s %d %s: %s", d.Unread, d.Row, d.Name, d.Reason))
	}
	want := []string{
		"file 0 b.csv: is empty", `file 0 c.csv: line 3: column flux: got "x"; expected a number`, "file 0 d.csv: is a directory", "file 0 e.fits: ",
		"spectrum 1 f2: has a single pixel; expected a spectrum of several", `file 2 f.csv: line 7: column flux: got "x"; expected a number; what comes before it was read, spectra: 2`,
		"file 0 h.csv: no such file or directory",
	}
	if len(got) != len(want) {
		t.Fatalf("left out %q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("left out %q, expected %q", got[i], want[i])
		}
	}
	if note := UnreadNote(set.Dropped); note != "left out because unreadable: 6 files and 1 spectrum" {
		t.Errorf("note %q", note)
	}
	id, err := c.Identify(t.Context(), 0, func(_ context.Context, path string) (string, error) {
		text, err := os.ReadFile(path)
		return fmt.Sprintf("%x", sha256.Sum256(text)), err
	})
	if err != nil || id.SHA256 != set.SHA256 {
		t.Errorf("identified as %s, loaded as %s, %v", id.SHA256, set.SHA256, err)
	}
	c.SkipBroken = false
	input := new(InputError)
	if _, err := c.Load(t.Context(), 0); !errors.As(err, &input) || filepath.Base(input.Path) != "b.csv" {
		t.Errorf("without skip_broken: %v", err)
	}
}

func TestAllFilesAreBroken(t *testing.T) {
	c := brokenFiles(t)
	c.Path = filepath.Join(c.Path, "[bcde].*")
	input := new(InputError)
	if _, err := c.Load(t.Context(), 0); !errors.As(err, &input) || !strings.Contains(err.Error(), "left out: 4, the first of them b.csv: is empty") {
		t.Errorf("got error %v", err)
	}
}

// A failing disk, and a file that changes, are no broken file.
func TestBroken(t *testing.T) {
	for err, want := range map[error]bool{
		errors.New("line 3: has 2 fields"): true, errChanged: false,
		&fs.PathError{Op: "open", Path: "a", Err: syscall.EACCES}: true, &fs.PathError{Op: "open", Path: "a", Err: syscall.ENOENT}: true,
		&fs.PathError{Op: "read", Path: "a", Err: syscall.EIO}: false, &fs.PathError{Op: "open", Path: "a", Err: syscall.EMFILE}: false,
		&fs.PathError{Op: "read", Path: "a", Err: syscall.ESTALE}: false,
	} {
		if got := broken(err); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}
