package draw

import (
	stdfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// outlined is a canvas that draws text as the outlines of its glyphs. vgpdf's
// own text has no bold face and no letters beyond Windows-1252, such as η and ‖.
type outlined struct{ vg.Canvas }

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
