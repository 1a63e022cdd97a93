package f32

// BiasLeaky sets each row of a to leaky(z + bias); slope 1 means no activation. a
// may be z.
//
//	y = z[r*ld+b] + bias[r];  a[r*ld+b] = max(y, 0) + slope·min(y, 0),  r < rows, b < ld
func BiasLeaky(a, z, bias []float32, slope float32, rows, ld int) {
	chosen.BiasLeaky(a, z, bias, slope, rows, ld)
}

func (k *kernels) BiasLeaky(a, z, bias []float32, slope float32, rows, ld int) {
	checkLane(ld)
	n := rows * ld
	if a, z, bias = a[:n], z[:n], bias[:rows]; n > 0 {
		k.biasLeaky(a, z, bias, slope, ld)
	}
}

// LeakyGrad multiplies da by the derivative of the leaky ReLU whose output is a
// (slope > 0): by slope where a ≤ 0.
func LeakyGrad(da, a []float32, slope float32) { chosen.LeakyGrad(da, a, slope) }

func (k *kernels) LeakyGrad(da, a []float32, slope float32) {
	if da = da[:len(a)]; len(a) > 0 {
		k.leakyGrad(da, a, slope)
	}
}
