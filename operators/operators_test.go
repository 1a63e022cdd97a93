package operators_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"sedlab/operators"
	"sedlab/operators/operatortest"
)

var kinds = []operators.Kind{operators.Inpainting, operators.SuperResolution, operators.Denoising, operators.CompressedSensing}

func TestContract(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.Name, func(t *testing.T) {
			for _, f := range []float64{0, 0.1, 0.5, 0.9} {
				if k.Name == "denoising" && f > 0 {
					continue
				}
				operatortest.Suite(t, k, hiding(t, k, f))
			}
		})
	}
}

func hiding(t *testing.T, k operators.Kind, fraction float64) operators.Config {
	t.Helper()
	return operatortest.Config(t, k, fmt.Sprintf("{missing_fraction: %g}", fraction))
}

func TestFamilyRefusesFractions(t *testing.T) {
	for _, f := range []float64{-0.1, 1, math.NaN()} {
		for _, k := range []operators.Kind{operators.Inpainting, operators.SuperResolution, operators.CompressedSensing} {
			c := k.New()
			reflect.ValueOf(c).Elem().FieldByName("MissingFraction").SetFloat(f)
			if _, err := c.Family(t.Context(), operatortest.Grid(10), 0); err == nil {
				t.Errorf("%s, missing_fraction %g: accepted", k.Name, f)
			}
		}
	}
}

func TestDenoisingRefusesAMissingFraction(t *testing.T) {
	errs := hiding(t, operators.Denoising, 0.4).Check(nil)
	if len(errs) != 1 || errs[0].Key != "missing_fraction" {
		t.Errorf("got %v, expected one error about missing_fraction", errs)
	}
}

func observed(t *testing.T, k operators.Kind, n int, fraction float64, seed uint64, signal int) []bool {
	t.Helper()
	f, err := hiding(t, k, fraction).Family(t.Context(), operatortest.Grid(n), seed)
	if err != nil {
		t.Fatal(err)
	}
	return f(signal).(operators.Selector).Observed()
}

// For one signal, the hidden fluxes at growing fractions are nested.
func TestHiddenSetsAreNested(t *testing.T) {
	for _, k := range []operators.Kind{operators.Inpainting, operators.SuperResolution} {
		for signal := range 20 {
			var before []bool
			for step := range 100 {
				fraction := float64(step) / 100
				now := observed(t, k, 137, fraction, 1, signal)
				if want := int(math.Round(fraction * 137)); count(now, false) != want {
					t.Fatalf("%s: %d fluxes hidden at %g, expected %d", k.Name, count(now, false), fraction, want)
				}
				for i := range before {
					if !before[i] && now[i] {
						t.Fatalf("%s signal %d: flux %d hidden at a smaller fraction, observed at %g", k.Name, signal, i, fraction)
					}
				}
				before = now
			}
		}
	}
}

func TestInpaintingHidesOneWindowAnywhere(t *testing.T) {
	starts := map[int]bool{}
	for signal := range 300 {
		o := observed(t, operators.Inpainting, 20, 0.5, 2, signal)
		first := slices.Index(o, false)
		starts[first] = true
		for i := range o {
			if o[i] == (i >= first && i < first+10) {
				t.Fatalf("signal %d: not one window: %v", signal, o)
			}
		}
	}
	if len(starts) != 11 {
		t.Errorf("windows start at %d places of 11", len(starts))
	}
}

func TestCompressedSensingVariance(t *testing.T) {
	f, err := hiding(t, operators.CompressedSensing, 0.5).Family(t.Context(), operatortest.Grid(400), 1)
	if err != nil {
		t.Fatal(err)
	}
	op := f(0)
	m, n := op.Dims()
	if m != 200 {
		t.Fatalf("%d measurements, expected 200", m)
	}
	var sum, sq float64
	x, y := make([]float32, n), make([]float32, m)
	for j := range n {
		clear(x)
		x[j] = 1
		op.Apply(y, x)
		for _, v := range y {
			sum += float64(v)
			sq += float64(v) * float64(v)
		}
	}
	if mean := sum / float64(m*n); math.Abs(mean) > 1e-3 {
		t.Errorf("mean of the entries %g", mean)
	}
	if v := sq / float64(n); math.Abs(v-1) > 0.02 {
		t.Errorf("m × variance of the entries %g, expected 1", v)
	}
}

func count(v []bool, want bool) (n int) {
	for _, b := range v {
		if b == want {
			n++
		}
	}
	return n
}
