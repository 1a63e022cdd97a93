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
