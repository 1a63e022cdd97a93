package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// row writes a pass, called name, over the batch columns of one row of several
// panels. The bases are kept.
func (s isa) row(name string, bases []GPVirtual, body func(k mask, at []Mem)) {
	walk := make([]GPVirtual, len(bases))
	for i, base := range bases {
		walk[i] = GP64()
		MOVQ(base, walk[i])
	}
	s.vectors(name, param("batch"), walk, body)
}

// everyRow writes the loop over rows, in which panels advance by ld and vectors by
// one element.
func everyRow(panels, vectors []GPVirtual, body func()) {
	leave := flushDenormals()
	rows, ld := param("rows"), param("ld")
	SHLQ(Imm(2), ld)
	Label("row")
	body()
	for _, p := range panels {
		ADDQ(ld, p)
	}
	for _, v := range vectors {
		ADDQ(Imm(4), v)
	}
	DECQ(rows)
	JNE(LabelRef("row"))
	leave()
}

// batchNormForward generates the kernel of BatchNorm.Forward.
func (s isa) batchNormForward() {
	name := "batchNormForward" + s.suffix
	TEXT(name, NOSPLIT, "func(a, xhat, z, gamma, beta, mean, invStd, squares *float32, rows, batch, ld int, count, eps, slope float32)")
	Pragma("noescape")
	Doc(name+" computes, for r < rows and b < batch, with count = batch ≥ 1,",
		"",
		"\tmean[r] = Σ_b z[r*ld+b] / count;  squares[r] = Σ_b (z[r*ld+b] − mean[r])²",
		"\tinvStd[r] = 1/√(squares[r]/count + eps)",
		"\txhat[r*ld+b] = (z[r*ld+b] − mean[r])·invStd[r];  a[r*ld+b] = leaky(gamma[r]·xhat[r*ld+b] + beta[r])")
	a, xhat, z := param("a"), param("xhat"), param("z")
	gamma, beta := param("gamma"), param("beta")
	mean, invStd, squares := param("mean"), param("invStd"), param("squares")
	zero, slope, count, eps, one := s.vec(), s.broadcast("slope"), s.broadcast("count"), s.broadcast("eps"), XMM()
	s.zero(zero)
	VDIVSS(count.AsX(), count.AsX(), one)
	everyRow([]GPVirtual{a, xhat, z}, []GPVirtual{gamma, beta, mean, invStd, squares}, func() {
		total := s.vec()
		s.zero(total)
		s.row("mean", []GPVirtual{z}, func(k mask, at []Mem) {
			v := s.vec()
			k.load(at[0], v)
			VADDPS(v, total, total)
		})
		x, m := s.sum(total), s.vec()
		VDIVSS(count.AsX(), x, x)
		VMOVSS(x, Mem{Base: mean})
		VBROADCASTSS(x, m)

		square := s.vec()
		s.zero(square)
		s.row("variance", []GPVirtual{z}, func(k mask, at []Mem) {
			v := s.vec()
			k.load(at[0], v)
			VSUBPS(m, v, v)
			k.keep(v)
			VFMADD231PS(v, v, square)
		})
		x, inv := s.sum(square), s.vec()
		VMOVSS(x, Mem{Base: squares})
		VDIVSS(count.AsX(), x, x)
		VADDSS(eps.AsX(), x, x)
		VSQRTSS(x, x, x)
		VDIVSS(x, one, x)
		VMOVSS(x, Mem{Base: invStd})
		VBROADCASTSS(x, inv)

		g, b := s.vec(), s.vec()
		VBROADCASTSS(Mem{Base: gamma}, g)
		VBROADCASTSS(Mem{Base: beta}, b)
		s.row("output", []GPVirtual{a, xhat, z}, func(k mask, at []Mem) {
			v := s.vec()
			k.load(at[2], v)
			VSUBPS(m, v, v)
			VMULPS(inv, v, v)
			k.store(v, at[1])
			VFMADD213PS(b, g, v)
			s.leaky(v, zero, slope)
			k.store(v, at[0])
		})
	})
}

// batchNormBackward generates the kernel of BatchNorm.Backward.
func (s isa) batchNormBackward() {
	name := "batchNormBackward" + s.suffix
	TEXT(name, NOSPLIT, "func(da, xhat, gamma, beta, invStd, dGamma, dBeta *float32, rows, batch, ld int, count, slope float32)")
	Pragma("noescape")
	Doc(name+" computes, for r < rows and b < batch, with count = batch ≥ 1,",
		"",
		"\tdy = da[r*ld+b] · (gamma[r]·xhat[r*ld+b] + beta[r] ≤ 0 ? slope : 1)",
		"\tdBeta[r] = Σ_b dy;  dGamma[r] = Σ_b dy·xhat[r*ld+b]",
		"\tda[r*ld+b] = gamma[r]·invStd[r] · (dy − dBeta[r]/count − xhat[r*ld+b]·dGamma[r]/count)")
	da, xhat, gamma, beta, invStd := param("da"), param("xhat"), param("gamma"), param("beta"), param("invStd")
	dGamma, dBeta := param("dGamma"), param("dBeta")
	zero, slope, count := s.vec(), s.broadcast("slope"), s.broadcast("count")
	s.zero(zero)
	everyRow([]GPVirtual{da, xhat}, []GPVirtual{gamma, beta, invStd, dGamma, dBeta}, func() {
		g, b := s.vec(), s.vec()
		VBROADCASTSS(Mem{Base: gamma}, g)
		VBROADCASTSS(Mem{Base: beta}, b)
		sum, dot := s.vec(), s.vec()
		s.zero(sum)
		s.zero(dot)
		s.row("sums", []GPVirtual{da, xhat}, func(k mask, at []Mem) {
			d, h, y := s.vec(), s.vec(), s.vec()
			k.load(at[0], d)
			k.load(at[1], h)
			VMOVAPS(h, y)
			VFMADD213PS(b, g, y)
			s.scaleWhereNotPositive(d, y, zero, slope)
			k.store(d, at[0])
			VADDPS(d, sum, sum)
			VFMADD231PS(d, h, dot)
		})
		x, meanSum := s.sum(sum), s.vec()
		VMOVSS(x, Mem{Base: dBeta})
		VDIVSS(count.AsX(), x, x)
		VBROADCASTSS(x, meanSum)
		x, meanDot := s.sum(dot), s.vec()
		VMOVSS(x, Mem{Base: dGamma})
		VDIVSS(count.AsX(), x, x)
		VBROADCASTSS(x, meanDot)
		inv := s.vec()
		VBROADCASTSS(Mem{Base: invStd}, inv)
		VMULPS(inv, g, g)
		s.row("output", []GPVirtual{da, xhat}, func(k mask, at []Mem) {
			d, h := s.vec(), s.vec()
			k.load(at[0], d)
			k.load(at[1], h)
			VSUBPS(meanSum, d, d)
			VFNMADD231PS(h, meanDot, d)
			VMULPS(g, d, d)
			k.store(d, at[0])
		})
	})
}
