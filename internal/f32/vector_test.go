package f32

import (
	"fmt"
	"math"
	"testing"
)

func TestTranspose(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		for rows := range 35 {
			for cols := range 35 {
				lds, ldd := cols+3, rows+5
				r := newRand(6)
				src, dst := normals(r, rows*lds), guardedNormals(r, cols*ldd)
				want := make([]float64, cols*ldd)
				for i, v := range dst.slice() {
					want[i] = float64(v)
				}
				for i := range rows {
					for j := range cols {
						want[j*ldd+i] = float64(src[i*lds+j])
					}
				}
				k.Transpose(dst.slice(), src, rows, cols, ldd, lds)
				dst.check(t, "dst")
				near(t, fmt.Sprintf("dst of %d×%d", rows, cols), dst.slice(), want, 0)
			}
		}
	})
}

func TestDot(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		for n := range 301 {
			r := newRand(7)
			x, y := normals(r, n), normals(r, n)
			var want float64
			for i := range x {
				want += float64(x[i]) * float64(y[i])
			}
			if got := k.Dot(x, y); math.Abs(got-want) > 1e-12 {
				t.Fatalf("of %d elements: %v, expected %v", n, got, want)
			}
		}
	})
}

func TestSphere(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		for d := 1; d <= 70; d++ {
			z := normals(newRand(8), 3*d)
			clear(z[d : 2*d])
			k.Sphere(z, d)
			for row := range 3 {
				if norm := math.Sqrt(k.Dot(z[row*d:][:d], z[row*d:][:d])); math.Abs(norm-1) > 1e-6 {
					t.Errorf("row %d of length %d has norm %v, expected 1", row, d, norm)
				}
			}
		}
	})
}

func TestResidual(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		for n := range 70 {
			r := newRand(uint64(n))
			dx, x, y, weight := guardedNormals(r, n), normals(r, n), normals(r, n), normals(r, n)
			want, sum := make([]float64, n), 0.
			for i, v := range x {
				d, w := float64(v)-float64(y[i]), float64(weight[i])*float64(weight[i])
				weight[i] *= weight[i]
				want[i], sum = 2*w*d, sum+w*d*d
			}
			got := k.Residual(dx.slice(), x, y, weight)
			dx.check(t, "dx")
			near(t, fmt.Sprint("dx of ", n), dx.slice(), want, gemmTol)
			near(t, fmt.Sprint("sum of ", n), []float32{got}, []float64{sum}, gemmTol)
		}
	})
}
