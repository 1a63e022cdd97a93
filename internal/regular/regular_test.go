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
