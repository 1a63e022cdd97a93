package draw

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// titled is a picture of nothing but its title.
func titled(title string) *Picture {
	f := &Frame{Title: title}
	return &Picture{Height: f.Height(), Paint: func(c Canvas) { f.Draw(c) }}
}

// TestWhatTheFontLacks checks that it is drawn as boxes, and said; that SVG files are
// well formed, whatever the title; and that nothing else changes.
func TestWhatTheFontLacks(t *testing.T) {
	for title, want := range map[string]struct{ shown, lacking string }{
		"λ‖η‖₂ Ж é ∑ → Å <b>&amp;": {"λ‖η‖₂ Ж é ∑ → Å <b>&amp;", ""},
		"缺失 of 缺":                                 {"□□ of □", "缺失"},
		"重建 😀 x\u200dy\ufe0f \u202ez":             {"□□ □ xy z", "重建😀"},
		"a\nb\tc\u2028d\u00a0e":                   {"a b c d e", ""},
		"bell\a esc\x1b[31m \uffff\x7f\x00\u0085": {"bell□ esc□[31m □□□ ", "\a\x1b\uffff\x7f\x00"},
		"not \xff UTF-8":                          {"not □ UTF-8", "\ufffd"},
	} {
		base := filepath.Join(t.TempDir(), "picture")
		lacking, err := titled(title).Save(WriteFile, base, true)
		if err != nil || string(lacking) != want.lacking {
			t.Errorf("%q: lacks %q, %v; expected %q", title, string(lacking), err, want.lacking)
		}
		if got := svgText(t, base+".svg"); got != want.shown {
			t.Errorf("%q is drawn as %q, expected %q", title, got, want.shown)
		}
	}
}

// svgText returns the text in an SVG file.
func svgText(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var text strings.Builder
	inside := false
	for d := xml.NewDecoder(f); ; {
		switch token, err := d.Token(); token := token.(type) {
		case xml.StartElement:
			inside = token.Name.Local == "text"
		case xml.EndElement:
			inside = false
		case xml.CharData:
			if inside {
				text.Write(token)
			}
		case nil:
			if !errors.Is(err, io.EOF) {
				t.Errorf("malformed SVG: %v", err)
			}
			return text.String()
		}
	}
}

// Pictures of the same boxes are the same picture, in every format.
func TestBoxesAreDrawn(t *testing.T) {
	dir := t.TempDir()
	for name, title := range map[string]string{"lacking": "a 缺", "box": "a □", "dropped": "a "} {
		if _, err := titled(title).Save(WriteFile, filepath.Join(dir, name), true); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		text, _, _ := strings.Cut(string(b), "/CreationDate")
		return text
	}
	for _, extension := range []string{".png", ".svg", ".pdf"} {
		if got := read("lacking" + extension); got != read("box"+extension) || got == read("dropped"+extension) {
			t.Errorf("%s: not drawn as a box", extension)
		}
	}
}
