package reconstruct_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"sedlab/datasets/spectra"
	"sedlab/framework/reconstruct"
	"sedlab/framework/repaired"
)

// read returns a spectrum as a file with a column of fluxes times λ^power has it.
func read(t *testing.T, s *spectra.Spectrum, unit string, power float64) *spectra.Spectrum {
	t.Helper()
	var file strings.Builder
	fmt.Fprintf(&file, "# redshift: %g\nwavelength,flux [%s],error\n", s.Redshift, unit)
	for i, lambda := range s.Wavelength {
		f := math.Pow(lambda/5000, power)
		fmt.Fprintf(&file, "%g,%g,%g\n", lambda, s.Flux[i]*f, f/math.Sqrt(s.Ivar[i]))
	}
	for x, err := range spectra.ReadFrom(t.Context(), "a.csv", strings.NewReader(file.String()), int64(file.Len()), spectra.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	return nil
}

// A spectrum in Jy has the same answer as one per Å, in Jy, in whichever frame it is.
func TestFluxesPerHz(t *testing.T) {
	m := model(t)
	s, _ := spectrum(rand.New(rand.NewPCG(4, 4)), 0.1)
	perA, perHz, moved := read(t, s, "erg/s/cm2/Angstrom", 0), read(t, s, "mJy", 2), read(t, s, "mJy", 2)
	if err := (&spectra.RestFrameConfig{Conserve: "values"}).Apply(moved); err != nil {
		t.Fatal(err)
	}
	out := reconstructed(t, m, []*spectra.Spectrum{perA, perHz, moved}, reconstruct.Options{})
	for _, x := range out[1:] {
		if x.FluxUnit != "mJy" || len(x.Flux) != len(out[0].Flux) || x.Rest != (x == out[2]) {
			t.Fatalf("%d fluxes in %s, at rest %v", len(x.Flux), x.FluxUnit, x.Rest)
		}
		for i, lambda := range out[0].Wavelength {
			f := lambda / 5000 * lambda / 5000
			for k, column := range []func(*repaired.Spectrum) []float64{
				func(x *repaired.Spectrum) []float64 { return x.Original }, func(x *repaired.Spectrum) []float64 { return x.Error },
				func(x *repaired.Spectrum) []float64 { return x.Flux }, func(x *repaired.Spectrum) []float64 { return x.Low }, func(x *repaired.Spectrum) []float64 { return x.Median },
			} {
				if got, want := column(x)[i], column(out[0])[i]*f; math.Abs(got-want) > 1e-4*(1+math.Abs(want)) {
					t.Fatalf("column %d at %g Å: %g mJy, expected %g", k, lambda, got, want)
				}
			}
		}
	}
}
