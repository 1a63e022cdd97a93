package eigen_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"sedlab/internal/eigen"
)

func TestCovarianceAgreesWithGonum(t *testing.T) {
	const rows, n = 300, 150 // more than a block of either
	rnd := rand.New(rand.NewPCG(3, 4))
	x, wide := make([]float32, rows*n), make([]float64, rows*n)
	for i := range x {
		x[i] = float32(2 + rnd.NormFloat64())
		wide[i] = float64(x[i])
	}
	got, err := eigen.Covariance(t.Context(), x, eigen.Mean(x, n))
	if err != nil {
		t.Fatal(err)
	}
	var want mat.SymDense
	stat.CovarianceMatrix(&want, mat.NewDense(rows, n, wide), nil)
	for i := range n {
		for j := range i + 1 {
			if math.Abs(got[i*n+j]-want.At(i, j)) > 1e-13 {
				t.Fatalf("entry %d, %d is %g, expected %g", i, j, got[i*n+j], want.At(i, j))
			}
		}
	}
}

func TestCovarianceStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := eigen.Covariance(ctx, make([]float32, 6), make([]float64, 3)); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, expected context.Canceled", err)
	}
}

// Of some rows, the Gram matrix gives the same variances and directions as their covariance.
func TestGramAgreesWithCovariance(t *testing.T) {
	const rows, n, d = 40, 60, 5
	rnd := rand.New(rand.NewPCG(1, 2))
	all := make([][]float32, rows)
	for i := range all {
		all[i] = make([]float32, n)
		for j := range all[i] {
			all[i][j] = float32(1 + rnd.NormFloat64()/float64(1+j))
		}
	}
	in := []int{0, 3, 4, 7, 9, 12, 15, 20, 21, 22, 30, 31, 39}
	var x []float32
	for _, i := range in {
		x = append(x, all[i]...)
	}
	mean := eigen.Mean(x, n)
	covariance, err := eigen.Covariance(t.Context(), x, mean)
	if err != nil {
		t.Fatal(err)
	}
	trace := 0.0
	for i := range n {
		trace += covariance[i*n+i]
	}
	want, directions, err := eigen.Leading(covariance, n, d)
	if err != nil {
		t.Fatal(err)
	}
	values, weights, total, err := eigen.LeadingOfGram(eigen.Gram(all), in, d)
	if err != nil || math.Abs(total-trace) > 1e-9*trace {
		t.Fatalf("%v, sum of variances %g, expected %g", err, total, trace)
	}
	for k := range d {
		dot := 0.0
		for a := range in {
			for j := range n {
				dot += weights[k*len(in)+a] * (float64(x[a*n+j]) - mean[j]) * directions[k*n+j]
			}
		}
		if math.Abs(values[k]-want[k]) > 1e-9*want[0] || math.Abs(math.Abs(dot)-1) > 1e-6 {
			t.Errorf("direction %d: variance %g, expected %g; cosine %g", k, values[k], want[k], dot)
		}
	}
}
