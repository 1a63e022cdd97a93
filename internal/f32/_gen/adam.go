package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// adamStep holds the constants of Adam in registers, in the order of
// adamConstants in package f32.
type adamStep struct {
	isa
	beta1, rest1, beta2, rest2, decay, step, bias, eps VecVirtual
}

// adamConstants loads the constants from the parameter s.
func (s isa) adamConstants() adamStep {
	a := adamStep{isa: s}
	base := param("s")
	for i, v := range []*VecVirtual{&a.beta1, &a.rest1, &a.beta2, &a.rest2, &a.decay, &a.step, &a.bias, &a.eps} {
		*v = s.vec()
		VBROADCASTSS(Mem{Base: base, Disp: 4 * i}, *v)
	}
	return a
}

// update generates Adam on one vector at w, m and v, with its gradient in g,
// which it overwrites.
func (a adamStep) update(w Mem, g VecVirtual, m, v Mem, k mask) {
	wt, mt, vt := a.vec(), a.vec(), a.vec()
	k.load(w, wt)
	k.load(m, mt)
	k.load(v, vt)
	VFMADD231PS(wt, a.decay, g) // g += wd·w
	VMULPS(a.beta2, vt, vt)
	VMULPS(a.beta1, mt, mt)
	VFMADD231PS(g, a.rest1, mt) // m = β1·m + (1−β1)·g
	k.store(mt, m)
	VMULPS(a.step, mt, mt)
	d := a.vec()
	VMULPS(g, a.rest2, d)
	VFMADD231PS(g, d, vt) // v = β2·v + (1−β2)·g²
	k.store(vt, v)
	VSQRTPS(vt, d)
	VFMADD213PS(a.eps, a.bias, d) // √v·invSqrtBias2 + ε
	VDIVPS(d, mt, mt)
	VSUBPS(mt, wt, wt)
	k.store(wt, w)
}

// adamAhead is how many bytes ahead adam fetches: the weights and moments of a
// network do not fit the caches, and the processor's own fetching falls behind.
const adamAhead = 512

// adam generates the kernel of Adam.
func (s isa) adam() {
	name := "adam" + s.suffix
	TEXT(name, NOSPLIT, "func(w, grad, m, v *float32, n int, s *[8]float32)")
	Pragma("noescape")
	Doc(name + " is Adam on n elements; grad is only read.")
	w, g, m, v := param("w"), param("grad"), param("m"), param("v")
	step := s.adamConstants()
	s.vectors(param("n"), []GPVirtual{w, g, m, v}, func(k mask, at []Mem) {
		for _, stream := range []Mem{at[0], at[2], at[3]} {
			PREFETCHT0(stream.Offset(adamAhead))
		}
		gt := s.vec()
		k.load(at[1], gt)
		step.update(at[0], gt, at[2], at[3], k)
	})
	VZEROUPPER()
	RET()
}

// vectors writes the loop over n elements from the bases on, which body
// handles a masked vector at a time. The bases and n are overwritten.
func (s isa) vectors(n GPVirtual, bases []GPVirtual, body func(k mask, at []Mem)) {
	at := make([]Mem, len(bases))
	for i, base := range bases {
		at[i] = Mem{Base: base}
	}
	loop("vectors")
	CMPQ(n, Imm(uint64(s.lanes)))
	JLT(LabelRef("tail"))
	body(mask{isa: s}, at)
	for _, base := range bases {
		ADDQ(Imm(uint64(s.bytes())), base)
	}
	SUBQ(Imm(uint64(s.lanes)), n)
	JMP(LabelRef("vectors"))
	Label("tail")
	TESTQ(n, n)
	JEQ(LabelRef("done"))
	body(s.firstLanes(n), at)
	Label("done")
}
