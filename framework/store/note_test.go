package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/framework/store"
)

func TestNotes(t *testing.T) {
	dir := t.TempDir()
	longest := strings.Repeat("x", store.MaxNote)
	for _, text := range []string{"", "λ\ttoo large\n\n", "= not a formula", longest, "", ""} {
		if err := store.WriteNote(dir, text); err != nil {
			t.Fatal(err)
		}
		if got, err := store.ReadNote(dir); got != text || err != nil {
			t.Errorf("%.20q: read %.20q, %v", text, got, err)
		}
	}
	for _, text := range []string{longest + "x", "\xff"} {
		var wrong *store.NoteError
		if err := store.WriteNote(dir, text); !errors.As(err, &wrong) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, store.NoteFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file of the note: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, store.NoteFile), []byte("\xff\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if note, err := store.ReadNote(dir); err == nil {
		t.Errorf("a note that is not UTF-8: %q", note)
	}
}
