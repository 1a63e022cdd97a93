// Package spectratest is the contract that every step for single spectra must meet:
//
//	func TestStep(t *testing.T) { spectratest.Step(t, StepKind, &StepConfig{…}) }
//
// Steps in other modules can run it too.
package spectratest

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"sedlab/datasets/spectra"
	"sedlab/internal/kind/kindtest"
)

// Spectrum returns a galaxy of 300 pixels as observed, from 3800 to 6790 Å at a redshift of
// 0.05, with errors, some of them unknown, mask bits, and fluxes that are not numbers where
// nothing was measured.
func Spectrum() *spectra.Spectrum {
	s := spectra.New("galaxy")
	s.Redshift, s.EBV, s.Class, s.FluxUnit = 0.05, 0.1, "GALAXY", "1e-17 erg / (s cm2 Angstrom)"
	for i := range 300 {
		x := float64(i)
		s.Wavelength = append(s.Wavelength, 3800+10*x)
		s.Flux = append(s.Flux, 10+3*math.Sin(x/20))
		s.Ivar = append(s.Ivar, 4+math.Cos(x/30))
		s.Bits = append(s.Bits, 0)
		switch {
		case i%50 == 7:
			s.Flux[i], s.Ivar[i] = math.NaN(), 0
		case i%40 == 3:
			s.Bits[i] = 1 << 23 // BRIGHTSKY
		}
	}
	return s
}

// Step applies a step of the kind to Spectrum and to spectra of other forms, and checks
// what becomes of them. The step must not drop Spectrum.
func Step(t *testing.T, kind spectra.StepKind, step spectra.Step) {
	t.Helper()
	kindtest.Check(t, kind, step)
	if errs := step.Check(); len(errs) > 0 {
		t.Fatalf("the test's own step is refused: %v", errs)
	}
	before := reflect.ValueOf(step).Elem().Interface()
	a, b := Spectrum(), Spectrum()
	if err := apply(t, step, a); err != nil {
		t.Fatal(err)
	}
	check(t, a)
	if err := apply(t, step, b); err != nil || !same(a, b) {
		t.Errorf("the same spectrum gives another result, error %v", err)
	}
	a.Wavelength[0], a.Flux[0] = -1, -1
	if b.Wavelength[0] == -1 || b.Flux[0] == -1 {
		t.Error("two spectra share memory")
	}
	if want := Spectrum(); b.Name != want.Name || b.Class != want.Class || b.EBV != want.EBV {
		t.Errorf("the spectrum is now %q of class %q, E(B−V) %g", b.Name, b.Class, b.EBV)
	}
	for name, change := range forms {
		t.Run(name, func(t *testing.T) {
			s := Spectrum()
			change(s)
			was := measured(s)
			if apply(t, step, s) != nil {
				return
			}
			check(t, s)
			for i, now := range measured(s) {
				if len(s.Flux) == len(was) && now && !was[i] {
					t.Fatalf("pixel %d was not measured, and now is", i)
				}
			}
		})
	}
	if after := reflect.ValueOf(step).Elem().Interface(); !reflect.DeepEqual(before, after) {
		t.Errorf("the step was changed from %+v to %+v", before, after)
	}
}

// forms are changes to Spectrum, after which a step must work or drop the spectrum.
var forms = map[string]func(*spectra.Spectrum){
	"as it is":         func(*spectra.Spectrum) {},
	"errors unknown":   func(s *spectra.Spectrum) { s.Ivar, s.Bits = nil, nil },
	"nothing measured": func(s *spectra.Spectrum) { clear(s.Ivar) },
	"nothing known":    func(s *spectra.Spectrum) { s.Redshift, s.EBV, s.Class = math.NaN(), math.NaN(), "" },
	"one pixel": func(s *spectra.Spectrum) {
		s.Wavelength, s.Flux, s.Ivar, s.Bits = s.Wavelength[:1], s.Flux[:1], s.Ivar[:1], s.Bits[:1]
	},
	"marked as missing": func(s *spectra.Spectrum) {
		for i := 100; i < 130; i++ {
			s.Leave(i)
		}
	},
	"not a number": func(s *spectra.Spectrum) {
		s.Flux[150], s.Flux[151], s.Flux[152] = math.NaN(), math.Inf(1), math.Inf(-1)
	},
	"tiny fluxes": func(s *spectra.Spectrum) { scale(s, 1e-150) },
	"huge fluxes": func(s *spectra.Spectrum) { scale(s, 1e150) },
	"far away":    func(s *spectra.Spectrum) { s.Redshift = 1e300 },
	"infinite redshift": func(s *spectra.Spectrum) {
		s.Redshift = math.Inf(1)
	},
}

func scale(s *spectra.Spectrum, factor float64) {
	for i := range s.Flux {
		s.Flux[i] *= factor
		s.Ivar[i] /= factor * factor
	}
}

func measured(s *spectra.Spectrum) []bool {
	out := make([]bool, len(s.Flux))
	for i := range out {
		out[i] = s.Measured(i)
	}
	return out
}

func apply(t *testing.T, step spectra.Step, s *spectra.Spectrum) error {
	t.Helper()
	err := step.Apply(s)
	if drop := new(spectra.Drop); err != nil && (!errors.As(err, &drop) || drop.Reason == "") {
		t.Errorf("error %v; expected a *spectra.Drop with a reason", err)
	}
	return err
}

// same reports whether two spectra are equal, NaN included.
func same(a, b *spectra.Spectrum) bool {
	bits := func(list []float64) (out []uint64) {
		for _, v := range list {
			out = append(out, math.Float64bits(v))
		}
		return out
	}
	return reflect.DeepEqual(bits(a.Wavelength), bits(b.Wavelength)) && reflect.DeepEqual(bits(a.Flux), bits(b.Flux)) &&
		reflect.DeepEqual(bits(a.Ivar), bits(b.Ivar)) && reflect.DeepEqual(a.Missing, b.Missing) && reflect.DeepEqual(a.Bits, b.Bits)
}

// check checks the form of a spectrum.
func check(t *testing.T, s *spectra.Spectrum) {
	t.Helper()
	n := len(s.Wavelength)
	if n == 0 || len(s.Flux) != n || s.Ivar != nil && len(s.Ivar) != n || s.Missing != nil && len(s.Missing) != n || s.Bits != nil && len(s.Bits) != n {
		t.Fatalf("%d wavelengths, %d fluxes, %d inverse variances, %d marks, %d bits", n, len(s.Flux), len(s.Ivar), len(s.Missing), len(s.Bits))
	}
	for i, v := range s.Wavelength {
		if !(v > 0) || i > 0 && v <= s.Wavelength[i-1] {
			t.Fatalf("wavelength %d is %g", i, v)
		}
		if s.Measured(i) && (s.Flux[i]-s.Flux[i] != 0 || s.Ivar != nil && (s.Ivar[i]-s.Ivar[i] != 0 || s.Ivar[i] < 0)) {
			t.Fatalf("pixel %d was measured, and is %g with inverse variance %v", i, s.Flux[i], s.Ivar)
		}
	}
}
