package figures

import (
	"slices"

	"gonum.org/v1/plot/vg"

	"sedlab/reports/draw"
)

// spectralLine is a line or a group of lines with one name.
type spectralLine struct {
	name   string
	vacuum []float64 // wavelengths in vacuum [Å], ascending
}

// strongLines are the strong lines of galaxies, by rising wavelength, from the NIST Atomic
// Spectra Database.
var strongLines = []spectralLine{
	{"[O II]", []float64{3727.09, 3729.88}},
	{"Ca H+K", []float64{3934.77, 3969.59}},
	{"Hβ", []float64{4862.69}},
	{"[O III]", []float64{4960.30, 5008.24}},
	{"Mg b", []float64{5168.76, 5174.13, 5185.05}},
	{"Na D", []float64{5891.58, 5897.56}},
	{"Hα", []float64{6564.61}},
}

// within returns the lines that have all their wavelengths on a scale.
func within(s draw.Scale) []spectralLine {
	return slices.DeleteFunc(slices.Clone(strongLines), func(l spectralLine) bool {
		return l.vacuum[0] < s.Low || l.vacuum[len(l.vacuum)-1] > s.High
	})
}

// middle returns the wavelength above which the name stands.
func (l spectralLine) middle() float64 { return (l.vacuum[0] + l.vacuum[len(l.vacuum)-1]) / 2 }

// nameRows puts each name in the lowest row in which it does not touch another, for an axis
// of some width.
func nameRows(lines []spectralLine, s draw.Scale, width vg.Length) (rows []int) {
	var ends []vg.Length // of the rows
	text := draw.Label(draw.Ink, 0, 0)
	for _, l := range lines {
		x, half := vg.Length(s.Position(l.middle()))*width, text.Width(l.name)/2
		row := slices.IndexFunc(ends, func(end vg.Length) bool { return end+draw.Gap <= x-half })
		if row < 0 {
			row = len(ends)
			ends = append(ends, 0)
		}
		ends[row] = x + half
		rows = append(rows, row)
	}
	return rows
}

// paintLines marks lines in a panel, and names them above it.
func paintLines(at *draw.Panel, lines []spectralLine) {
	rows := nameRows(lines, at.XScale, at.Max.X-at.Min.X)
	thin := draw.Stroke(draw.Faint, 0.5)
	thin.Dashes = []vg.Length{1, 2}
	for i, l := range lines {
		top := at.Max.Y + vg.Length(rows[i])*draw.LineHeight + 2
		for _, w := range l.vacuum {
			at.StrokeLine2(thin, at.PlaceX(w), at.Min.Y, at.PlaceX(w), at.Max.Y)
		}
		at.StrokeLine2(thin, at.PlaceX(l.middle()), at.Max.Y, at.PlaceX(l.middle()), top)
		at.FillText(draw.Label(draw.Faint, -0.5, 0), vg.Point{X: at.PlaceX(l.middle()), Y: top + 2.5}, l.name)
	}
}
