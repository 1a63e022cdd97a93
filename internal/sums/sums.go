// Package sums changes files of a folder together with their SHA-256, which the folder
// keeps in a file as sha256sum writes it: so `sha256sum -c SHA256SUMS` checks them too.
//
// A file whose sum is not there is not checked. While files are replaced, the sums of both
// their contents are there. So a crash at any time leaves no file without its sum.
package sums

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sedlab/internal/durable"
	"sedlab/internal/regular"
	"sedlab/internal/sealed"
)

// File is the name of the file of sums.
const File = "SHA256SUMS"

// maxBytes is the size of the largest file of sums that is read.
const maxBytes = 64 << 20

// Sums holds the SHA-256 [64 hex digits] of files by their names, relative to the folder
// and with slashes. A file has two sums if a process died while it replaced the file, of
// which one may be Absent.
type Sums map[string][]string

// Absent is the sum of a file that need not be there, because a process died while it made
// or removed the file.
var Absent = strings.Repeat("0", 2*sha256.Size)

// Read reads the sums of a folder. There are none if it has no file of sums.
func Read(dir string) (Sums, error) {
	text, err := regular.ReadIn(dir, File, maxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return Sums{}, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, File), err)
	}
	return s, nil
}

// header begins the first line, a comment to sha256sum, before the SHA-256 of what follows.
const header = "# sedlab: these lines have SHA-256 "

// parse reads the header and lines of 64 hex digits, two blanks and a name.
func parse(text []byte) (Sums, error) {
	first, body, _ := bytes.Cut(text, []byte("\n"))
	if string(first) != header+sealed.Digest(body) {
		return nil, errors.New("is not as it was written")
	}
	s := Sums{}
	lines := bufio.NewScanner(bytes.NewReader(body))
	for n := 2; lines.Scan(); n++ {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if _, err := hex.DecodeString(sum); !ok || err != nil || len(sum) != 64 || sum != strings.ToLower(sum) || !named(name) {
			return nil, fmt.Errorf("line %d: expected a SHA-256, two blanks and the name of a file", n)
		}
		s[name] = append(s[name], sum)
	}
	return s, lines.Err()
}

// named reports whether a name is one of a file in the folder.
func named(name string) bool {
	return filepath.IsLocal(filepath.FromSlash(name)) && name == path.Clean(name) && name != "."
}

// format writes sums in the order of their names.
func (s Sums) format(w io.Writer) error {
	var body bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(s)) {
		for _, sum := range s[name] {
			fmt.Fprintf(&body, "%s  %s\n", sum, name)
		}
	}
	_, err := fmt.Fprintf(w, "%s%s\n%s", header, sealed.Digest(body.Bytes()), body.Bytes())
	return err
}

func (s Sums) equal(t Sums) bool {
	return maps.EqualFunc(s, t, func(a, b []string) bool { return slices.Equal(a, b) })
}

func (s Sums) write(dir string) error {
	return durable.WriteFile(filepath.Join(dir, File), s.format)
}
