package reports

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

const (
	pageWidth = 16 * vg.Centimeter // of all figures: the text width of a paper
	dpi       = 220                // of PNG files
)

// drawn is a figure that is ready to be written.
type drawn struct {
	name    string   // of its files
	title   string   // the heading in the report
	caption []string // sentences
	height  vg.Length
	draw    func(draw.Canvas)
	csv     [][]string // what it shows; the first row is the header
	table   [][]string // the same, rounded, for the report; may be nil
}

// save writes the figure to base.png, base.svg, base.csv and, if asked for,
// base.pdf.
func (d *drawn) save(base string, opt Options) error {
	write := map[string]func(io.Writer) error{".png": d.png, ".svg": d.svg, ".csv": d.writeCSV, ".pdf": d.pdf}
	for _, extension := range opt.extensions() {
		if err := durable.WriteFile(base+extension, write[extension]); err != nil {
			return err
		}
	}
	return nil
}

// extensions are those of each figure's files.
func (o Options) extensions() []string {
	list := []string{".png", ".svg", ".csv"}
	if o.PDF {
		list = append(list, ".pdf")
	}
	return list
}

func (d *drawn) writeCSV(w io.Writer) error { return csv.NewWriter(w).WriteAll(d.csv) }

func (d *drawn) png(w io.Writer) error {
	c := vgimg.NewWith(vgimg.UseWH(pageWidth, d.height), vgimg.UseDPI(dpi))
	d.draw(draw.New(c))
	_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return err
}

// svg names Arial and the like after our typeface, which has their metrics, so
// that the text fits where Liberation is not installed.
func (d *drawn) svg(w io.Writer) error {
	c := vgsvg.New(pageWidth, d.height)
	d.draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return err
	}
	_, err := w.Write(bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"),
		[]byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;")))
	return err
}

func (d *drawn) pdf(w io.Writer) error {
	c := vgpdf.New(pageWidth, d.height)
	d.draw(draw.NewCanvas(outlined{c}, pageWidth, d.height))
	_, err := c.WriteTo(w)
	return err
}
