// Package draw provides the parts of figures: scales, axes, panels, styles of lines
// and text, the frame around the panels, and the files of a picture.
package draw

import (
	"bytes"
	"encoding/csv"
	"io"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"

	"sedlab/internal/durable"
)

// PageWidth is the width of every picture: the width of the text in a paper.
const PageWidth = 16 * vg.Centimeter

const dpi = 220 // of PNG files

// Canvas is what pictures are painted on, LineStyle what lines look like, and TextStyle what
// text looks like.
type (
	Canvas    = draw.Canvas
	LineStyle = draw.LineStyle
	TextStyle = draw.TextStyle
)

// Picture is a picture of width PageWidth, ready to be written, and the data it shows.
type Picture struct {
	Height vg.Length
	Paint  func(Canvas) // nil if there are only data
	CSV    [][]string   // the first row is the header
}

// Writer writes a file by its name.
type Writer func(name string, write func(io.Writer) error) error

// WriteFile is a Writer that takes names as paths, and replaces files durably.
func WriteFile(name string, write func(io.Writer) error) error {
	return durable.WriteFile(name, write)
}

// Extensions returns the extensions of a picture's files.
func Extensions(pdf bool) []string {
	list := []string{".png", ".svg", ".csv"}
	if pdf {
		list = append(list, ".pdf")
	}
	return list
}

// Files returns the extensions of the files that Save writes.
func (p *Picture) Files(pdf bool) []string {
	if p.Paint == nil {
		return []string{".csv"}
	}
	return Extensions(pdf)
}

// Save writes a picture's files by calling to: their names are base with each of the
// extensions of Files. It returns the characters that the font lacks, in the order in which
// they appear, each once. They are drawn as □.
func (p *Picture) Save(to Writer, base string, pdf bool) (lacking []rune, err error) {
	write := map[string]func(io.Writer) error{
		".png": func(w io.Writer) (err error) { lacking, err = p.png(w); return err }, ".svg": p.svg, ".pdf": p.pdf,
		".csv": func(w io.Writer) error { return csv.NewWriter(w).WriteAll(p.CSV) },
	}
	for _, extension := range p.Files(pdf) {
		if err := to(base+extension, write[extension]); err != nil {
			return nil, err
		}
	}
	return lacking, nil
}

// png also returns the characters that the font lacks.
func (p *Picture) png(w io.Writer) (lacking []rune, err error) {
	c := vgimg.NewWith(vgimg.UseWH(PageWidth, p.Height), vgimg.UseDPI(dpi))
	on := &witness{Canvas: c}
	p.Paint(draw.NewCanvas(on, PageWidth, p.Height))
	_, err = vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return on.lacking, err
}

// svg names Arial and similar fonts as fallbacks for ours. They have the same metrics,
// so the text fits where Liberation is not installed.
func (p *Picture) svg(w io.Writer) error {
	c := vgsvg.New(PageWidth, p.Height)
	p.Paint(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return err
	}
	_, err := w.Write(bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"),
		[]byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;")))
	return err
}

func (p *Picture) pdf(w io.Writer) error {
	c := vgpdf.New(PageWidth, p.Height)
	p.Paint(draw.NewCanvas(outlined{c}, PageWidth, p.Height))
	_, err := c.WriteTo(w)
	return err
}
