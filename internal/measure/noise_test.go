package measure_test

import (
	"math"
	"slices"
	"testing"

	"sedlab/internal/measure"
)

func amount(v float64) *float64 { return &v }

func TestNoise(t *testing.T) {
	y := make([]float32, 500)
	for i := range y {
		y[i] = float32(i%7) - 3
	}
	add := func(n measure.Noise, signal int) (eta []float64, reported float64) {
		z := slices.Clone(y)
		reported = n.Add(z, 5, signal)
		for i := range z {
			eta = append(eta, float64(z[i])-float64(y[i]))
		}
		return eta, reported
	}
	for _, c := range []struct {
		noise measure.Noise
		want  float64
		tol   float64
	}{
		{measure.Noise{L2: amount(3)}, 3, 1e-5},
		{measure.Noise{RelativeL2: amount(0.5)}, 0.5 * l2(y), 1e-4},
		{measure.Noise{Sigma: amount(0.2)}, 0.2 * math.Sqrt(500), 0.5},
		{measure.Noise{L2: amount(0)}, 0, 0},
	} {
		eta, reported := add(c.noise, 1)
		if got := l2(eta); math.Abs(got-c.want) > c.tol || math.Abs(got-reported) > 1e-4 {
			t.Errorf("norm %g, reported %g, expected %g", got, reported, c.want)
		}
	}
	small, _ := add(measure.Noise{L2: amount(1)}, 1)
	large, _ := add(measure.Noise{L2: amount(10)}, 1)
	other, _ := add(measure.Noise{L2: amount(1)}, 2)
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
