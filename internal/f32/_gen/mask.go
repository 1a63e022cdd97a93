package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// mask selects the first lanes of a vector in loads and stores, or all of them if
// reg is nil.
type mask struct {
	isa
	reg Op
}

// firstLanes returns the mask of the first n lanes, 0 ≤ n ≤ lanes.
func (s isa) firstLanes(n Register) mask {
	if s.wide {
		bits, k := GP64(), K()
		MOVQ(I32(-1), bits)
		BZHIQ(n, bits, bits)
		KMOVW(bits.As32(), k)
		return mask{s, k}
	}
	base, i, m := GP64(), GP64(), YMM()
	LEAQ(tailMasks.Offset(32), base)
	MOVQ(n, i)
	NEGQ(i)
	VMOVUPS(Mem{Base: base, Index: i, Scale: 4}, m)
	return mask{s, m}
}

// keep sets v's lanes outside the mask to zero.
func (k mask) keep(v VecVirtual) {
	switch {
	case k.reg == nil:
	case k.wide:
		VMOVAPS_Z(v, k.reg, v)
	default:
		VANDPS(k.reg, v, v)
	}
}

// load sets v to the masked lanes at m and the others to zero; lanes outside
// the mask are not read.
func (k mask) load(m Mem, v VecVirtual) {
	switch {
	case k.reg == nil:
		VMOVUPS(m, v)
	case k.wide:
		VMOVUPS_Z(m, k.reg, v)
	default:
		VMASKMOVPS(m, k.reg, v)
	}
}

// store writes the masked lanes of v to m.
func (k mask) store(v VecVirtual, m Mem) {
	switch {
	case k.reg == nil:
		VMOVUPS(v, m)
	case k.wide:
		VMOVUPS(v, k.reg, m)
	default:
		VMASKMOVPS(v, k.reg, m)
	}
}

// tailMasks holds 8 words of all ones, then 8 of zero. The 8 words from 8−n on select
// the first n lanes.
var tailMasks Mem

func declareTailMasks() {
	tailMasks = GLOBL("tailMasks", NOPTR|RODATA)
	for i := range 8 {
		DATA(4*i, U32(0xffffffff))
	}
	for i := range 8 {
		DATA(32+4*i, U32(0))
	}
}
