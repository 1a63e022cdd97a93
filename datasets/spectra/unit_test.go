package spectra_test

import (
	"math"
	"testing"

	"sedlab/datasets/spectra"
)

// Fluxes per Hz become those per Å: 1 Jy is 2.998e-5/λ² erg/s/cm²/Å with λ in Å.
func TestFluxesPerHz(t *testing.T) {
	for unit, want := range map[string]struct {
		factor float64
		unit   string
	}{
		"Jy":                           {2.99792458e-5, "erg / (s cm2 Angstrom)"},
		"mJy":                          {2.99792458e-8, "erg / (s cm2 Angstrom)"},
		"10**-3 µJy":                   {2.99792458e-11, "10**-3 erg / (s cm2 Angstrom)"},
		"erg / (s cm2 Hz)":             {2.99792458e18, "erg / (s cm2 Angstrom)"},
		"W m-2 Hz-1":                   {2.99792458e18, "W m-2 Angstrom-1"},
		"1e-17 erg/s/cm2/Angstrom":     {0, "1e-17 erg/s/cm2/Angstrom"},
		"J s-1 m-2 um-1":               {0, "J s-1 m-2 um-1"},
		"10**-17 erg/(s cm2 Angstrom)": {0, "10**-17 erg/(s cm2 Angstrom)"},
	} {
		for _, content := range []string{
			"wavelength,flux [" + unit + "],error\n4000,3,0.5\n5000,3,0.5\n", "wavelength,flux,error,flux_unit\n4000,3,0.5," + unit + "\n5000,3,0.5," + unit + "\n",
		} {
			list, err := readText(t, content, spectra.Options{})
			if err != nil {
				t.Fatal(err)
			}
			s := list[0]
			for i, lambda := range s.Wavelength {
				f := 1.0
				if want.factor > 0 {
					f = want.factor / lambda / lambda
				}
				if s.FluxUnit != want.unit || math.Abs(s.Flux[i]/f-3) > 1e-9 || math.Abs(s.Ivar[i]*f*f-4) > 1e-9 {
					t.Errorf("%s at %g Å: %g %s, inverse variance %g", unit, lambda, s.Flux[i], s.FluxUnit, s.Ivar[i])
				}
			}
		}
	}
}
