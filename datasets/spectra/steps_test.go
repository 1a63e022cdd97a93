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
	"sedlab/internal/kind/kindtest"
)

func number(v float64) *float64 { return &v }

func TestContract(t *testing.T) {
	config := kindtest.Config[spectra.Step]
	for _, c := range []struct {
		kind spectra.StepKind
		keys string
	}{
		{spectra.Deredden, "{}"},
		{spectra.Deredden, "{law: ccm89, ebv: 0.2}"},
		{spectra.RestFrame, "{}"},
		{spectra.RestFrame, "{redshift: 0.1, conserve: energy}"},
		{spectra.Mask, "{}"},
		{spectra.Mask, "{bits: [BRIGHTSKY, '3'], edges: 2, sky_lines: [5578.9], ranges: [4000, 4100], frame: rest}"},
		{spectra.Rebin, "{}"},
		{spectra.Rebin, "{from: 3700, to: 6700, fluxes: 100, spacing: linear, method: spline, spikes: 0.5}"},
		{spectra.Normalize, "{}"},
		{spectra.Select, "{max_redshift: 0.7, classes: [galaxy], min_sn: 2, min_measured: 0.5}"},
	} {
		t.Run(c.kind.Name+" "+c.keys, func(t *testing.T) { spectratest.Step(t, c.kind, config(t, c.kind, c.keys)) })
	}
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

func TestAirThereAndBack(t *testing.T) {
	for _, air := range []float64{912, 1999.9, 2000, 2000.1, 3933.66, 6562.8, 25000} {
		list := []float64{air}
		spectra.AirToVacuum(list)
		vacuum := list[0]
		spectra.VacuumToAir(list)
		if math.Abs(list[0]-air) > 1e-12*air || (vacuum == air) != (air < 2000) {
			t.Errorf("%g Å in air is %.9g in vacuum, and that %.9g", air, vacuum, list[0])
		}
	}
}

func TestDeredden(t *testing.T) {
	once, twice := spectratest.Spectrum(), spectratest.Spectrum()
	for _, ebv := range []float64{0.1, 0.2} { // in two steps
		if err := (&spectra.DereddenConfig{Law: "fitzpatrick99", RV: 3.1, EBV: number(ebv)}).Apply(twice); err != nil {
			t.Fatal(err)
		}
	}
	once.EBV = 0.3
	if err := (&spectra.DereddenConfig{Law: "fitzpatrick99", RV: 3.1}).Apply(once); err != nil {
		t.Fatal(err)
	}
	for i := range once.Flux {
		if once.Measured(i) && (math.Abs(once.Flux[i]-twice.Flux[i]) > 1e-12*once.Flux[i] || math.Abs(once.Ivar[i]-twice.Ivar[i]) > 1e-12*once.Ivar[i]) {
			t.Errorf("pixel %d: %g by 0.3 mag, %g by 0.1 and 0.2", i, once.Flux[i], twice.Flux[i])
		}
	}
	for want, change := range map[string]func(s *spectra.Spectrum){
		"E(B−V) unknown;":           func(s *spectra.Spectrum) { s.EBV = math.NaN() },
		"E(B−V) is -999; expected":  func(s *spectra.Spectrum) { s.EBV = -999 },
		"wavelengths from 500 to 6": func(s *spectra.Spectrum) { s.Wavelength[0] = 500 },
	} {
		s := spectratest.Spectrum()
		change(s)
		wantDrop(t, (&spectra.DereddenConfig{Law: "fitzpatrick99", RV: 3.1}).Apply(s), want)
	}
	once.Rest = true
	if err, drop := (&spectra.DereddenConfig{Law: "ccm89", RV: 3.1}).Apply(once), new(spectra.Drop); err == nil || errors.As(err, &drop) {
		t.Errorf("in the rest frame: %v; expected an error that is no Drop", err)
	}
}

func wantDrop(t *testing.T, err error, reason string) {
	t.Helper()
	if drop := new(spectra.Drop); !errors.As(err, &drop) || !strings.HasPrefix(drop.Reason, reason) {
		t.Errorf("got %v, expected a Drop: %s…", err, reason)
	}
}

func TestRestFrame(t *testing.T) {
	for _, conserve := range []string{"values", "energy"} {
		s, was := spectratest.Spectrum(), spectratest.Spectrum()
		step := &spectra.RestFrameConfig{Conserve: conserve}
		back := &spectra.RestFrameConfig{Conserve: conserve, Redshift: number(1/(1+s.Redshift) - 1)}
		if err := step.Apply(s); err != nil || !s.Rest || s.Wavelength[0] != 3800/(1+was.Redshift) {
			t.Fatalf("%g Å, %v", s.Wavelength[0], err)
		}
		if factor := s.Flux[0] / was.Flux[0]; conserve == "values" && factor != 1 || conserve == "energy" && math.Abs(factor-1.05) > 1e-14 {
			t.Errorf("conserve: %s multiplies fluxes by %g", conserve, factor)
		}
		first := s.Wavelength[0]
		if err := step.Apply(s); err != nil || s.Wavelength[0] != first {
			t.Errorf("the second time: %g Å, %v", s.Wavelength[0], err)
		}
		s.Rest = false
		if err := back.Apply(s); err != nil {
			t.Fatal(err)
		}
		for i := range s.Flux {
			if d := s.Wavelength[i] - was.Wavelength[i]; math.Abs(d) > 1e-10 || s.Measured(i) && (math.Abs(s.Flux[i]-was.Flux[i]) > 1e-12 || math.Abs(s.Ivar[i]-was.Ivar[i]) > 1e-12) {
				t.Fatalf("there and back, pixel %d is %g Å, %g with inverse variance %g", i, s.Wavelength[i], s.Flux[i], s.Ivar[i])
			}
		}
	}
	wantDrop(t, (&spectra.RestFrameConfig{}).Apply(spectra.New("x")), "redshift unknown")
}

func TestNormalize(t *testing.T) {
	s, was := spectratest.Spectrum(), spectratest.Spectrum()
	if err := (&spectra.NormalizeConfig{From: 3800, To: 3820}).Apply(s); err != nil {
		t.Fatal(err)
	}
	if s.Flux[1] != 1 || s.Flux[2] != was.Flux[2]/was.Flux[1] || math.Abs(s.Ivar[1]-was.Ivar[1]*was.Flux[1]*was.Flux[1]) > 1e-12*s.Ivar[1] {
		t.Errorf("fluxes %v, inverse variances %v", s.Flux[:3], s.Ivar[:3])
	}
	wantDrop(t, (&spectra.NormalizeConfig{From: 1000, To: 2000}).Apply(s), "nothing was measured from 1000 to 2000 Å")
	for i := range s.Flux {
		s.Flux[i] = -1
	}
	wantDrop(t, (&spectra.NormalizeConfig{From: 5000, To: 6000}).Apply(s), "its median flux from 5000 to 6000 Å is -1")
}

func TestMask(t *testing.T) {
	s := spectratest.Spectrum()
	c := &spectra.MaskConfig{Bits: []string{"BRIGHTSKY"}, Edges: 1, SkyLines: []float64{5578.9}, SkyWidth: 8, Ranges: []float64{4000, 4100}, Frame: "observed"}
	if err := c.Apply(s); err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]bool{0: false, 1: true, 2: true, 3: false, 4: true, 7: false, 20: false, 30: false, 31: true, 178: false, 180: true, 299: false} {
		if s.Measured(i) != want {
			t.Errorf("pixel %d at %g Å: measured %v", i, s.Wavelength[i], s.Measured(i))
		}
	}
	rest := spectratest.Spectrum()
	rest.Rest = true
	c = &spectra.MaskConfig{SkyLines: []float64{4200}, SkyWidth: 5, Ranges: []float64{5000, 5000.1}, Frame: "rest"}
	if err := c.Apply(rest); err != nil || rest.Measured(20) || rest.Measured(120) || !rest.Measured(40) {
		t.Errorf("in the rest frame: 4000 Å measured %v, 5000 Å %v, 4200 Å %v, %v", rest.Measured(20), rest.Measured(120), rest.Measured(40), err)
	}
	rest.Redshift = math.NaN()
	wantDrop(t, c.Apply(rest), "redshift unknown")
	rest.Bits = nil
	wantDrop(t, (&spectra.MaskConfig{Bits: []string{"BRIGHTSKY"}}).Apply(rest), "no mask bits")
	for _, bad := range []spectra.MaskConfig{{Bits: []string{"BRIGHTSKI"}}, {Bits: []string{"32"}}, {Ranges: []float64{1}}, {Ranges: []float64{2, 1}}} {
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
		if errs := c.Check(); len(errs) > 0 {
			t.Error(errs)
		}
		wantDrop(t, c.Apply(spectratest.Spectrum()), want)
	}
	for want, c := range map[string]spectra.SelectConfig{
		"redshift unknown": {MinRedshift: number(0.1)},
		"errors unknown":   {MinSN: number(1)},
		`class "" is not`:  {Classes: []string{"GALAXY", "QSO"}},
	} {
		s := spectra.New("x")
		s.Wavelength, s.Flux = []float64{1, 2}, []float64{1, 1}
		wantDrop(t, c.Apply(s), want)
	}
	for _, bad := range []spectra.SelectConfig{{}, {MinRedshift: number(2), MaxRedshift: number(1)}} {
		if errs := bad.Check(); len(errs) != 1 {
			t.Errorf("%+v: %v", bad, errs)
		}
	}
}
