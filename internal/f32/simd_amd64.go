package f32

import "golang.org/x/sys/cpu"

//go:generate go -C _gen run . -isa avx512 -out ../avx512_amd64.s -stubs ../avx512_amd64.go -pkg f32
//go:generate go -C _gen run . -isa avx2 -out ../avx2_amd64.s -stubs ../avx2_amd64.go -pkg f32

// simd is the assembly for one instruction set. The stubs in avx512_amd64.go and
// avx2_amd64.go say what each function computes.
type simd struct {
	lanes  int           // floats in a vector
	panels []panelKernel // widest first

	products64 []product64Kernel // widest first

	weightGradAdam    func(p parameters, dy, strip []float32, rows, batch, ld int, s AdamStep) // or nil
	adam              func(w, grad, m, v *float32, n int, beta1, rest1, beta2, rest2, decay, step, bias, eps float32)
	batchNormForward  func(a, xhat, z, gamma, beta, mean, invStd, squares *float32, rows, batch, ld int, count, eps, slope float32)
	batchNormBackward func(da, xhat, gamma, beta, invStd, dGamma, dBeta *float32, rows, batch, ld int, count, slope float32)
	biasLeaky         func(a, z, bias *float32, rows, ld int, slope float32)
	leakyGrad         func(da, a *float32, n int, slope float32)
	residual          func(dx, x, y, weight *float32, n int) float32
	dot               func(x, y *float32, n int) float64
	widen             func(dst *float64, src *float32, n int)
	peak              func(rounds int)
}

// panelKernel computes panels of a fixed number of columns.
type panelKernel struct {
	columns int
	compute func(y, w, x *float32, rows, k, ld, rs, ks, run, next, add, ahead, onward int)
}

// product64Kernel computes panels of doubles of a fixed number of columns.
type product64Kernel struct {
	columns int
	compute func(y, w, x *float64, rows, k, ld, rs, ks, add int)
}

var avx512 = simd{
	lanes:             16,
	panels:            []panelKernel{{64, panel64AVX512}, {48, panel48AVX512}, {32, panel32AVX512}, {16, panel16AVX512}},
	products64:        []product64Kernel{{32, product64x32AVX512}, {16, product64x16AVX512}, {8, product64x8AVX512}},
	weightGradAdam:    runWeightGradAdamAVX512,
	adam:              adamAVX512,
	batchNormForward:  batchNormForwardAVX512,
	batchNormBackward: batchNormBackwardAVX512,
	biasLeaky:         biasLeakyAVX512,
	leakyGrad:         leakyGradAVX512,
	residual:          residualAVX512,
	dot:               dotAVX512,
	widen:             widenAVX512,
	peak:              peakAVX512,
}

var avx2 = simd{
	lanes:             8,
	panels:            []panelKernel{{16, panel16AVX2}},
	products64:        []product64Kernel{{8, product64x8AVX2}},
	adam:              adamAVX2,
	batchNormForward:  batchNormForwardAVX2,
	batchNormBackward: batchNormBackwardAVX2,
	biasLeaky:         biasLeakyAVX2,
	leakyGrad:         leakyGradAVX2,
	residual:          residualAVX2,
	dot:               dotAVX2,
	widen:             widenAVX2,
	peak:              peakAVX2,
}

// implementations returns the kernels that the processor and the operating
// system support, fastest first.
func implementations() []*kernels {
	var all []*kernels
	hasAVX2 := cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2
	if hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
		all = append(all, avx512.kernels("avx512"))
	}
	if hasAVX2 {
		all = append(all, avx2.kernels("avx2"))
	}
	return append(all, &generic)
}

// kernels returns the implementation that calls s.
func (s *simd) kernels(name string) *kernels {
	return &kernels{
		name:              name,
		panel:             s.runPanel,
		product64:         s.runProduct64,
		weightGradAdam:    s.weightGradAdam,
		adam:              s.runAdam,
		batchNormForward:  s.runBatchNormForward,
		batchNormBackward: s.runBatchNormBackward,
		biasLeaky:         s.runBiasLeaky,
		leakyGrad:         s.runLeakyGrad,
		residual:          s.runResidual,
		transpose:         transposeAVX2,
		dot:               s.runDot,
		widen:             s.runWiden,
		peak:              s.runPeak,
	}
}
