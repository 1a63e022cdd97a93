package datasets_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"sedlab/datasets"
)

func describe(t *testing.T, set *datasets.Set) datasets.Info {
	t.Helper()
	info, err := set.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// TestDescribe summarises signals along two orthogonal directions of known
// variance, at equal rms.
func TestDescribe(t *testing.T) {
	set := &datasets.Set{
		Name:       "square",
		Wavelength: []float64{4000, 5000},
		Flux:       []float32{0, 0, 1, 0, 0, 2, 3, 0, 0, 4},
		Infilled:   []bool{true, true, false, false, false, false, false, false, false, false},
		Redshift:   []float64{math.NaN(), 0.25, 0.125, math.Inf(1), 0.5},
	}
	if err := set.Normalize("rms"); err != nil {
		t.Fatal(err)
	}
	info := describe(t, set)
	if info.InfilledShare != 0.2 || info.Bad != 1 || *info.Redshift != (datasets.Range{Min: 0.125, Max: 0.5}) {
		t.Errorf("%+v, redshift %+v", info, info.Redshift)
	}
	// The signals at unit rms are (√2, 0) and (0, √2): all variance is along one line.
	if len(info.PCA) != 1 || math.Abs(info.PCA[0].Share-1) > 1e-12 {
		t.Errorf("explained variance %+v, want all by the first", info.PCA)
	}
	want := map[float64]float64{0: 0, 50: 0, 75: math.Sqrt2, 100: math.Sqrt2}
	for _, p := range info.FluxPercentiles {
		if flux, ok := want[p.Percent]; ok && math.Abs(p.Flux-flux) > 1e-6 {
			t.Errorf("percentile %v is %v, want %v", p.Percent, p.Flux, flux)
		}
	}
}

// TestDescribeSuspects checks that likely mistakes get a remark, and that rows of zeros
// are unusable even before normalisation.
func TestDescribeSuspects(t *testing.T) {
	flux := func(zeros int) []float32 {
		x := make([]float32, 100)
		for i := zeros; i < len(x); i++ {
			x[i] = float32(i + 1)
		}
		return x
	}
	mask := make([]bool, 100)
	mask[0] = true
	tests := []struct {
		name        string
		first, step float64
		flux        []float32
		mask        []bool
		bad         int
		want        []string // one in each note
	}{
		{"fine", 4000, 10, flux(4), nil, 0, nil},
		{"nm", 350, 4, flux(0), nil, 0, []string{"from 350 to 746 are hardly in Å, which is expected; in nm they"}},
		{"log", 3.5, 0.004, flux(0), nil, 0, []string{"in µm or log₁₀ λ they would"}},
		{"frequency", 1e14, 1e12, flux(0), nil, 0, []string{"are hardly in Å"}},
		{"zeros", 4000, 10, flux(5), nil, 0, []string{"5.0 % of the fluxes are exactly 0"}},
		{"masked zeros", 4000, 10, flux(50), mask, 0, nil},
		{"empty row", 4000, 10, append(flux(0), make([]float32, 100)...), nil, 1, nil},
	}
	for _, tt := range tests {
		set := &datasets.Set{Flux: tt.flux, Infilled: tt.mask}
		for i := range 100 {
			set.Wavelength = append(set.Wavelength, tt.first+float64(i)*tt.step)
		}
		info := describe(t, set)
		if info.Bad != tt.bad || len(info.Notes) != len(tt.want) {
			t.Errorf("%s: %d unusable, notes %q", tt.name, info.Bad, info.Notes)
			continue
		}
		for i, want := range tt.want {
			if !strings.Contains(info.Notes[i], want) {
				t.Errorf("%s: note %q, want %q", tt.name, info.Notes[i], want)
			}
		}
	}
}

// TestDescribeNothing checks that a summary of signals without variance and redshift is
// still valid JSON.
func TestDescribeNothing(t *testing.T) {
	for _, flux := range [][]float32{{0, 0}, {1, 2, 1, 2}} {
		set := &datasets.Set{Wavelength: []float64{1, 2}, Flux: flux}
		b, err := json.Marshal(describe(t, set))
		if err != nil || !strings.Contains(string(b), `"redshift":null`) || !strings.Contains(string(b), `"pca_variance":null`) {
			t.Errorf("%s, %v", b, err)
		}
	}
}
