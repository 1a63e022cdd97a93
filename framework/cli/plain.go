package cli

import (
	"io"

	"sedlab/internal/escape"
)

// plain writes text for people. What a terminal would act on is escaped, apart from tabs
// and new lines: names and paths come from specs and files of others.
type plain struct{ w io.Writer }

// Write writes text that does not end within a character.
func (p plain) Write(text []byte) (int, error) {
	if _, err := io.WriteString(p.w, escape.Control(string(text), "\n\t")); err != nil {
		return 0, err
	}
	return len(text), nil
}

// firstError keeps the first error of a writer, for writers that do not look at errors, such
// as cobra's of help texts.
type firstError struct {
	w   io.Writer
	err error
}

func (f *firstError) Write(text []byte) (int, error) {
	n, err := f.w.Write(text)
	if f.err == nil {
		f.err = err
	}
	return n, err
}
