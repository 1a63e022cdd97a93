package spectra_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"sedlab/datasets/spectra"
	"sedlab/datasets/spectra/spectratest"
)

func number(v float64) *float64 { return &v }

func TestContract(t *testing.T) {
	grid := &spectra.RebinConfig{From: 3700, To: 6700, Fluxes: 100, Spacing: "log", MinCoverage: 0.5}
	spectratest.Step(t, spectra.Deredden, &spectra.DereddenConfig{Law: "ccm89", RV: 3.1})
	spectratest.Step(t, spectra.RestFrame, &spectra.RestFrameConfig{Conserve: "energy"})
	spectratest.Step(t, spectra.Mask, &spectra.MaskConfig{Bits: []string{"BRIGHTSKY", "3"}, Edges: 2, SkyLines: true, SkyWidth: 8, Ranges: []float64{4000, 4100}})
	spectratest.Step(t, spectra.Rebin, grid)
	spectratest.Step(t, spectra.Normalize, &spectra.NormalizeConfig{From: 5300, To: 5850})
	spectratest.Step(t, spectra.Select, &spectra.SelectConfig{MaxRedshift: number(0.7), Classes: []string{"galaxy"}, MinSN: number(2), MinMeasured: 0.5})
}

// reference are numbers from the Python packages extinction and specutils;
// testdata/record.py recorded them.
type reference struct {
	Wave   []float64
	Curves []struct {
		Law string
		RV  float64
		A   []float64
	}
	Vacuum, Air []float64
}

func readReference(t *testing.T) (r reference) {
	t.Helper()
	text, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil || len(r.Curves) == 0 {
		t.Fatal(len(r.Curves), err)
	}
	return r
}

func TestDereddenAgreesWithExtinction(t *testing.T) {
	r := readReference(t)
	for _, c := range r.Curves {
		s := spectra.New("x")
		s.Wavelength, s.EBV = append([]float64{}, r.Wave...), 1/c.RV // A(V) = 1
		for range r.Wave {
			s.Flux, s.Ivar = append(s.Flux, 1), append(s.Ivar, 1)
		}
		if err := (&spectra.DereddenConfig{Law: c.Law, RV: c.RV}).Apply(s); err != nil {
			t.Fatal(err)
		}
		for i, want := range c.A {
			if a := 2.5 * math.Log10(s.Flux[i]); math.Abs(a-want) > 1e-6*want {
				t.Errorf("%s, R_V %g, %g Å: A(λ)/A(V) %.8f, expected %.8f", c.Law, c.RV, r.Wave[i], a, want)
			}
			if math.Abs(s.Ivar[i]*s.Flux[i]*s.Flux[i]-1) > 1e-9 {
				t.Errorf("%s: the relative error has changed", c.Law)
			}
		}
	}
}

func TestAirAgreesWithSpecutils(t *testing.T) {
	r := readReference(t)
	air := append([]float64{}, r.Vacuum...)
	spectra.VacuumToAir(air)
	vacuum := append([]float64{}, r.Air...)
	spectra.AirToVacuum(vacuum)
	for i := range air {
		if math.Abs(air[i]-r.Air[i]) > 1e-9*r.Air[i] || math.Abs(vacuum[i]-r.Vacuum[i]) > 1e-9*r.Vacuum[i] {
			t.Errorf("%g Å: in air %.9g, expected %.9g; back %.9g, expected %.9g", r.Vacuum[i], air[i], r.Air[i], vacuum[i], r.Vacuum[i])
		}
	}
}

func TestRestFrame(t *testing.T) {
	s := spectratest.Spectrum()
	step := &spectra.RestFrameConfig{Conserve: "values"}
	first := s.Wavelength[0] / (1 + s.Redshift)
	if err := step.Apply(s); err != nil || s.Wavelength[0] != first || s.Flux[0] != 10 || !s.Rest {
		t.Errorf("%g Å, flux %g, %v", s.Wavelength[0], s.Flux[0], err)
	}
	if err := step.Apply(s); err != nil || s.Wavelength[0] != first {
		t.Errorf("the second time: %g Å, %v", s.Wavelength[0], err)
	}
	if err := (&spectra.DereddenConfig{Law: "ccm89", RV: 3.1}).Apply(s); err == nil {
		t.Error("a spectrum in its rest frame is dereddened")
	}
}

// Of a pixel that is measured in part, the flux is the mean over that part.
func TestRebinPartlyMeasured(t *testing.T) {
	s := spectra.New("x")
	s.Wavelength, s.Flux, s.Ivar = []float64{1, 2, 3, 4, 5, 6, 7, 8}, []float64{1, 3, 1, math.NaN(), 1, 7, 9, 9}, []float64{1, 1, 4, 0, 0, 0, 1, 1}
	if err := s.Rebin([]float64{1.5, 3.5, 5.5, 7.5}, 0.5); err != nil {
		t.Fatal(err)
	}
	for j, want := range []struct {
		flux, ivar float64
		measured   bool
	}{{2, 2, true}, {1, 4, true}, {0, 0, false}, {9, 2, true}} {
		if s.Flux[j] != want.flux || s.Ivar[j] != want.ivar || s.Measured(j) != want.measured {
			t.Errorf("pixel %d: %g, inverse variance %g, measured %v; expected %+v", j, s.Flux[j], s.Ivar[j], s.Measured(j), want)
		}
	}
}

func TestMask(t *testing.T) {
	s := spectratest.Spectrum()
	c := &spectra.MaskConfig{Bits: []string{"BRIGHTSKY"}, Edges: 1, SkyLines: true, SkyWidth: 8, Ranges: []float64{4000, 4100}}
	if err := c.Apply(s); err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]bool{0: false, 1: true, 2: true, 3: false, 4: true, 7: false, 20: false, 30: false, 31: true, 178: false, 180: true, 299: false} {
		if s.Measured(i) != want {
			t.Errorf("pixel %d at %g Å: measured %v", i, s.Wavelength[i], s.Measured(i))
		}
	}
	for _, bad := range []spectra.MaskConfig{{Bits: []string{"BRIGHTSKI"}}, {Bits: []string{"32"}}, {Ranges: []float64{1}}} {
		if errs := bad.Check(); len(errs) != 1 {
			t.Errorf("%+v: %v", bad, errs)
		}
	}
}

func TestSelectSaysWhy(t *testing.T) {
	for want, c := range map[string]spectra.SelectConfig{
		"redshift 0.05 is below 0.1":          {MinRedshift: number(0.1)},
		"redshift 0.05 is above 0.01":         {MaxRedshift: number(0.01)},
		`class "GALAXY" is not among STAR`:    {Classes: []string{"STAR"}},
		"signal-to-noise ratio 21.3 is":       {MinSN: number(1000)},
		"98.0 % of its pixels were measured,": {MinMeasured: 0.99},
	} {
		err := c.Apply(spectratest.Spectrum())
		if drop := new(spectra.Drop); !errors.As(err, &drop) || !strings.HasPrefix(drop.Reason, want) {
			t.Errorf("got %v, expected %s", err, want)
		}
	}
}
