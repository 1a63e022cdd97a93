package cache_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestDigestOfFreshFilesIsNotTrusted(t *testing.T) {
	c := open(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "data.npz")
	for _, content := range []string{"first", "other", "longer than these"} {
		overwrite(t, path, []byte(content))
		want := fmt.Sprintf("%x", sha256.Sum256([]byte(content)))
		if got, err := c.Digest(t.Context(), path); err != nil || got != want {
			t.Errorf("%q: %s, %v; want %s", content, got, err, want)
		}
	}
	if list := names(t, c.Dir(), "digests"); len(list) > 0 {
		t.Errorf("remembered a fresh file: %v", list)
	}
}

func TestDigestIsRemembered(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("files have no identity on", runtime.GOOS)
	}
	c := open(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "data.npz")
	overwrite(t, path, []byte("spectra"))
	time.Sleep(2100 * time.Millisecond) // what is younger is not trusted
	want, err := c.Digest(t.Context(), path)
	list := names(t, c.Dir(), "digests")
	if err != nil || len(list) != 1 {
		t.Fatalf("digest: %v; remembered %v", err, list)
	}
	// A file that is remembered is not opened.
	record := filepath.Join(c.Dir(), "digests", list[0])
	good, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := c.Digest(ended, path); err != nil || got != want {
		t.Errorf("digest again: %s, %v; want %s without reading", got, err, want)
	}
	for at := range good {
		overwrite(t, record, good)
		flip(t, record, at)
		if got, err := c.Digest(ended, path); err == nil {
			t.Fatalf("byte %d of the record is damaged: %s was trusted", at, got)
		}
	}
	overwrite(t, path, []byte("SPECTRA"))
	if got, err := c.Digest(t.Context(), path); err != nil || got == want {
		t.Errorf("digest after a change: %s, %v", got, err)
	}
}

func TestDigestErrorsNameTheFile(t *testing.T) {
	c := open(t, t.TempDir())
	dir := t.TempDir()
	if _, err := c.Digest(t.Context(), filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none") {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := c.Digest(t.Context(), dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a folder: %v", err)
	}
}
