package web

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"sedlab/framework/app"
	"sedlab/internal/record"
)

// summary is a spectrum in numbers, for people who do not see the plot.
type summary struct {
	Title, About string
	Source       string // the address of the fluxes
	Facts        [][2]string
	Columns      []string // of Rows
	Rows         []summaryRow
}

// summaryRow has the numbers of a prior, NaN for those that are unknown.
type summaryRow struct {
	Name   string
	Values []float64
}

// plot has the fluxes of a spectrum as the viewer takes them. A list is null if it is unknown;
// its values have six digits.
type plot struct {
	Title      string    `json:"title"`
	File       string    `json:"file"` // the beginning of the name of a download
	Unit       string    `json:"unit"` // of the fluxes
	Frame      string    `json:"frame"`
	Shift      float64   `json:"shift"`      // 1 + z of Wavelength; 0 if unknown
	Wavelength series    `json:"wavelength"` // Å
	Truth      series    `json:"truth"`
	Clean      series    `json:"clean"`
	Measured   series    `json:"measured"`
	MeasuredAt series    `json:"measuredAt"` // Å; null if that is Wavelength
	Error      series    `json:"error"`      // 1σ of Measured
	Hidden     [][2]int  `json:"hidden"`     // ranges of fluxes that were not measured: first, and after the last
	Infilled   [][2]int  `json:"infilled"`
	Curves     []plotted `json:"curves"`
	Notes      []string  `json:"notes"`
}

// plotted is a reconstruction.
type plotted struct {
	Name  string `json:"name"`
	Flux  series `json:"flux"`
	Sigma series `json:"sigma"`
	Low   series `json:"low"` // the 68 % band, where it is not one sigma
	High  series `json:"high"`
}

// series are numbers of which those that are not finite are null in JSON.
type series []float64

// MarshalJSON implements json.Marshaler.
func (s series) MarshalJSON() ([]byte, error) {
	if s == nil {
		return []byte("null"), nil
	}
	b := []byte{'['}
	for i, v := range s {
		if i > 0 {
			b = append(b, ',')
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			b = append(b, "null"...)
		} else {
			digits := 6
			if math.Abs(v) >= 1000 { // wavelengths
				digits = 8
			}
			b = strconv.AppendFloat(b, v, 'g', digits, 64)
		}
	}
	return append(b, ']'), nil
}

var _ json.Marshaler = series(nil)

// seriesOf returns numbers as a series; nil if there are none.
func seriesOf[E float32 | float64](list []E) series {
	if len(list) == 0 {
		return nil
	}
	s := make(series, len(list))
	for i, v := range list {
		s[i] = float64(v)
	}
	return s
}

// ranges returns the ranges in which a list is equal to a value.
func ranges(list []bool, value bool) (all [][2]int) {
	for i, v := range list {
		switch {
		case v != value:
		case i > 0 && list[i-1] == value:
			all[len(all)-1][1] = i + 1
		default:
			all = append(all, [2]int{i, i + 1})
		}
	}
	return all
}

// plotOf returns a kept spectrum as the viewer takes it.
func plotOf(run string, x *app.Spectrum) *plot {
	e := &x.Example
	p := &plot{
		Title: spectrumTitle(x), File: run + " " + spectrumTitle(x) + " " + x.Condition, Unit: "normalised flux", Frame: "rest wavelength", Shift: 1,
		Wavelength: seriesOf(e.Wavelength), Truth: seriesOf(e.Truth), Clean: seriesOf(e.Clean),
		Measured: seriesOf(e.Measurement), MeasuredAt: seriesOf(e.MeasurementWavelength),
		Hidden: ranges(e.Observed, false), Infilled: ranges(e.Infilled, true), Curves: []plotted{}, Notes: []string{},
	}
	if e.Norm == 1 {
		p.Unit = "flux"
	}
	if len(e.Observed) == 0 && p.MeasuredAt == nil && p.Measured != nil { // the operator mixes fluxes
		p.Notes = append(p.Notes, "The measurement has no wavelengths, so it is not drawn.")
		p.Measured = nil
	}
	if x.Left > 0 {
		p.Notes = append(p.Notes, "The spectrum is long: "+plural(x.Left, "prior")+" not drawn.")
	}
	for _, r := range x.Priors {
		p.Curves = append(p.Curves, plotted{Name: r.Prior, Flux: seriesOf(r.Example.Reconstruction), Sigma: seriesOf(r.Example.Sigma)})
	}
	return p
}

func spectrumTitle(x *app.Spectrum) string { return "Signal " + strconv.FormatInt(x.Signal, 10) }

// summaryOf returns a kept spectrum in numbers.
func summaryOf(x *app.Spectrum) *summary {
	e := &x.Example
	s := &summary{Title: spectrumTitle(x), About: x.Condition, Facts: [][2]string{
		{"Operator", strings.ReplaceAll(e.Operator, "_", " ")}, {"Split", e.Split}, {"Fluxes", strconv.Itoa(len(e.Wavelength))},
	}}
	if len(e.Wavelength) > 0 {
		s.Facts = append(s.Facts, [2]string{"Wavelengths", number(e.Wavelength[0]) + " to " + number(e.Wavelength[len(e.Wavelength)-1]) + " Å"})
	}
	share := func(name string, flags []bool, value bool) {
		if len(flags) == 0 {
			return
		}
		n := 0
		for _, f := range flags {
			if f == value {
				n++
			}
		}
		s.Facts = append(s.Facts, [2]string{name, number(100*float64(n)/float64(len(flags))) + " %"})
	}
	share("Hidden", e.Observed, false)
	share("Filled in by the data set", e.Infilled, true)
	s.Facts = append(s.Facts, [2]string{"Norm of the signal", number(e.Norm)})
	for _, r := range x.Priors {
		for _, score := range r.Scores {
			if !slices.Contains(s.Columns, score.Name) {
				s.Columns = append(s.Columns, score.Name)
			}
		}
	}
	for _, r := range x.Priors {
		row := summaryRow{r.Prior, nil}
		for _, name := range s.Columns {
			row.Values = append(row.Values, scoreOf(r.Scores, name))
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

func scoreOf(list []record.Score, name string) float64 {
	for _, s := range list {
		if s.Name == name {
			return s.Value
		}
	}
	return math.NaN()
}
