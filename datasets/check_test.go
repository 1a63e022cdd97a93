package datasets_test

import (
	"math"
	"strings"
	"testing"

	"sedlab/datasets"
	"sedlab/datasets/datasettest"
)

func TestCheck(t *testing.T) {
	if err := datasettest.Data().Check(); err != nil {
		t.Errorf("a good set: %v", err)
	}
	for want, spoil := range map[string]func(s *datasets.Set){
		"2220 fluxes on 0 wavelengths":             func(s *datasets.Set) { s.Wavelength = nil },
		"0 fluxes on 60 wavelengths":               func(s *datasets.Set) { s.Flux = nil },
		"2219 fluxes on 60 wavelengths":            func(s *datasets.Set) { s.Flux = s.Flux[1:] },
		"1 marks of infilled fluxes":               func(s *datasets.Set) { s.Infilled = s.Infilled[:1] },
		"0 redshifts; expected one for each of 37": func(s *datasets.Set) { s.Redshift = []float64{} },
		"wavelength 3 is 2 Å":                      func(s *datasets.Set) { s.Wavelength[3] = 2 },
		"wavelength 59 is +Inf Å":                  func(s *datasets.Set) { s.Wavelength[59] = math.Inf(1) },
		"wavelength 0 is NaN Å":                    func(s *datasets.Set) { s.Wavelength[0] = math.NaN() },
		"signal 1: flux 2 is NaN":                  func(s *datasets.Set) { s.Flux[62] = float32(math.NaN()) },
		"signal 36: flux 59 is -Inf":               func(s *datasets.Set) { s.Flux[2219] = float32(math.Inf(-1)) },
	} {
		s := datasettest.Data()
		spoil(s)
		if err := s.Check(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got error %v, expected %q", err, want)
		}
	}
	if err := (*datasets.Set)(nil).Check(); err == nil {
		t.Error("no set passes")
	}
}
