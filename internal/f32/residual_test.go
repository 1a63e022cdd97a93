package f32

import (
	"fmt"
	"testing"
)

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
