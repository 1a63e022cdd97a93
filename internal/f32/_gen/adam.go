package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// adamStep holds the constants of one step of Adam.
type adamStep struct {
	isa
	beta1, rest1, beta2, rest2, decay, step, bias, eps VecVirtual
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
	TEXT(name, NOSPLIT, "func(w, grad, m, v *float32, n int, beta1, rest1, beta2, rest2, decay, step, bias, eps float32)")
	Pragma("noescape")
	Doc(name+" computes, for i < n, with rest1 = 1−beta1 and rest2 = 1−beta2,",
		"",
		"\tg = grad[i] + decay·w[i];  m[i] = beta1·m[i] + rest1·g;  v[i] = beta2·v[i] + rest2·g²",
		"\tw[i] -= step · m[i] / (√v[i]·bias + eps)")
	leave := flushDenormals()
	w, grad, m, v := param("w"), param("grad"), param("m"), param("v")
	a := adamStep{
		s, s.broadcast("beta1"), s.broadcast("rest1"), s.broadcast("beta2"), s.broadcast("rest2"),
		s.broadcast("decay"), s.broadcast("step"), s.broadcast("bias"), s.broadcast("eps"),
	}
	s.vectors("vectors", param("n"), []GPVirtual{w, grad, m, v}, func(k mask, at []Mem) {
		if !s.wide { // else weightGrad has fetched them
			for _, stream := range []Mem{at[0], at[2], at[3]} {
				PREFETCHT0(stream.Offset(adamAhead))
			}
		}
		g := s.vec()
		k.load(at[1], g)
		a.update(at[0], g, at[2], at[3], k)
	})
	leave()
}
