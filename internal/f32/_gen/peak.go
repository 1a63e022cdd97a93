package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// peakChains is the number of independent chains in the peak kernel: enough to hide
// the latency of a fused multiply-add on two ports, and few enough for 16 registers.
const peakChains = 12

// peak generates the kernel of FMA.
func (s isa) peak() {
	name := "peak" + s.suffix
	TEXT(name, NOSPLIT, "func(n int)")
	Doc(name + " does n rounds of 12 independent vector fused multiply-adds.")
	acc := s.vecs(peakChains)
	for _, a := range acc {
		s.zero(a)
	}
	n := param("n")
	loop("round")
	for _, a := range acc {
		VFMADD231PS(a, a, a)
	}
	DECQ(n)
	JNE(LabelRef("round"))
	VZEROUPPER()
	RET()
}
