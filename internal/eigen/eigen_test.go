package eigen_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sedlab/internal/eigen"
)

// spectra are eigenvalues that are hard in different ways.
var spectra = map[string]func(k, n int) float64{
	"falling":  func(k, n int) float64 { return math.Pow(0.7, float64(k)) },
	"clusters": func(k, n int) float64 { return 1 / float64(1+k/4) },
	"all one":  func(k, n int) float64 { return 1 },
	"rank 3":   func(k, n int) float64 { return float64(max(0, 3-k)) },
	"zero":     func(k, n int) float64 { return 0 },
}

func TestLeadingOfKnownMatrices(t *testing.T) {
	for name, spectrum := range spectra {
		for _, n := range []int{1, 2, 5, 40, 150} {
			d := (n + 1) / 2
			a := withSpectrum(n, spectrum)
			full := mat.NewSymDense(n, nil)
			full.CopySym(a)
			values, vectors, err := eigen.Leading(a.RawSymmetric().Data, n, d)
			if err != nil {
				t.Fatalf("%s, n = %d: %v", name, n, err)
			}
			for k := range d {
				want := spectrum(k, n)
				if math.Abs(values[k]-want) > 1e-13*float64(n) {
					t.Errorf("%s, n = %d: eigenvalue %d is %g, expected %g", name, n, k, values[k], want)
				}
				checkVector(t, name, full, vectors, k, want)
			}
		}
	}
}

// withSpectrum returns a random symmetric matrix, both triangles stored, with
// eigenvalues spectrum(0), spectrum(1), ….
func withSpectrum(n int, spectrum func(k, n int) float64) *mat.SymDense {
	rnd := rand.New(rand.NewPCG(uint64(n), 1))
	random := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			random.Set(i, j, rnd.NormFloat64())
		}
	}
	var qr mat.QR
	qr.Factorize(random)
	var q, product mat.Dense
	qr.QTo(&q)
	values := make([]float64, n)
	for k := range values {
		values[k] = spectrum(k, n)
	}
	product.Product(&q, mat.NewDiagDense(n, values), q.T())
	a := mat.NewSymDense(n, nil)
	data := a.RawSymmetric().Data
	for i := range n {
		for j := range n {
			data[i*n+j] = (product.At(i, j) + product.At(j, i)) / 2
		}
	}
	return a
}

func checkVector(t *testing.T, name string, a *mat.SymDense, vectors []float64, k int, value float64) {
	t.Helper()
	n := a.SymmetricDim()
	v := vectors[k*n : (k+1)*n]
	length := 1.0
	if value == 0 {
		length = 0
	}
	if got := floats.Norm(v, 2); math.Abs(got-length) > 1e-13 {
		t.Errorf("%s, n = %d: vector %d has length %g, expected %g", name, n, k, got, length)
	}
	for l := range k {
		if c := floats.Dot(v, vectors[l*n:(l+1)*n]); math.Abs(c) > 1e-12 {
			t.Errorf("%s, n = %d: vectors %d and %d have product %g", name, n, k, l, c)
		}
	}
	residual := mat.NewVecDense(n, nil)
	residual.MulVec(a, mat.NewVecDense(n, v))
	residual.AddScaledVec(residual, -value, mat.NewVecDense(n, v))
	if r := mat.Norm(residual, 2); r > 1e-12 {
		t.Errorf("%s, n = %d: ‖A·v − value·v‖ = %g for vector %d", name, n, r, k)
	}
}

// Directions with next to no variance do not disturb the others.
func TestNegligibleBlock(t *testing.T) {
	const n = 6
	a := make([]float64, n*n)
	for i := range n {
		scale := 1.0
		if i >= 3 {
			scale = 1e-130
		}
		a[i*n+i] = 2 * scale
		if i%3 > 0 {
			a[i*n+i-1] = scale
		}
	}
	values, _, err := eigen.Leading(a, n, 4)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []float64{2 + math.Sqrt2, 2, 2 - math.Sqrt2, 0} {
		if math.Abs(values[k]-want) > 1e-12 {
			t.Errorf("value %d is %g, expected %g", k, values[k], want)
		}
	}
}
