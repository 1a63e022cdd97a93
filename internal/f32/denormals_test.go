package f32

import "testing"

// The kernels treat denormal results as zero, which keeps them fast once weights
// have decayed to nothing. Go's own arithmetic still has denormals afterwards.
func TestKernelsFlushDenormals(t *testing.T) {
	tiny := float32(1e-25)
	for _, k := range implementations() {
		if k.name == "generic" {
			continue // plain Go cannot flush them
		}
		y, w, x := make([]float32, Lane), make([]float32, StripsLen(1, 1)), make([]float32, Lane)
		w[0] = tiny
		for i := range x {
			x[i] = 1e-18
		}
		k.Forward(y, w, x, 0, 1, 1, 1, Lane)
		if y[0] != 0 {
			t.Errorf("%s: %g · 1e-18 = %g, expected 0", k.name, tiny, y[0])
		}
		if tiny*x[0] == 0 {
			t.Errorf("%s left the processor flushing denormals", k.name)
		}
	}
}
