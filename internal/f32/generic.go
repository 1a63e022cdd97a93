package f32

import (
	"math"
	"sync/atomic"
)

// generic is the implementation in plain Go, for every machine.
var generic = kernels{
	name:              "generic",
	panel:             panelGeneric,
	product64:         product64Generic,
	adam:              adamGeneric,
	batchNormForward:  batchNormForwardGeneric,
	batchNormBackward: batchNormBackwardGeneric,
	biasLeaky:         biasLeakyGeneric,
	leakyGrad:         leakyGradGeneric,
	residual:          residualGeneric,
	transpose:         transposeGeneric,
	dot:               dotGeneric,
	widen:             widenGeneric,
	peak:              peakGeneric,
}

func adamGeneric(w, g, m, v []float32, s AdamStep) {
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	for i := range w {
		gi := g[i] + s.WeightDecay*w[i]
		m[i] = s.Beta1*m[i] + s.Rest1*gi
		v[i] = s.Beta2*v[i] + s.Rest2*gi*gi
		w[i] -= s.StepSize * m[i] / (float32(math.Sqrt(float64(v[i])))*s.InvSqrtBias2 + s.Eps)
	}
}

func leaky(y, slope float32) float32 { return max(y, 0) + slope*min(y, 0) }

func biasLeakyGeneric(a, z, bias []float32, slope float32, ld int) {
	for r, add := range bias {
		ar := a[r*ld:][:ld]
		for b, v := range z[r*ld:][:ld] {
			ar[b] = leaky(v+add, slope)
		}
	}
}

func leakyGradGeneric(da, a []float32, slope float32) {
	da = da[:len(a)]
	for i, v := range a {
		if v <= 0 {
			da[i] *= slope
		}
	}
}

func residualGeneric(dx, x, y, weight []float32) (sum float32) {
	dx, y, weight = dx[:len(x)], y[:len(x)], weight[:len(x)]
	for i, v := range x {
		d := v - y[i]
		g := weight[i] * d
		dx[i] = 2 * g
		sum += g * d
	}
	return sum
}

// transposeGeneric works in square blocks, so that both sides use whole cache lines.
func transposeGeneric(dst, src []float32, rows, cols, ldd, lds int) {
	const block = 16
	for r0 := 0; r0 < rows; r0 += block {
		for c0 := 0; c0 < cols; c0 += block {
			transposeBlock(dst, src, r0, min(r0+block, rows), c0, min(c0+block, cols), ldd, lds)
		}
	}
}

// transposeBlock transposes rows [r0, r1) of columns [c0, c1) of src.
func transposeBlock(dst, src []float32, r0, r1, c0, c1, ldd, lds int) {
	for r := r0; r < r1; r++ {
		for c := c0; c < c1; c++ {
			dst[c*ldd+r] = src[r*lds+c]
		}
	}
}

func dotGeneric(x, y []float32) float64 {
	var s0, s1, s2, s3 float64
	for ; len(x) >= 4; x, y = x[4:], y[4:] {
		y := y[:4]
		s0 += float64(x[0]) * float64(y[0])
		s1 += float64(x[1]) * float64(y[1])
		s2 += float64(x[2]) * float64(y[2])
		s3 += float64(x[3]) * float64(y[3])
	}
	for i, v := range x {
		s0 += float64(v) * float64(y[i])
	}
	return (s0 + s1) + (s2 + s3)
}

// peakSink keeps the compiler from dropping peakGeneric's sums.
var peakSink atomic.Uint32

func peakGeneric(rounds int) float64 {
	const chains = 8
	var a, b, c, d, e, f, g, h float32
	const scale, add = 0.5, 1
	for range rounds {
		a, b, c, d = a*scale+add, b*scale+add, c*scale+add, d*scale+add
		e, f, g, h = e*scale+add, f*scale+add, g*scale+add, h*scale+add
	}
	peakSink.Store(math.Float32bits(a + b + c + d + e + f + g + h))
	return 2 * chains * float64(rounds)
}
