package f32

import "math"

// Transpose sets dst[c*ldd+r] = src[r*lds+c] for r < rows, c < cols.
func Transpose(dst, src []float32, rows, cols, ldd, lds int) {
	chosen.Transpose(dst, src, rows, cols, ldd, lds)
}

func (k *kernels) Transpose(dst, src []float32, rows, cols, ldd, lds int) {
	if rows > 0 && cols > 0 {
		k.transpose(dst[:(cols-1)*ldd+rows], src[:(rows-1)*lds+cols], rows, cols, ldd, lds)
	}
}

// Dot returns Σ x[i]·y[i], added up in double precision in an order that depends only
// on the length.
func Dot(x, y []float32) float64 { return chosen.Dot(x, y) }

func (k *kernels) Dot(x, y []float32) float64 {
	if y = y[:len(x)]; len(x) == 0 {
		return 0
	}
	return k.dot(x, y)
}

// Sphere scales each row of z [rows × d] to unit Euclidean norm. A zero row
// becomes the first unit vector, so that every code is defined.
func Sphere(z []float32, d int) { chosen.Sphere(z, d) }

func (k *kernels) Sphere(z []float32, d int) {
	for len(z) >= d && d > 0 {
		row := z[:d]
		if s := k.Dot(row, row); s > 0 {
			inv := float32(1 / math.Sqrt(s))
			for i := range row {
				row[i] *= inv
			}
		} else {
			row[0] = 1
		}
		z = z[d:]
	}
}

// Residual sets dx to the gradient by x of Σ weight[i]·(x[i] − y[i])² and returns that
// sum, added up in an order that depends only on the length:
//
//	dx[i] = 2·weight[i]·(x[i] − y[i])
func Residual(dx, x, y, weight []float32) float32 { return chosen.Residual(dx, x, y, weight) }

func (k *kernels) Residual(dx, x, y, weight []float32) float32 {
	n := len(x)
	if n == 0 {
		return 0
	}
	return k.residual(dx[:n], x, y[:n], weight[:n])
}
