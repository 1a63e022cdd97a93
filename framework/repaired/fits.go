package repaired

import (
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"sedlab/internal/fits"
)

// WriteFITS writes a spectrum as a FITS file that specutils opens as tabular-fits.
func WriteFITS(out io.Writer, x *Spectrum) error {
	s := NewFITS(out)
	if err := s.Add(x); err != nil {
		return err
	}
	return s.Close()
}

// NewFITS returns a Sink that writes a FITS file with a binary table for each spectrum, in
// HDUs 1, 2, ….
func NewFITS(out io.Writer) Sink { return &fitsSink{fits.NewWriter(out)} }

type fitsSink struct{ w *fits.Writer }

// Add writes the table of a spectrum. specutils takes the first columns with units of a
// wavelength and of a flux, and as the uncertainty the next one in the unit of the flux.
func (s *fitsSink) Add(x *Spectrum) error {
	unit := unitOf(x.FluxUnit)
	column := func(name string, values []float64) fits.Output {
		if values == nil {
			values = nan(len(x.Wavelength))
		}
		return fits.Output{Name: name, Unit: unit, Values: values}
	}
	return s.w.Table(fits.Escape(x.Name), cards(x), []fits.Output{
		{Name: "wavelength", Unit: "Angstrom", Values: x.Wavelength},
		column("flux", x.Flux), column("uncertainty", halfWidth(x)),
		column("flux_16", x.Low), column("flux_50", x.Median), column("flux_84", x.High),
		column("original", x.Original), column("error", x.Error),
		{Name: "filled", Values: x.Filled},
	})
}

func (s *fitsSink) Close() error { return nil }

// unitOf writes a unit as FITS has it: a factor as a power of ten, such as 10**-17, and only
// ASCII.
func unitOf(text string) string {
	for _, e := range []string{"1e", "1E"} {
		rest, ok := strings.CutPrefix(text, e)
		if power, unit, blank := strings.Cut(rest, " "); ok && blank {
			if _, err := strconv.Atoi(power); err == nil {
				text = "10**" + power + " " + unit
			}
		}
	}
	return fits.Escape(text)
}

// halfWidth returns half the width of the band, which stands for the standard deviation.
func halfWidth(x *Spectrum) []float64 {
	if x.High == nil {
		return nil
	}
	sigma := make([]float64, len(x.High))
	for i, high := range x.High {
		sigma[i] = (high - x.Low[i]) / 2
	}
	return sigma
}

// cards returns what is known of a spectrum as a whole. Unknown numbers are left out.
func cards(x *Spectrum) []fits.Card {
	list := []fits.Card{
		{Key: "OBJECT", Value: fits.Escape(x.Name), Comment: "name of the spectrum"},
		{Key: "ORIGFILE", Value: fits.Escape(x.File), Comment: "file of the original"},
		{Key: "ORIGROW", Value: x.Row, Comment: "row in that file, from 0"},
		{Key: "STATUS", Value: fits.Escape(x.Status), Comment: "ok, or why it was not repaired"},
		{Key: "UNLIKE", Value: x.Unlike, Comment: "unlike the training spectra"},
	}
	if x.Rest {
		list = append(list, fits.Card{Key: "SPECSYS", Value: "SOURCE", Comment: "wavelengths are those at rest"})
	}
	for _, c := range []struct {
		key, comment string
		value        *float64
	}{
		{"PVALUE", "of a spectrum like the training spectra", x.PValue}, {"REDSHIFT", "", x.Redshift},
		{"Z16", "redshift, 16th percentile", x.Redshift1}, {"Z84", "redshift, 84th percentile", x.Redshift2},
		{"SCALE", "of the flux", x.Scale}, {"CHI2", "per measured pixel", x.Chi2},
	} {
		if c.value != nil {
			list = append(list, fits.Card{Key: c.key, Value: *c.value, Comment: c.comment})
		}
	}
	return append(list, fits.Card{Key: "ITER", Value: x.Iterations, Comment: "steps of the search"},
		fits.Card{Key: "CONVERGE", Value: x.Converged, Comment: "the search has converged"})
}

func nan(n int) []float64 { return slices.Repeat([]float64{math.NaN()}, n) }
