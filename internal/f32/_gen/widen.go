package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// widen generates the kernel of Widen.
func (s isa) widen() {
	name := "widen" + s.suffix
	TEXT(name, NOSPLIT, "func(dst *float64, src *float32, n int)")
	Pragma("noescape")
	Doc(name + " sets dst[i] = src[i], i < n.")
	const vectors = 4
	per := s.lanes / 2
	dst, src, n := param("dst"), param("src"), param("n")
	SUBQ(Imm(uint64(vectors*per)), n)
	JLT(LabelRef("rest"))
	loop("block")
	for i := range vectors {
		v := s.vec()
		VCVTPS2PD(Mem{Base: src, Disp: 4 * per * i}, v)
		VMOVUPD(v, Mem{Base: dst, Disp: 8 * per * i})
	}
	ADDQ(I32(int32(4*vectors*per)), src)
	ADDQ(I32(int32(8*vectors*per)), dst)
	SUBQ(Imm(uint64(vectors*per)), n)
	JGE(LabelRef("block"))
	Label("rest")
	ADDQ(Imm(uint64(vectors*per)), n)
	JEQ(LabelRef("done"))
	Label("one")
	v := XMM()
	VMOVSS(Mem{Base: src}, v)
	VCVTSS2SD(v, v, v)
	VMOVSD(v, Mem{Base: dst})
	ADDQ(Imm(4), src)
	ADDQ(Imm(8), dst)
	DECQ(n)
	JNE(LabelRef("one"))
	Label("done")
	VZEROUPPER()
	RET()
}
