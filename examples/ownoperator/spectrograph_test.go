package main

import (
	"math"
	"strings"
	"testing"

	"sedlab/operators/operatortest"
)

// The contract of sedlab's own operators holds for those from elsewhere.
func TestContract(t *testing.T) {
	for _, keys := range []string{"{}", "{resolution: 200}", "{resolution: 1000, pixel: 5}", "{resolution: 3, pixel: 700}"} {
		operatortest.Suite(t, spectrograph, operatortest.Config(t, spectrograph, keys))
	}
}

func TestFlatSpectrumStaysFlat(t *testing.T) {
	b := (&config{Resolution: 200, Pixel: 7}).bands(operatortest.Grid(301))
	m, n := b.Dims()
	flat, y := make([]float32, n), make([]float32, m)
	for i := range flat {
		flat[i] = 1
	}
	b.Apply(y, flat)
	for j, v := range y {
		if math.Abs(float64(v)-1) > 1e-5 {
			t.Errorf("pixel %d of %d: %g, expected 1", j, m, v)
		}
	}
}

// A narrow line at λ becomes one of FWHM λ/R, with the same flux.
func TestLineIsAsWideAsTheResolution(t *testing.T) {
	const line, pixel = 500, 5
	grid := operatortest.Grid(1000)
	for _, resolution := range []float64{100, 200, 400} {
		b := (&config{Resolution: resolution, Pixel: pixel}).bands(grid)
		m, n := b.Dims()
		x, y := make([]float32, n), make([]float32, m)
		edges := binEdges(grid)
		width := edges[line+1] - edges[line]
		x[line] = 1
		b.Apply(y, x)
		var flux, mean, square float64
		for j, v := range y {
			at := grid[0] + float64(j)*pixel - grid[line]
			flux += float64(v) * pixel
			mean += float64(v) * pixel * at
			square += float64(v) * pixel * at * at
		}
		mean /= flux
		// The bin of the line has its own width.
		got := fwhm * math.Sqrt(square/flux-mean*mean-width*width/12)
		if want := grid[line] / resolution; math.Abs(got/want-1) > 0.01 {
			t.Errorf("R = %g: FWHM %.2f Å, expected %.2f", resolution, got, want)
		}
		if math.Abs(flux/width-1) > 0.01 {
			t.Errorf("R = %g: flux %.2f, expected %.2f", resolution, flux, width)
		}
	}
}

func TestCheckRefusesGridsThatAreTooCoarse(t *testing.T) {
	for _, tt := range []struct {
		config config
		grid   []float64
		key    string
		want   string
	}{
		{config{500, 10}, operatortest.Grid(1), "", "2 or more"},
		{config{2000, 10}, operatortest.Grid(1000), "resolution", "λ/1085"},
		{config{500, 1}, operatortest.Grid(1000), "pixel", "4774 pixels of 1000 fluxes"},
	} {
		errs := tt.config.Check(tt.grid)
		if len(errs) != 1 || errs[0].Key != tt.key || !strings.Contains(errs[0].Problem, tt.want) {
			t.Errorf("%+v: got %v, expected %q about %q", tt.config, errs, tt.want, tt.key)
		}
		if _, err := tt.config.Family(t.Context(), tt.grid, 0); err == nil {
			t.Errorf("%+v: Family accepted what Check refuses", tt.config)
		}
	}
}
