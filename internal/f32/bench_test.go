package f32

import "testing"

// benchmarkKernels runs f with each implementation, then naive, a plain loop of
// naive_test.go, unless it is nil. It reports flops per call, unless 0, as GFLOP/s.
func benchmarkKernels(b *testing.B, flops int, f func(k *kernels), naive func()) {
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f()
			}
			if flops > 0 {
				b.ReportMetric(float64(flops)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			}
		})
	}
	for _, k := range implementations() {
		run(k.name, func() { f(k) })
	}
	if naive != nil {
		run("naive", naive)
	}
}

// layers are the matrices [out × in] of the paper's network, which benchmarks
// multiply by a batch of 64.
var layers = []struct {
	name    string
	out, in int
}{{"512x512", 512, 512}, {"1000x512", 1000, 512}, {"512x50", 512, 50}}

const benchBatch = 64

func BenchmarkForward(b *testing.B) {
	for _, l := range layers {
		r := newRand(1)
		y, x := make([]float32, l.out*benchBatch), normals(r, l.in*benchBatch)
		w, packed := matrix(r, l.out, l.in, 0)
		b.Run(l.name, func(b *testing.B) {
			benchmarkKernels(b, 2*benchBatch*l.out*l.in,
				func(k *kernels) { k.Forward(y, packed, x, 0, l.out, l.out, l.in, benchBatch) },
				func() { naivePanel(y, w, x, l.out, l.in, benchBatch, l.in, 1) })
		})
	}
}

func BenchmarkInputGrad(b *testing.B) {
	for _, l := range layers {
		r := newRand(2)
		dx, dy := make([]float32, l.in*benchBatch), normals(r, l.out*benchBatch)
		w, packed := matrix(r, l.out, l.in, 0)
		b.Run(l.name, func(b *testing.B) {
			benchmarkKernels(b, 2*benchBatch*l.out*l.in,
				func(k *kernels) { k.InputGrad(dx, packed, dy, 0, l.in, l.out, l.in, benchBatch) },
				func() { naivePanel(dx, w, dy, l.in, l.out, benchBatch, 1, l.in) })
		})
	}
}

func BenchmarkWeightGrad(b *testing.B) {
	for _, l := range layers {
		r := newRand(3)
		dw, dy, xt := make([]float32, StripsLen(l.out, l.in)), normals(r, l.out*benchBatch), normals(r, l.in*benchBatch)
		xs := normals(r, StripsLen(benchBatch, l.in))
		b.Run(l.name, func(b *testing.B) {
			benchmarkKernels(b, 2*benchBatch*l.out*l.in,
				func(k *kernels) {
					k.WeightGrad(dw, dy, xs, 0, StripRows(l.out, l.in), l.out, l.in, benchBatch, benchBatch)
				},
				func() { naivePanel(dw, dy, xt, l.out, benchBatch, l.in, benchBatch, 1) })
		})
	}
}

func BenchmarkWeightGradAdam(b *testing.B) {
	for _, l := range layers {
		n, r := StripsLen(l.out, l.in), newRand(4)
		w, m, v, g := normals(r, n), make([]float32, n), make([]float32, n), make([]float32, n)
		dy, xt, step := normals(r, l.out*benchBatch), normals(r, l.in*benchBatch), NewAdamStep(1e-3, 1e-5, 10)
		xs := normals(r, StripsLen(benchBatch, l.in))
		b.Run(l.name, func(b *testing.B) {
			benchmarkKernels(b, 2*benchBatch*l.out*l.in,
				func(k *kernels) {
					k.WeightGradAdam(w, m, v, dy, xs, 0, StripRows(l.out, l.in), l.out, l.in, benchBatch, benchBatch, step)
				},
				func() {
					naivePanel(g, dy, xt, l.out, benchBatch, l.in, benchBatch, 1)
					naiveAdam(w, g, m, v, step)
				})
		})
	}
}

func BenchmarkAdam(b *testing.B) {
	const n = 512 * 512
	r := newRand(5)
	w, g, m, v, step := normals(r, n), normals(r, n), make([]float32, n), make([]float32, n), NewAdamStep(1e-3, 1e-5, 10)
	benchmarkKernels(b, 13*n, func(k *kernels) { k.Adam(w, g, m, v, step) }, func() { naiveAdam(w, g, m, v, step) })
}

func BenchmarkBatchNorm(b *testing.B) {
	const rows = 512
	r := newRand(6)
	p := func() []float32 { return normals(r, rows) }
	bn := BatchNorm{p(), p(), p(), p(), p(), p(), p(), p(), 1e-5, 0.1, 0.2}
	a, xhat, z := normals(r, rows*benchBatch), normals(r, rows*benchBatch), normals(r, rows*benchBatch)
	b.Run("forward", func(b *testing.B) {
		benchmarkKernels(b, 9*rows*benchBatch, func(k *kernels) { k.BatchNormForward(&bn, a, xhat, z, rows, benchBatch, benchBatch) }, nil)
	})
	b.Run("backward", func(b *testing.B) {
		benchmarkKernels(b, 10*rows*benchBatch, func(k *kernels) { k.BatchNormBackward(&bn, a, xhat, rows, benchBatch, benchBatch) }, nil)
	})
}

func BenchmarkRows(b *testing.B) {
	const rows, n = 512, 512 * benchBatch
	r := newRand(7)
	x, y, bias := normals(r, n), normals(r, n), normals(r, rows)
	b.Run("biasLeaky", func(b *testing.B) {
		benchmarkKernels(b, 4*n, func(k *kernels) { k.BiasLeaky(y, x, bias, 0.2, rows, benchBatch) }, nil)
	})
	b.Run("leakyGrad", func(b *testing.B) {
		benchmarkKernels(b, n, func(k *kernels) { k.LeakyGrad(y, x, 1) }, nil)
	})
	b.Run("transpose", func(b *testing.B) {
		benchmarkKernels(b, 0, func(k *kernels) { k.Transpose(y, x, rows, benchBatch, rows, benchBatch) }, nil)
	})
	b.Run("dot", func(b *testing.B) {
		benchmarkKernels(b, 2*n, func(k *kernels) { dotSink = k.Dot(x, y) }, nil)
	})
}

var dotSink float64

// A round is not the same number of operations in every kernel.
func BenchmarkFMA(b *testing.B) {
	for _, k := range implementations() {
		b.Run(k.name, func(b *testing.B) {
			var flops float64
			for b.Loop() {
				flops += k.peak(20_000)
			}
			b.ReportMetric(flops/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}
