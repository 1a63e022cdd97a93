package f32

func (s *simd) runAdam(w, g, m, v []float32, a AdamStep) {
	s.adam(&w[0], &g[0], &m[0], &v[0], len(w),
		a.Beta1, a.Rest1, a.Beta2, a.Rest2, a.WeightDecay, a.StepSize, a.InvSqrtBias2, a.Eps)
}

func (s *simd) runBatchNormForward(bn BatchNorm, squares, a, xhat, z []float32, batch, ld int) {
	s.batchNormForward(&a[0], &xhat[0], &z[0], &bn.Gamma[0], &bn.Beta[0], &bn.Mean[0], &bn.InvStd[0], &squares[0],
		len(squares), batch, ld, float32(batch), bn.Eps, bn.Slope)
}

func (s *simd) runBatchNormBackward(bn BatchNorm, da, xhat []float32, batch, ld int) {
	s.batchNormBackward(&da[0], &xhat[0], &bn.Gamma[0], &bn.Beta[0], &bn.InvStd[0], &bn.DGamma[0], &bn.DBeta[0],
		len(bn.Gamma), batch, ld, float32(batch), bn.Slope)
}

func (s *simd) runBiasLeaky(a, z, bias []float32, slope float32, ld int) {
	s.biasLeaky(&a[0], &z[0], &bias[0], len(bias), ld, slope)
}

func (s *simd) runLeakyGrad(da, a []float32, slope float32) {
	s.leakyGrad(&da[0], &a[0], len(a), slope)
}

func (s *simd) runResidual(dx, x, y, weight []float32) float32 {
	return s.residual(&dx[0], &x[0], &y[0], &weight[0], len(x))
}

func (s *simd) runDot(x, y []float32) float64 { return s.dot(&x[0], &y[0], len(x)) }

func (s *simd) runPeak(rounds int) float64 {
	const chains = 12
	s.peak(rounds)
	return 2 * chains * float64(s.lanes) * float64(rounds)
}

// transposeAVX2 also serves AVX-512, because memory is what limits it.
func transposeAVX2(dst, src []float32, rows, cols, ldd, lds int) {
	fullRows, fullCols := rows&^15, cols&^7
	if fullCols > 0 {
		for r := 0; r < fullRows; r += 16 {
			transpose16AVX2(&dst[r], &src[r*lds], fullCols/8, ldd, lds)
		}
	}
	transposeBlock(dst, src, fullRows, rows, 0, cols, ldd, lds)
	transposeBlock(dst, src, 0, fullRows, fullCols, cols, ldd, lds)
}
