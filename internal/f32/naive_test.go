package f32

import "math"

// The shortest loops of the package's definitions, for benchmarks to compare with.

// naivePanel computes y[r*ld+b] = Σ_i w[r*rs+i*ks]·x[i*ld+b].
func naivePanel(y, w, x []float32, rows, k, ld, rs, ks int) {
	for r := range rows {
		yr := y[r*ld : (r+1)*ld]
		clear(yr)
		for i := range k {
			wi := w[r*rs+i*ks]
			for b, v := range x[i*ld : (i+1)*ld] {
				yr[b] += wi * v
			}
		}
	}
}

func naiveAdam(w, g, m, v []float32, s AdamStep) {
	for i := range w {
		gi := g[i] + s.WeightDecay*w[i]
		m[i] = s.Beta1*m[i] + s.Rest1*gi
		v[i] = s.Beta2*v[i] + s.Rest2*gi*gi
		w[i] -= s.StepSize * m[i] / (float32(math.Sqrt(float64(v[i])))*s.InvSqrtBias2 + s.Eps)
	}
}
