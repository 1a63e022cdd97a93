package draw

import (
	"image/color"

	stdfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// outlined is a canvas of PDF files that draws text as the outlines of its glyphs. vgpdf's
// own text has no bold face and no letters beyond Windows-1252, such as η and ‖.
type outlined struct{ vg.Canvas }

// SetColor sets the colour. vgpdf takes it as it is written in PDF files, where opacity does
// not dim it.
func (c outlined) SetColor(clr color.Color) { c.Canvas.SetColor(straight{clr}) }

// straight is a colour whose components are not multiplied by its opacity.
type straight struct{ color.Color }

// RGBA implements color.Color.
func (s straight) RGBA() (r, g, b, a uint32) {
	c := color.NRGBA64Model.Convert(s.Color).(color.NRGBA64)
	return uint32(c.R), uint32(c.G), uint32(c.B), uint32(c.A)
}

// FillString fills the outlines of s, from pt on the baseline.
func (c outlined) FillString(face font.Face, pt vg.Point, s string) {
	var buf sfnt.Buffer
	f := face.Face
	em := fixed.I(int(f.UnitsPerEm()))
	unit := face.Font.Size / vg.Length(em)
	var path vg.Path
	var last sfnt.GlyphIndex
	for i, r := range s {
		glyph, err := f.GlyphIndex(&buf, r)
		if err != nil {
			continue
		}
		if i > 0 {
			// a font without kerning returns an error here
			if kern, err := f.Kern(&buf, last, glyph, em, stdfont.HintingNone); err == nil {
				pt.X += vg.Length(kern) * unit
			}
		}
		if segments, err := f.LoadGlyph(&buf, glyph, em, nil); err == nil {
			appendGlyph(&path, segments, pt, unit)
		}
		if advance, err := f.GlyphAdvance(&buf, glyph, em, stdfont.HintingNone); err == nil {
			pt.X += vg.Length(advance) * unit
		}
		last = glyph
	}
	c.Fill(path)
}

// appendGlyph appends a glyph's contours; a font's y axis points down.
func appendGlyph(path *vg.Path, segments sfnt.Segments, at vg.Point, unit vg.Length) {
	point := func(p fixed.Point26_6) vg.Point {
		return vg.Point{X: at.X + vg.Length(p.X)*unit, Y: at.Y - vg.Length(p.Y)*unit}
	}
	for i, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				path.Close()
			}
			path.Move(point(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			path.Line(point(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(point(s.Args[0]), point(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			path.CubeTo(point(s.Args[0]), point(s.Args[1]), point(s.Args[2]))
		}
	}
	if len(segments) > 0 {
		path.Close()
	}
}
