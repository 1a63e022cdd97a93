package regular_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sedlab/internal/regular"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path, link, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	if err := errors.Join(os.WriteFile(path, []byte("12345"), 0o666), os.Symlink(path, link)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, link} {
		if data, err := regular.Read(name, 5); string(data) != "12345" || err != nil {
			t.Errorf("%s: %q, %v", name, data, err)
		}
		if data, err := regular.Read(name, 4); data != nil || err == nil || !strings.Contains(err.Error(), "5 bytes long; expected at most 4") {
			t.Errorf("%s, at most 4 bytes: %q, %v", name, data, err)
		}
	}
	if _, err := regular.Read(filepath.Join(dir, "none"), 5); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Skip(err)
	}
	for name, cause := range map[string]error{pipe: regular.ErrNot, dir: syscall.EISDIR, os.DevNull: regular.ErrNot} {
		if _, err := regular.Read(name, 5); !errors.Is(err, cause) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A file of a folder is not a link to what is elsewhere.
func TestReadIn(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	secret, folder := filepath.Join(elsewhere, "secret"), filepath.Join(elsewhere, "folder")
	err := errors.Join(os.WriteFile(secret, []byte("secret"), 0o666), os.WriteFile(filepath.Join(dir, "file"), []byte("12345"), 0o666),
		os.Symlink("file", filepath.Join(dir, "inner")), os.Symlink(secret, filepath.Join(dir, "outer")), os.Symlink(elsewhere, filepath.Join(dir, "sub")),
		os.Symlink("loop", filepath.Join(dir, "loop")), os.Symlink(dir, folder))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, folder} {
		for _, name := range []string{"file", "inner"} {
			if data, err := regular.ReadIn(d, name, 5); string(data) != "12345" || err != nil {
				t.Errorf("%s in %s: %q, %v", name, d, data, err)
			}
		}
		for _, name := range []string{"outer", "sub/secret", "../secret", "loop", secret} {
			data, err := regular.ReadIn(d, name, 5)
			if path := new(fs.PathError); data != nil || !errors.As(err, &path) || path.Path != filepath.Join(d, name) {
				t.Errorf("%s in %s: %q, %v", name, d, data, err)
			}
		}
		if _, err := regular.ReadIn(d, "none", 5); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("no file: %v", err)
		}
	}
}
