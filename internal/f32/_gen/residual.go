package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// residual generates the kernel of Residual.
func (s isa) residual() {
	name := "residual" + s.suffix
	TEXT(name, NOSPLIT, "func(dx, x, y, weight *float32, n int) float32")
	Pragma("noescape")
	Doc(name+" returns Σ weight[i]·(x[i] − y[i])², i < n, and computes",
		"",
		"\tdx[i] = 2·weight[i]·(x[i] − y[i])")
	leave := flushDenormals()
	total := s.vec()
	s.zero(total)
	bases := []GPVirtual{param("dx"), param("x"), param("y"), param("weight")}
	s.vectors("vectors", param("n"), bases, func(k mask, at []Mem) {
		d, y, w := s.vec(), s.vec(), s.vec()
		k.load(at[1], d)
		k.load(at[2], y)
		k.load(at[3], w)
		VSUBPS(y, d, d)
		VMULPS(d, w, w)
		VFMADD231PS(d, w, total)
		VADDPS(w, w, w)
		k.store(w, at[0])
	})
	Store(s.sum(total).AsX(), ReturnIndex(0))
	leave()
}
