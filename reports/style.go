package reports

import (
	"image/color"
	"strings"

	stdfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var (
	ink   = color.Gray{Y: 0x1c} // text, axes, outlines
	faint = color.Gray{Y: 0x5a} // captions
	rule  = color.Gray{Y: 0xdd} // grid lines
	shade = color.Gray{Y: 0xf4} // behind every other category
)

// look is how a group is told from the others: by colour, by lightness (so that
// grey print keeps them apart), and by the dashes and marks of its lines.
type look struct {
	fill, line color.RGBA
	dashes     []vg.Length
	mark       draw.GlyphDrawer
}

// looks has the groups' looks in the order of their use. The colours are those
// of Okabe and Ito (2008), which people with colour-blindness tell apart, spread
// out in lightness.
var looks = []look{
	{rgb(0x0b4f8a), rgb(0x0b4f8a), nil, draw.CircleGlyph{}},
	{rgb(0xf2b04a), rgb(0xb87400), []vg.Length{4, 2}, draw.BoxGlyph{}},
	{rgb(0x3f9c86), rgb(0x2a7564), []vg.Length{1.5, 1.5}, draw.PyramidGlyph{}},
	{rgb(0xe3c6dc), rgb(0xa0568b), []vg.Length{6, 2, 1, 2}, draw.CrossGlyph{}},
	{rgb(0x8c2d19), rgb(0x8c2d19), []vg.Length{8, 2}, draw.PlusGlyph{}},
	{rgb(0xbfe0f5), rgb(0x3b86b5), []vg.Length{2, 3}, draw.RingGlyph{}},
}

func lookOf(group int) look { return looks[group%len(looks)] }

func rgb(hex uint32) color.RGBA {
	return color.RGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

// on returns black or white, whichever stands out on c.
func on(c color.RGBA) color.Color {
	if color.GrayModel.Convert(c).(color.Gray).Y < 0x80 {
		return color.White
	}
	return color.Black
}

var fonts = font.NewCache(liberation.Collection())

// textSize is the least size of text in a figure.
const textSize = 9 * vg.Length(1)

// label returns the style of text at an alignment: −1, −0.5, 0 from the right or
// top, the middle, the left or bottom.
func label(c color.Color, x, y float64) draw.TextStyle {
	return draw.TextStyle{
		Color: c, XAlign: text.XAlignment(x), YAlign: text.YAlignment(y),
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: textSize},
		Handler: text.Plain{Fonts: fonts},
	}
}

func bold(s draw.TextStyle, size vg.Length) draw.TextStyle {
	s.Font.Weight, s.Font.Size = stdfont.WeightBold, size
	return s
}

// fit shortens a line to a width, with an ellipsis.
func fit(s draw.TextStyle, line string, width vg.Length) string {
	if s.Width(line) <= width {
		return line
	}
	runes := []rune(line)
	for len(runes) > 0 && s.Width(string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// wrap breaks text into lines of at most a width; a longer word is shortened.
func wrap(s draw.TextStyle, words string, width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(words) {
		if line != "" && s.Width(line+" "+word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + fit(s, word, width))
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
