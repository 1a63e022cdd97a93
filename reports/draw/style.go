package draw

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

// The greys of all figures.
var (
	Ink   = color.Gray{Y: 0x1c} // text, axes, outlines
	Faint = color.Gray{Y: 0x5a} // captions
	Shade = color.Gray{Y: 0xf4} // behind every other category
	rule  = color.Gray{Y: 0xdd} // grid lines
)

// Look makes a group distinguishable: by colour, by lightness (so that groups differ
// in grey print too), and by the dashes of its lines.
type Look struct {
	Fill, Line color.RGBA
	Dashes     []vg.Length
}

// looks lists the looks in the order in which groups take them. The colours are those
// of Okabe and Ito (2008), which people with colour blindness can tell apart; here
// they are spread out in lightness.
var looks = []Look{
	{RGB(0x0b4f8a), RGB(0x0b4f8a), nil},
	{RGB(0xf2b04a), RGB(0xb87400), []vg.Length{4, 2}},
	{RGB(0x3f9c86), RGB(0x2a7564), []vg.Length{1.5, 1.5}},
	{RGB(0xe3c6dc), RGB(0xa0568b), []vg.Length{6, 2, 1, 2}},
	{RGB(0x8c2d19), RGB(0x8c2d19), []vg.Length{8, 2}},
	{RGB(0xbfe0f5), RGB(0x3b86b5), []vg.Length{2, 3}},
}

// Looks is the number of different looks.
const Looks = 6

// LookOf returns the look of a group; groups are numbered from 0.
func LookOf(group int) Look { return looks[group%Looks] }

// RGB returns the colour 0xrrggbb.
func RGB(hex uint32) color.RGBA {
	return color.RGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

// Stroke returns the style of a line of a width in points.
func Stroke(c color.Color, width float64) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: vg.Length(width)}
}

var fonts = font.NewCache(liberation.Collection())

// TextSize is the least size of text in a figure.
const TextSize = 9 * vg.Length(1)

// LineHeight is the height of a line of text.
const LineHeight = 12 * vg.Length(1)

// Label returns the style of aligned text. x and y say which point of the text is
// placed: −1 its right or top, −0.5 its middle, 0 its left or bottom.
func Label(c color.Color, x, y float64) draw.TextStyle {
	return draw.TextStyle{
		Color: c, XAlign: text.XAlignment(x), YAlign: text.YAlignment(y),
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: TextSize},
		Handler: handler{text.Plain{Fonts: fonts}},
	}
}

// Bold returns a style in bold and in the given size.
func Bold(s draw.TextStyle, size vg.Length) draw.TextStyle {
	s.Font.Weight, s.Font.Size = stdfont.WeightBold, size
	return s
}

// Fit shortens a line that is too wide, with an ellipsis.
func Fit(s draw.TextStyle, line string, width vg.Length) string {
	if s.Width(line) <= width {
		return line
	}
	runes := []rune(line)
	for len(runes) > 0 && s.Width(string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// wrap breaks text into lines of at most the given width. A word that is wider is
// shortened.
func wrap(s draw.TextStyle, words string, width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(words) {
		if line != "" && s.Width(line+" "+word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + Fit(s, word, width))
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
