package draw

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// tofu stands for a character that the font lacks. The font has it.
const tofu = '□'

// handler lays out and draws a line of text, with tofu for what the font lacks. This
// also keeps control characters out of SVG files, which must not have them.
type handler struct{ text.Plain }

// Lines returns the whole text: our texts are lines.
func (h handler) Lines(txt string) []string { return []string{txt} }

// Box returns the size of a line.
func (h handler) Box(txt string, f font.Font) (width, height, depth vg.Length) {
	shown, _ := h.shown(txt, f)
	return h.Plain.Box(shown, f)
}

// Draw draws a line. A canvas that is a witness learns what the font lacks.
func (h handler) Draw(c vg.Canvas, txt string, s text.Style, at vg.Point) {
	shown, lacking := h.shown(txt, s.Font)
	if outer, ok := c.(*draw.Canvas); ok {
		if w, ok := outer.Canvas.(*witness); ok {
			w.add(lacking)
		}
	}
	h.Plain.Draw(c, shown, s, at)
}

// shown returns a line as it is drawn, and what the font lacks of it. White space of
// every kind becomes a blank, and characters without a shape are left out.
func (h handler) shown(txt string, f font.Font) (line string, lacking []rune) {
	var buffer sfnt.Buffer
	face := h.Fonts.Lookup(f, f.Size).Face
	line = strings.Map(func(r rune) rune {
		switch glyph, err := face.GlyphIndex(&buffer, r); {
		case unicode.IsSpace(r):
			return ' '
		case shapeless(r):
			return -1
		case unicode.IsControl(r) || err != nil || glyph == 0:
			lacking = append(lacking, r)
			return tofu
		}
		return r
	}, txt)
	return line, lacking
}

// shapeless reports whether a character only changes how others look, such as a joiner
// or the direction of writing (Default_Ignorable_Code_Point in Unicode).
func shapeless(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// witness is a canvas that notes the characters that its fonts lack, each once.
type witness struct {
	vg.Canvas
	lacking []rune
}

func (w *witness) add(lacking []rune) {
	for _, r := range lacking {
		if !slices.Contains(w.lacking, r) {
			w.lacking = append(w.lacking, r)
		}
	}
}
