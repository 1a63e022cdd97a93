package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// biasLeaky generates the kernel of BiasLeaky.
func (s isa) biasLeaky() {
	name := "biasLeaky" + s.suffix
	TEXT(name, NOSPLIT, "func(a, z, bias *float32, rows, ld int, slope float32)")
	Pragma("noescape")
	Doc(name+" computes, for r < rows and b < ld, with ld ≥ 1,",
		"",
		"\ta[r*ld+b] = leaky(z[r*ld+b] + bias[r])")
	leave := flushDenormals()
	a, z, bias, rows := param("a"), param("z"), param("bias"), param("rows")
	zero, slope := s.vec(), s.broadcast("slope")
	s.zero(zero)
	Label("row")
	add := s.vec()
	VBROADCASTSS(Mem{Base: bias}, add)
	s.vectors("vectors", param("ld"), []GPVirtual{a, z}, func(k mask, at []Mem) {
		v := s.vec()
		k.load(at[1], v)
		VADDPS(add, v, v)
		s.leaky(v, zero, slope)
		k.store(v, at[0])
	})
	ADDQ(Imm(4), bias)
	DECQ(rows)
	JNE(LabelRef("row"))
	leave()
}

// leakyGrad generates the kernel of LeakyGrad.
func (s isa) leakyGrad() {
	name := "leakyGrad" + s.suffix
	TEXT(name, NOSPLIT, "func(da, a *float32, n int, slope float32)")
	Pragma("noescape")
	Doc(name+" computes, for i < n,", "", "\tda[i] *= a[i] ≤ 0 ? slope : 1")
	leave := flushDenormals()
	zero, slope := s.vec(), s.broadcast("slope")
	s.zero(zero)
	s.vectors("vectors", param("n"), []GPVirtual{param("da"), param("a")}, func(k mask, at []Mem) {
		d, v := s.vec(), s.vec()
		k.load(at[0], d)
		k.load(at[1], v)
		s.scaleWhereNotPositive(d, v, zero, slope)
		k.store(d, at[0])
	})
	leave()
}
