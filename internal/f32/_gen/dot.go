package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// dot generates the kernel of Dot. Products of floats are exact in double
// precision, so each chain rounds once per term.
func (s isa) dot() {
	const chains = 4
	name := "dot" + s.suffix
	TEXT(name, NOSPLIT, "func(x, y *float32, n int) float64")
	Pragma("noescape")
	per := s.lanes / 2
	Doc(name + " returns Σ x[i]·y[i] in double precision, i < n.")
	x, y, n := param("x"), param("y"), param("n")
	acc := s.vecs(chains)
	for _, a := range acc {
		s.zero(a)
	}
	step := chains * per
	SUBQ(Imm(uint64(step)), n)
	JLT(LabelRef("rest"))
	loop("block")
	for i, a := range acc {
		u, v := s.vec(), s.vec()
		VCVTPS2PD(Mem{Base: x, Disp: 4 * per * i}, u)
		VCVTPS2PD(Mem{Base: y, Disp: 4 * per * i}, v)
		VFMADD231PD(u, v, a)
	}
	ADDQ(Imm(uint64(4*step)), x)
	ADDQ(Imm(uint64(4*step)), y)
	SUBQ(Imm(uint64(step)), n)
	JGE(LabelRef("block"))
	Label("rest")
	VADDPD(acc[1], acc[0], acc[0])
	VADDPD(acc[3], acc[2], acc[2])
	VADDPD(acc[2], acc[0], acc[0])
	total := s.sumDouble(acc[0])
	ADDQ(Imm(uint64(step)), n)
	JEQ(LabelRef("done"))
	Label("one")
	u, v := XMM(), XMM()
	VMOVSS(Mem{Base: x}, u)
	VMOVSS(Mem{Base: y}, v)
	VCVTSS2SD(u, u, u)
	VCVTSS2SD(v, v, v)
	VFMADD231SD(u, v, total)
	ADDQ(Imm(4), x)
	ADDQ(Imm(4), y)
	DECQ(n)
	JNE(LabelRef("one"))
	Label("done")
	Store(total, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// sumDouble adds up v's doubles into the low lane of an XMM register.
func (s isa) sumDouble(v VecVirtual) VecVirtual {
	if s.wide {
		half := YMM()
		VEXTRACTF64X4(Imm(1), v, half)
		VADDPD(v.AsY(), half, half)
		v = half
	}
	x, high := XMM(), XMM()
	VEXTRACTF128(Imm(1), v.AsY(), x)
	VADDPD(v.AsX(), x, x)
	VPERMILPD(Imm(1), x, high)
	VADDSD(high, x, x)
	return x
}
