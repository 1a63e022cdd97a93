package yamlpos

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Pos is the place of a key or value. Origin is the name of a file, or another source
// such as "--set seed=1", which has no lines: its Line is 0.
type Pos struct {
	Origin       string
	Line, Column int // from 1; 0 if unknown
}

// String returns "origin:line:column", without the parts that are 0.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.Origin
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.Origin, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.Origin, p.Line, p.Column)
}

// Error is one problem at one place.
type Error struct {
	Pos     Pos
	Key     string // path of the key; may be empty
	Problem string // what is wrong; what was expected
}

// Error returns "place: key: problem".
func (e *Error) Error() string {
	if e.Key == "" {
		return e.Pos.String() + ": " + e.Problem
	}
	return e.Pos.String() + ": " + e.Key + ": " + e.Problem
}

// MaxErrors is the number of errors that Errors keeps. Nobody reads more.
const MaxErrors = 100

// Errors collects problems. The zero value is ready to use.
type Errors struct {
	list    []*Error
	added   int
	left    int // errors beyond MaxErrors
	seen    map[Error]bool
	sources map[string][]byte
	via     map[string]Pos // for each origin, the place that extends it
}

// Add records a problem, unless it is already there.
func (e *Errors) Add(pos Pos, key, format string, args ...any) {
	e.added++
	if e.Full() {
		e.left++
		return
	}
	err := Error{Pos: pos, Key: key, Problem: fmt.Sprintf(format, args...)}
	if e.seen[err] {
		return
	}
	if e.seen == nil {
		e.seen = map[Error]bool{}
	}
	e.seen[err] = true
	e.list = append(e.list, &err)
}

// AddSource sets the text of an origin, from which Print quotes lines.
func (e *Errors) AddSource(origin string, text []byte) {
	if e.sources == nil {
		e.sources = map[string][]byte{}
	}
	e.sources[origin] = text
}

// AddVia records the place that extends an origin, which Print and MarshalJSON report.
// The first place counts.
func (e *Errors) AddVia(origin string, at Pos) {
	if e.via == nil {
		e.via = map[string]Pos{}
	}
	if _, known := e.via[origin]; !known {
		e.via[origin] = at
	}
}

// Full reports whether e holds MaxErrors errors, so that further checks are pointless.
func (e *Errors) Full() bool { return len(e.list) >= MaxErrors }

// Added returns the number of calls to Add, including those whose problem was already
// there or was one too many to keep.
func (e *Errors) Added() int { return e.added }

// All returns the errors sorted by origin, in order of first appearance, then by place.
func (e *Errors) All() []*Error {
	first := map[string]int{}
	for i, err := range e.list {
		if _, ok := first[err.Pos.Origin]; !ok {
			first[err.Pos.Origin] = i
		}
	}
	list := slices.Clone(e.list)
	slices.SortStableFunc(list, func(a, b *Error) int {
		return cmp.Or(
			cmp.Compare(first[a.Pos.Origin], first[b.Pos.Origin]),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return list
}

// Err returns e as an error, or nil if it is empty.
func (e *Errors) Err() error {
	if len(e.list) == 0 {
		return nil
	}
	return e
}

// Error returns all errors, one a line.
func (e *Errors) Error() string {
	var lines []string
	for _, err := range e.All() {
		lines = append(lines, err.Error())
	}
	if e.left > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", e.left))
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the errors one by one.
func (e *Errors) Unwrap() []error {
	var errs []error
	for _, err := range e.All() {
		errs = append(errs, err)
	}
	return errs
}

// Print writes all errors. Below each it quotes the source line, with a caret at the
// column or at the line's first letter. If another file extends the one
// with the error, it adds the place where that is written.
func (e *Errors) Print(w io.Writer) error {
	var b strings.Builder
	for _, err := range e.All() {
		fmt.Fprintln(&b, err)
		if line, ok := e.line(err.Pos); ok {
			fmt.Fprintf(&b, "  %4d | %s\n       | %s^\n", err.Pos.Line, line, margin(line, err.Pos.Column))
		}
		if at, extended := e.via[err.Pos.Origin]; extended {
			fmt.Fprintf(&b, "       = extended from %s\n", at)
		}
	}
	if e.left > 0 {
		fmt.Fprintf(&b, "and %d more\n", e.left)
	}
	_, werr := io.WriteString(w, b.String())
	return werr
}

// line returns the source line at pos, and whether it is known and fits a screen.
func (e *Errors) line(pos Pos) (string, bool) {
	const widest = 200
	lines := bytes.Split(e.sources[pos.Origin], []byte("\n"))
	if pos.Line < 1 || pos.Line > len(lines) {
		return "", false
	}
	line := strings.ToValidUTF8(strings.TrimRight(string(lines[pos.Line-1]), "\r"), "?")
	return line, len(line) <= widest
}

// margin returns the space before a caret below a column of line, or below its first
// letter if column is 0. Tabs stay tabs.
func margin(line string, column int) string {
	var b strings.Builder
	if column == 0 {
		column = 1 + len(line) - len(strings.TrimLeft(line, " \t"))
	}
	for i, r := range []rune(line) {
		if i == column-1 {
			break
		}
		if r == '\t' {
			b.WriteRune('\t')
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// errorJSON is the JSON of an error. A value from the command line has no file; its
// origin is the flag.
type errorJSON struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Key     string `json:"key,omitempty"`
	Message string `json:"message"`
	Origin  string `json:"origin,omitempty"`
}

// MarshalJSON returns the errors as a list of objects with file, line, column, key,
// message and origin, which is the flag or the place that extends the file.
func (e *Errors) MarshalJSON() ([]byte, error) {
	list := []errorJSON{}
	for _, err := range e.All() {
		j := errorJSON{
			File: err.Pos.Origin, Line: err.Pos.Line, Column: err.Pos.Column, Key: err.Key, Message: err.Problem,
		}
		if strings.HasPrefix(j.File, "--") {
			j.File, j.Origin = "", j.File
		}
		if at, extended := e.via[err.Pos.Origin]; extended {
			j.Origin = "extended from " + at.String()
		}
		list = append(list, j)
	}
	return json.Marshal(list)
}
