package repaired

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"sedlab/internal/quantile"
	"sedlab/reports/draw"
)

const (
	panelHeight = 190 * vg.Length(1)
	panelLeft   = 44 * vg.Length(1)
	panelBottom = 2.8 * draw.LineHeight
)

var (
	originalGrey = color.Gray{Y: 0x9a}
	repairShade  = draw.RGB(0xc2560a)
	bandShade    = draw.RGB(0xf6c08f)
	gapShade     = draw.RGB(0xe4ebf1)
)

// picture is the figure of one spectrum.
type picture struct {
	*Spectrum
	frame draw.Frame
	y     draw.Scale
}

// Picture returns a figure of the original and the repaired spectrum with its 68 % band, and
// the data that it shows. ok is false if there is nothing to draw.
func (x *Spectrum) Picture() (_ *draw.Picture, ok bool) {
	n := len(x.Wavelength)
	if n < 2 || len(x.Flux) != n || len(x.Low) != n || len(x.High) != n || len(x.Original) != n {
		return nil, false
	}
	p := &picture{Spectrum: x, y: x.fluxScale()}
	p.frame.Title = x.title()
	fill := func(c color.Color) func(*draw.Canvas, vg.Rectangle) {
		return func(on *draw.Canvas, r vg.Rectangle) {
			on.FillPolygon(c, draw.Corners(r.Min.X, r.Max.X, r.Min.Y, r.Max.Y))
		}
	}
	p.frame.Legend = []draw.Entry{
		{Name: "original", Paint: draw.LegendLine(draw.Stroke(originalGrey, 1))},
		{Name: "repaired", Paint: draw.LegendLine(draw.Stroke(repairShade, 1))},
		{Name: "68 % band", Paint: fill(bandShade)},
		{Name: "not measured", Paint: fill(gapShade)},
	}
	if x.Unlike {
		p.frame.Caption = []string{"This spectrum is unlike the training spectra: what is filled in may be wrong by more than the band."}
	}
	return &draw.Picture{Height: p.frame.Height() + panelHeight + panelBottom, Paint: p.paint, CSV: x.csv()}, true
}

// title names the spectrum, and says what is known of it.
func (x *Spectrum) title() string {
	parts := []string{x.Name}
	if x.Redshift != nil {
		parts = append(parts, fmt.Sprintf("z = %.4f", *x.Redshift))
	}
	if x.Chi2 != nil {
		parts = append(parts, "χ² per pixel "+draw.TwoDigits(*x.Chi2))
	}
	return strings.Join(parts, ", ")
}

// fluxScale covers the repaired flux with its band, and all but extreme original fluxes.
func (x *Spectrum) fluxScale() draw.Scale {
	var values []float64
	for _, v := range slices.Concat(x.Low, x.High) {
		if draw.Finite(v) {
			values = append(values, v)
		}
	}
	var original []float64
	for _, v := range x.Original {
		if draw.Finite(v) {
			original = append(original, v)
		}
	}
	if len(original) > 0 {
		slices.Sort(original)
		values = append(values, quantile.Sorted(original, 0.01), quantile.Sorted(original, 0.99))
	}
	return draw.NewScale(values, "linear")
}

func (p *picture) paint(c draw.Canvas) {
	c = p.frame.Draw(c)
	panel := draw.Panel{Canvas: c, YScale: p.y}
	panel.Min.X += panelLeft
	panel.Max.X -= 2 * draw.Gap
	panel.Min.Y += panelBottom
	n := len(p.Wavelength)
	panel.XScale = draw.Scale{Low: p.Wavelength[0], High: p.Wavelength[n-1]}
	for lo := 0; lo < n; lo++ {
		hi := lo
		for hi < n && p.Filled[hi] {
			hi++
		}
		if hi > lo {
			panel.FillPolygon(gapShade, draw.Corners(panel.PlaceX(p.edge(lo)), panel.PlaceX(p.edge(hi)), panel.Min.Y, panel.Max.Y))
			lo = hi
		}
	}
	p.paintBand(&panel)
	panel.YAxis(true)
	panel.Line(draw.Stroke(originalGrey, 0.5), n, func(i int) (float64, float64) { return p.Wavelength[i], p.Original[i] })
	panel.Line(draw.Stroke(repairShade, 0.8), n, func(i int) (float64, float64) { return p.Wavelength[i], p.Flux[i] })
	panel.XAxis(panel.XScale.LinearTicks(6), true)
	if p.Rest {
		panel.XTitle("wavelength at rest [Å]")
	} else {
		panel.XTitle("observed wavelength [Å]")
	}
	panel.YTitle("flux"+unitText(p.FluxUnit), c.Min.X+1)
}

// edge returns the wavelength between pixels i−1 and i.
func (p *picture) edge(i int) float64 {
	n := len(p.Wavelength)
	return (p.Wavelength[max(i-1, 0)] + p.Wavelength[min(i, n-1)]) / 2
}

// paintBand fills the band, piece by piece where it is known.
func (p *picture) paintBand(panel *draw.Panel) {
	place := func(i int, v float64) vg.Point {
		y := panel.PlaceY(math.Max(p.y.Low, math.Min(v, p.y.High)))
		return vg.Point{X: panel.PlaceX(p.Wavelength[i]), Y: y}
	}
	known := func(i int) bool { return draw.Finite(p.Low[i]) && draw.Finite(p.High[i]) }
	for lo := 0; lo < len(p.Low); lo++ {
		var upper, lower []vg.Point
		for ; lo < len(p.Low) && known(lo); lo++ {
			upper, lower = append(upper, place(lo, p.High[lo])), append(lower, place(lo, p.Low[lo]))
		}
		if len(upper) > 1 {
			slices.Reverse(lower)
			panel.FillPolygon(bandShade, append(upper, lower...))
		}
	}
}

func unitText(unit string) string {
	if unit == "" {
		return ""
	}
	return " [" + unit + "]"
}

// csv returns the data of the figure.
func (x *Spectrum) csv() [][]string {
	rows := [][]string{{"wavelength", "original", "flux", "flux_16", "flux_84", "filled"}}
	for i := range x.Wavelength {
		row := make([]string, 0, 6)
		for _, column := range [][]float64{x.Wavelength, x.Original, x.Flux, x.Low, x.High} {
			row = append(row, textAt(column, i))
		}
		rows = append(rows, append(row, fmt.Sprint(x.Filled[i])))
	}
	return rows
}
