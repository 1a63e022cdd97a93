package spectra_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"sedlab/datasets/spectra"
	"sedlab/internal/kind/kindtest"
)

// recorded are a spectrum as observed and what astroML makes of it: the pixels of its grid
// from First. testdata/record_astroml.py recorded it.
type recorded struct {
	Redshift                float64
	Wavelength, Flux, Error []float64
	First                   int
	NewFlux                 []float64
	Mask                    []int
}

func readRecorded(t *testing.T) (r recorded) {
	t.Helper()
	text, err := os.ReadFile("testdata/astroml.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil || len(r.NewFlux) == 0 || len(r.Mask) != len(r.NewFlux) {
		t.Fatal(len(r.NewFlux), len(r.Mask), err)
	}
	return r
}

func (r recorded) rebinned(t *testing.T, keys string) *spectra.Spectrum {
	t.Helper()
	s := spectra.New("made up")
	s.Redshift, s.Wavelength, s.Flux = r.Redshift, r.Wavelength, r.Flux
	for _, e := range r.Error {
		ivar := 0.0
		if e > 0 {
			ivar = 1 / (e * e)
		}
		s.Ivar = append(s.Ivar, ivar)
	}
	for _, step := range []spectra.Step{
		kindtest.Config[spectra.Step](t, spectra.RestFrame, "{}"),
		kindtest.Config[spectra.Step](t, spectra.Rebin, keys),
	} {
		if err := step.Apply(s); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// Only fully measured pixels are compared: in others, our fluxes differ on purpose.
func TestRebinAgreesWithAstroML(t *testing.T) {
	full := readRecorded(t).rebinned(t, "{method: spline, min_coverage: 1}")
	r := readRecorded(t)
	astroml := r.rebinned(t, "{method: spline, spikes: 0.5}")
	mean := readRecorded(t).rebinned(t, "{spikes: 0.5}")
	compared, masks := 0, 0
	for k, want := range r.NewFlux {
		j := r.First + k
		if !full.Measured(j) {
			continue
		}
		if measured := r.Mask[k] == 0; astroml.Measured(j) != measured {
			t.Errorf("pixel %d: measured %v, astroML %v", j, astroml.Measured(j), measured)
		}
		if mean.Measured(j) != astroml.Measured(j) {
			masks++
		}
		if !astroml.Measured(j) {
			continue
		}
		compared++
		if got := astroml.Flux[j]; math.Abs(got-want) > 1e-9*math.Abs(want) || got != full.Flux[j] {
			t.Errorf("pixel %d: flux %.12g, without spikes %.12g, astroML %.12g", j, got, full.Flux[j], want)
		}
		if d := mean.Flux[j] - want; math.Abs(d)*math.Sqrt(mean.Ivar[j]) > 3 {
			t.Errorf("pixel %d: mean %g, astroML %g, %.1f times the error apart", j, mean.Flux[j], want, d*math.Sqrt(mean.Ivar[j]))
		}
	}
	if compared < 180 || masks > 6 {
		t.Errorf("%d fluxes were compared; %d masks differ between the methods", compared, masks)
	}
}

// The default grid is astroML's, whose attributes are coeff0 = 3.5 and coeff1 = 0.0004.
func TestRebinGrid(t *testing.T) {
	grid := kindtest.Config[spectra.Step](t, spectra.Rebin, "{}").(*spectra.RebinConfig).Grid()
	if len(grid) != 1000 {
		t.Fatalf("%d pixels", len(grid))
	}
	for j, got := range grid {
		if want := math.Pow(10, 3.5+0.0004*float64(j)); math.Abs(got-want) > 1e-12*want {
			t.Fatalf("pixel %d is at %.12g Å, expected %.12g", j, got, want)
		}
	}
	linear := spectra.RebinConfig{From: 4000, To: 5000, Fluxes: 4, Spacing: "linear"}
	if got := linear.Grid(); got[0] != 4000 || got[1] != 4250 || got[3] != 4750 {
		t.Errorf("linear: %v", got)
	}
	for _, bad := range []spectra.RebinConfig{{From: 5, To: 5, Fluxes: 2}, {From: 4000, To: 4000.0000000001, Fluxes: 1000}} {
		if errs := bad.Check(); len(errs) != 1 {
			t.Errorf("%+v: %v", bad, errs)
		}
	}
}

// The flux of a pixel that is measured in part is the mean over that part.
func TestRebinPartlyMeasured(t *testing.T) {
	s := spectra.New("x")
	s.Wavelength, s.Flux, s.Ivar = []float64{1, 2, 3, 4, 5, 6, 7, 8}, []float64{1, 3, 1, math.NaN(), 1, 7, 9, 9}, []float64{1, 1, 4, 0, 0, 0, 1, 1}
	step := &spectra.RebinConfig{From: 1.5, To: 9.5, Fluxes: 4, Spacing: "linear", MinCoverage: 0.5}
	if err := step.Apply(s); err != nil {
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

// What stands where nothing was measured does not change the fluxes that were.
func TestSentinelsDoNotSpoilSplines(t *testing.T) {
	rebinned := func(sentinel float64) *spectra.Spectrum {
		s := spectra.New("x")
		for i := range 200 {
			s.Wavelength, s.Flux, s.Ivar = append(s.Wavelength, 4000+float64(i)), append(s.Flux, 1+math.Sin(float64(i)/9)), append(s.Ivar, 1)
			if i >= 50 && i < 60 {
				s.Flux[i], s.Ivar[i] = sentinel, 0
			}
		}
		step := &spectra.RebinConfig{From: 4000, To: 4200, Fluxes: 100, Spacing: "linear", Method: "spline", MinCoverage: 0.5}
		if err := step.Apply(s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	want := rebinned(math.NaN())
	for _, sentinel := range []float64{1e20, -999, math.Inf(1)} {
		got := rebinned(sentinel)
		for j, v := range want.Flux {
			if got.Measured(j) != want.Measured(j) || want.Measured(j) && math.Abs(got.Flux[j]-v) > 1e-12 {
				t.Fatalf("with %g where nothing was measured, pixel %d is %g; expected %g", sentinel, j, got.Flux[j], v)
			}
		}
	}
}

func TestRebinDropsWhatIsElsewhere(t *testing.T) {
	s := spectra.New("x")
	s.Wavelength, s.Flux = []float64{20000, 20001, 20002}, []float64{1, 1, 1}
	err := kindtest.Config[spectra.Step](t, spectra.Rebin, "{}").Apply(s)
	if drop := new(spectra.Drop); !errors.As(err, &drop) || !strings.HasPrefix(drop.Reason, "nothing was measured from 3162 to 7936 Å") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkRebin(b *testing.B) {
	for _, keys := range []string{"{}", "{method: spline, spikes: 0.5}"} {
		b.Run(keys, func(b *testing.B) {
			step := kindtest.Config[spectra.Step](b, spectra.Rebin, keys)
			wavelength, flux := make([]float64, 3800), make([]float64, 3800)
			for i := range flux {
				wavelength[i], flux[i] = math.Pow(10, 3.55+1e-4*float64(i)), 1+math.Sin(float64(i))
			}
			for b.Loop() {
				s := &spectra.Spectrum{Wavelength: wavelength, Flux: flux, Ivar: flux}
				if err := step.Apply(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
