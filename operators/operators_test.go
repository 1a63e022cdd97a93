package operators_test

import (
	"math"
	"slices"
	"testing"

	"sedlab/operators"
	"sedlab/operators/operatortest"
)

func TestContract(t *testing.T) {
	for _, k := range operators.Kinds() {
		t.Run(k.Name, func(t *testing.T) { operatortest.Suite(t, k.New) })
	}
}

func TestNewRefuses(t *testing.T) {
	for _, f := range []float64{-0.1, 1, math.NaN()} {
		if _, err := operators.New("inpainting", operators.Params{N: 10, MissingFraction: f}); err == nil {
			t.Errorf("missing_fraction %g: accepted", f)
		}
	}
	if _, err := operators.New("blur", operators.Params{N: 10}); err == nil {
		t.Error("unknown operator accepted")
	}
}

func observed(t *testing.T, kind string, p operators.Params, signal int) []bool {
	t.Helper()
	f, err := operators.New(kind, p)
	if err != nil {
		t.Fatal(err)
	}
	return f(signal).(operators.Selector).Observed()
}

// For one signal, the hidden fluxes at growing fractions are nested.
func TestHiddenSetsAreNested(t *testing.T) {
	for _, kind := range []string{"inpainting", "super_resolution"} {
		for signal := range 20 {
			var before []bool
			for step := range 100 {
				p := operators.Params{N: 137, MissingFraction: float64(step) / 100, Seed: 1}
				now := observed(t, kind, p, signal)
				if want := int(math.Round(p.MissingFraction * 137)); count(now, false) != want {
					t.Fatalf("%s: %d fluxes hidden at %g, expected %d", kind, count(now, false), p.MissingFraction, want)
				}
				for i := range before {
					if !before[i] && now[i] {
						t.Fatalf("%s signal %d: flux %d hidden at a smaller fraction, observed at %g", kind, signal, i, p.MissingFraction)
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
		o := observed(t, "inpainting", operators.Params{N: 20, MissingFraction: 0.5, Seed: 2}, signal)
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
	f, err := operators.New("compressed_sensing", operators.Params{N: 400, MissingFraction: 0.5, Seed: 1})
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

func TestNoise(t *testing.T) {
	y := make([]float32, 500)
	for i := range y {
		y[i] = float32(i%7) - 3
	}
	add := func(n operators.Noise, signal int) (eta []float64, reported float64) {
		z := slices.Clone(y)
		reported = n.Add(z, 5, signal)
		for i := range z {
			eta = append(eta, float64(z[i])-float64(y[i]))
		}
		return eta, reported
	}
	for _, c := range []struct {
		noise operators.Noise
		want  float64
		tol   float64
	}{
		{operators.Noise{Unit: operators.L2, Amount: 3}, 3, 1e-5},
		{operators.Noise{Unit: operators.RelativeL2, Amount: 0.5}, 0.5 * l2(y), 1e-4},
		{operators.Noise{Unit: operators.Sigma, Amount: 0.2}, 0.2 * math.Sqrt(500), 0.5},
		{operators.Noise{Unit: operators.L2}, 0, 0},
	} {
		eta, reported := add(c.noise, 1)
		if got := l2(eta); math.Abs(got-c.want) > c.tol || math.Abs(got-reported) > 1e-4 {
			t.Errorf("%+v: norm %g, reported %g, expected %g", c.noise, got, reported, c.want)
		}
	}
	small, _ := add(operators.Noise{Unit: operators.L2, Amount: 1}, 1)
	large, _ := add(operators.Noise{Unit: operators.L2, Amount: 10}, 1)
	other, _ := add(operators.Noise{Unit: operators.L2, Amount: 1}, 2)
	var same, cross float64
	for i := range small {
		same += small[i] * large[i] / 10
		cross += small[i] * other[i]
	}
	if math.Abs(same-1) > 1e-4 {
		t.Errorf("one signal's noise turns with its amount: cosine %g", same)
	}
	if math.Abs(cross) > 0.3 {
		t.Errorf("two signals share their noise: cosine %g", cross)
	}
}

func l2[T float32 | float64](v []T) (s float64) {
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	return math.Sqrt(s)
}

func count(v []bool, want bool) (n int) {
	for _, b := range v {
		if b == want {
			n++
		}
	}
	return n
}
