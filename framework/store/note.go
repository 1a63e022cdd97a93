package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"sedlab/internal/regular"
	"sedlab/internal/sums"
)

// NoteFile holds what a person noted about a run, as plain text. Like the tags, it is not
// in the manifest, because the running process writes that.
const NoteFile = "note.txt"

// MaxNote is the length of the longest note, in bytes.
const MaxNote = 1 << 14

// NoteError reports a text that cannot be a note.
type NoteError struct{ Reason string }

func (e *NoteError) Error() string { return "note: " + e.Reason }

// CheckNote returns a *NoteError if a text cannot be a note: any text in UTF-8 can that is
// not too long.
func CheckNote(text string) error {
	switch {
	case len(text) > MaxNote:
		return &NoteError{fmt.Sprintf("has %d bytes; expected at most %d", len(text), MaxNote)}
	case !utf8.ValidString(text):
		return &NoteError{"is not UTF-8"}
	}
	return nil
}

// ReadNote returns the note of a run folder, or "" if it has none.
func ReadNote(dir string) (string, error) {
	data, err := regular.ReadIn(dir, NoteFile, MaxNote+1) // with the end of the last line
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	text := strings.TrimSuffix(string(data), "\n")
	if err := CheckNote(text); err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Join(dir, NoteFile), err)
	}
	return text, nil
}

// WriteNote replaces the note of a run folder. An empty text removes it. The error is a
// *NoteError if the text cannot be a note.
func WriteNote(dir, text string) error {
	if err := CheckNote(text); err != nil {
		return err
	}
	if text != "" {
		return sums.WriteFile(dir, NoteFile, write([]byte(text+"\n")))
	}
	return sums.Remove(dir, NoteFile)
}
