package f32

import (
	"math"
	"slices"
	"testing"
)

// leakyReference is the leaky ReLU.
func leakyReference(y, slope float64) float64 { return max(y, 0) + slope*min(y, 0) }

func TestBiasLeaky(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		for ld := Lane; ld <= 5*Lane; ld += Lane {
			for _, slope := range []float32{0.2, 1} {
				const rows = 3
				r := newRand(4)
				a, z, bias := guardedNormals(r, rows*ld), normals(r, rows*ld), normals(r, rows)
				want := make([]float64, rows*ld)
				for i, v := range z {
					want[i] = leakyReference(float64(v)+float64(bias[i/ld]), float64(slope))
				}
				k.BiasLeaky(a.slice(), z, bias, slope, rows, ld)
				a.check(t, "a")
				near(t, "a", a.slice(), want, 1e-6)
			}
		}
	})
}

func TestLeakyGrad(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		for n := range 301 {
			r := newRand(5)
			da, a := guardedNormals(r, n), normals(r, n)
			want := make([]float64, n)
			for i := range a {
				a[i] = []float32{a[i], 0}[i%5/4]
				want[i] = float64(da.slice()[i])
				if a[i] <= 0 {
					want[i] *= 0.2
				}
			}
			k.LeakyGrad(da.slice(), a, 0.2)
			da.check(t, "da")
			near(t, "da", da.slice(), want, 1e-6)
		}
	})
}

// A diverged training must be seen, not turned into numbers by a maximum.
func TestNaNIsKept(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		nan := float32(math.NaN())
		z := slices.Repeat([]float32{nan}, Lane)
		k.BiasLeaky(z, z, []float32{1}, 0.2, 1, Lane)
		x := []float32{nan}
		k.LeakyGrad(x, []float32{1}, 0.2)
		bn := BatchNorm{
			Gamma: []float32{1}, Beta: []float32{0}, RunMean: []float32{0}, RunVar: []float32{1},
			Mean: []float32{0}, InvStd: []float32{0}, DGamma: []float32{0}, DBeta: []float32{0}, Slope: 0.2,
		}
		a := make([]float32, Lane)
		k.BatchNormForward(&bn, a, make([]float32, Lane), []float32{1, nan, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, 1, Lane, Lane)
		for i, v := range slices.Concat(z, x, a) {
			if v == v {
				t.Errorf("element %d is %v, expected NaN", i, v)
			}
		}
	})
}
