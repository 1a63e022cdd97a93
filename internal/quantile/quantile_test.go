package quantile_test

import (
	"math"
	"testing"

	"sedlab/internal/quantile"
)

// The expected values are numpy.quantile's.
func TestSortedAgreesWithNumPy(t *testing.T) {
	values := []float64{0.1, 0.4, 0.7, 2.5}
	for _, c := range []struct{ q, want float64 }{
		{0, 0.1}, {0.1, 0.19}, {0.25, 0.325}, {0.5, 0.55}, {0.75, 1.15}, {0.9, 1.96}, {1, 2.5},
	} {
		if got := quantile.Sorted(values, c.q); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("quantile %g is %.17g, expected %g", c.q, got, c.want)
		}
	}
}

func TestSortedOfValuesFarApart(t *testing.T) {
	values := []float64{-math.MaxFloat64, math.MaxFloat64}
	for q, want := range map[float64]float64{0: -math.MaxFloat64, 0.25: -math.MaxFloat64 / 2, 0.5: 0, 0.75: math.MaxFloat64 / 2} {
		if got := quantile.Sorted(values, q); !(math.Abs(got-want) <= 1e-15*math.MaxFloat64) {
			t.Errorf("quantile %g is %g, expected %g", q, got, want)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}, {[]float64{7}, 7}} {
		if got := quantile.Median(c.values); got != c.want {
			t.Errorf("median %g, expected %g", got, c.want)
		}
	}
	if got := quantile.Median(nil); !math.IsNaN(got) {
		t.Errorf("median of nothing is %g", got)
	}
}
