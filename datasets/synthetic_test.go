package datasets_test

import (
	"math"
	"slices"
	"testing"

	"sedlab/datasets"
)

func synthetic(t *testing.T, size int, seed uint64) *datasets.Set {
	t.Helper()
	set, err := (&datasets.SyntheticConfig{Signals: size}).Load(t.Context(), seed)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestSyntheticIdentity checks that a spectrum depends only on the seed and its row.
func TestSyntheticIdentity(t *testing.T) {
	five, fifty := synthetic(t, 5, 1), synthetic(t, 50, 1)
	if !slices.Equal(five.Flux, fifty.Flux[:len(five.Flux)]) ||
		!slices.Equal(five.Infilled, fifty.Infilled[:len(five.Infilled)]) ||
		!slices.Equal(five.Redshift, fifty.Redshift[:5]) {
		t.Error("a larger set does not begin with a smaller one")
	}
	if again := synthetic(t, 5, 1); again.SHA256 != five.SHA256 {
		t.Error("the same options give another hash")
	}
	if other := synthetic(t, 5, 2); other.SHA256 == five.SHA256 || slices.Equal(other.Signal(0), five.Signal(0)) {
		t.Error("the seed changes nothing")
	}
}

// TestSyntheticLooksLikeSDSS checks the statistics that make synthetic spectra useful for
// tests: few components explain most of the variance, but not all, and the infilled
// fluxes are those that redshift moves out of coverage.
func TestSyntheticLooksLikeSDSS(t *testing.T) {
	set := synthetic(t, 600, 0)
	info := describe(t, set)
	if info.Wavelength.Min != math.Pow(10, 3.5) || math.Abs(info.Wavelength.Max-7935.97) > 0.01 {
		t.Errorf("wavelengths %+v", info.Wavelength)
	}
	if info.InfilledShare < 0.08 || info.InfilledShare > 0.16 {
		t.Errorf("%v of the fluxes are infilled", info.InfilledShare)
	}
	if info.Redshift.Min < 0 || info.Redshift.Max > 0.5 {
		t.Errorf("redshifts %+v", info.Redshift)
	}
	one, ten, fifty := info.PCA[0], info.PCA[2], info.PCA[3]
	if one.Share > 0.9 || ten.Share < 0.90 || ten.Share > 0.975 || fifty.Share > 0.99 {
		t.Errorf("explained variance %+v", info.PCA)
	}
	for i := range set.Len() {
		// The blue end is covered from observed 3800 Å on.
		bluest := 3800 / (1 + set.Redshift[i])
		if covered := bluest < set.Wavelength[0]; !covered && !set.InfilledRow(i)[0] {
			t.Errorf("signal %d: z = %v, but %v Å is measured", i, set.Redshift[i], set.Wavelength[0])
		}
	}
	for i, v := range set.Flux {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			t.Fatalf("flux %d of signal %d is %v", i%set.Dim(), i/set.Dim(), v)
		}
	}
}

// What was measured differs from the noise-free signal by noise without a mean, of a few
// percent.
func TestSyntheticTruth(t *testing.T) {
	set, err := (&datasets.SyntheticConfig{Signals: 50}).Load(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	var sum, squares, power float64
	for i, v := range set.Flux {
		if set.Infilled[i] {
			continue
		}
		d := float64(v - set.Truth[i])
		sum, squares, power = sum+d, squares+d*d, power+float64(v)*float64(v)
	}
	if relative := math.Sqrt(squares / power); relative < 0.005 || relative > 0.1 || math.Abs(sum) > 0.02*math.Sqrt(squares*float64(len(set.Flux))) {
		t.Errorf("noise is %.3g of the signals, its sum %.3g of squares %.3g", relative, sum, squares)
	}
}
