package datasets_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"sedlab/datasets"
	"sedlab/internal/measure"
)

const fluxes = 50

// ramp is a signal of distinct fluxes, none of them the mean of others.
func ramp() []float32 {
	x := make([]float32, fluxes)
	for i := range x {
		x[i] = float32(math.Exp(float64(i) / 10))
	}
	return x
}

// corrupted returns a signal under each of the corruptions.
func corrupted(t *testing.T, signal int, list ...datasets.Corruption) (signals [][]float32) {
	t.Helper()
	for _, c := range list {
		corrupt, err := c.Corruptor(fluxes, 7)
		if err != nil {
			t.Fatal(err)
		}
		x := ramp()
		corrupt(x, signal)
		signals = append(signals, x)
	}
	return signals
}

// changed returns where a corrupted signal x differs from the original.
func changed(x []float32) (at []int) {
	for i, v := range ramp() {
		if x[i] != v {
			at = append(at, i)
		}
	}
	return at
}

func TestHiddenFluxesTakeTheMeanOfThoseLeft(t *testing.T) {
	for signal := range 20 {
		x := corrupted(t, signal, datasets.Corruption{MissingFraction: 0.3, Share: 1})[0]
		hidden := changed(x)
		if len(hidden) != 15 {
			t.Fatalf("signal %d: %d of %d fluxes are hidden, expected 15", signal, len(hidden), fluxes)
		}
		var sum float64
		for i, v := range ramp() {
			if !slices.Contains(hidden, i) {
				sum += float64(v)
			}
		}
		for _, i := range hidden {
			if want := sum / (fluxes - 15); math.Abs(float64(x[i])-want) > 1e-5*want {
				t.Fatalf("signal %d: hidden flux %d is %g, expected %g", signal, i, x[i], want)
			}
		}
	}
}

// What is hidden or corrupted stays so as fractions and shares grow.
func TestCorruptionsNest(t *testing.T) {
	at := func(missing, share float64) datasets.Corruption {
		return datasets.Corruption{MissingFraction: missing, Share: share}
	}
	counts := [3]int{}
	for signal := range 400 {
		list := corrupted(t, signal, at(0.1, 1), at(0.4, 1), at(0.4, 0.6), at(0.4, 0.2), at(0.4, 0))
		few, more := changed(list[0]), changed(list[1])
		for _, i := range few {
			if !slices.Contains(more, i) {
				t.Fatalf("signal %d: flux %d is hidden at 0.1 and not at 0.4", signal, i)
			}
		}
		some, fewer, none := changed(list[2]), changed(list[3]), changed(list[4])
		if len(none) > 0 || len(fewer) > 0 && !slices.Equal(some, fewer) || len(some) > 0 && !slices.Equal(some, more) {
			t.Fatalf("signal %d: %d, %d and %d fluxes are hidden at shares of 0.6, 0.2 and 0", signal, len(some), len(fewer), len(none))
		}
		for k, hidden := range [][]int{more, some, fewer} {
			counts[k] += min(1, len(hidden))
		}
	}
	if counts[0] != 400 || counts[1] < 200 || counts[1] > 280 || counts[2] < 50 || counts[2] > 110 {
		t.Errorf("of 400 signals %v are corrupted at shares of 1, 0.6 and 0.2", counts)
	}
}

func TestCorruptionNoise(t *testing.T) {
	noisy := func(n measure.Noise) []float32 {
		return corrupted(t, 3, datasets.Corruption{Noise: n, Share: 1})[0]
	}
	var sq float64
	for i, v := range noisy(measure.Noise{L2: new(2.0)}) {
		d := float64(v) - float64(ramp()[i])
		sq += d * d
	}
	if norm := math.Sqrt(sq); math.Abs(norm-2) > 1e-4 {
		t.Errorf("the noise has norm %g, expected 2", norm)
	}
	each := datasets.Corruption{Noise: measure.Noise{Sigma: new(1.0)}, Share: 1}
	if slices.Equal(corrupted(t, 3, each)[0], corrupted(t, 4, each)[0]) {
		t.Error("two signals have the same noise")
	}
}

// What a problem hides in a signal and adds to it is independent of its corruption.
func TestCorruptionHasStreamsOfItsOwn(t *testing.T) {
	hidden := changed(corrupted(t, 0, datasets.Corruption{MissingFraction: 0.5, Share: 1})[0])
	observed := measure.Scattered(fluxes, fluxes/2, 7, 0)
	common := 0
	for _, i := range hidden {
		if !observed[i] {
			common++
		}
	}
	if common == len(hidden) {
		t.Error("a problem of the same seed hides the same fluxes")
	}
}

func TestCorruptionLeavesSomething(t *testing.T) {
	_, err := datasets.Corruption{MissingFraction: 0.995, Share: 1}.Corruptor(fluxes, 7)
	if want := "got 0.995, which leaves none of 50 fluxes"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got error %v, expected %s…", err, want)
	}
	for _, c := range []datasets.Corruption{{}, {MissingFraction: 0.5}, {Share: 1}, {Noise: measure.Noise{Sigma: new(0.0)}, Share: 1}} {
		if c.Corrupts() {
			t.Errorf("%+v corrupts something", c)
		}
	}
}
