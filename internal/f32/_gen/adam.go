package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// adamStep reads the constants of one step of Adam, in the order of
// AdamStep.constants: from memory each time with AVX-512, which has no vectors to
// spare where a product runs beside Adam, else from vectors.
type adamStep struct {
	isa
	at      GPVirtual
	vectors []VecVirtual
}

// The order of the constants.
const (
	beta1 = iota
	rest1
	beta2
	rest2
	decay
	step
	bias
	eps
	adamConstants
)

// adamStep returns the reader of the constants at the given address.
func (s isa) adamStep(at GPVirtual) adamStep {
	a := adamStep{isa: s, at: at}
	if s.wide {
		return a
	}
	for i := range adamConstants {
		v := s.vec()
		VBROADCASTSS(a.mem(i), v)
		a.vectors = append(a.vectors, v)
	}
	return a
}

func (a adamStep) mem(constant int) Mem { return Mem{Base: a.at, Disp: 4 * constant} }

// mul sets dst = constant·v.
func (a adamStep) mul(constant int, v, dst VecVirtual) {
	if a.wide {
		VMULPS_BCST(a.mem(constant), v, dst)
	} else {
		VMULPS(a.vectors[constant], v, dst)
	}
}

// add sets dst += constant·v.
func (a adamStep) add(constant int, v, dst VecVirtual) {
	if a.wide {
		VFMADD231PS_BCST(a.mem(constant), v, dst)
	} else {
		VFMADD231PS(a.vectors[constant], v, dst)
	}
}

// scale sets v = v·factor + summand, both constants.
func (a adamStep) scale(v VecVirtual, factor, summand int) {
	if a.wide {
		f := a.vec()
		VBROADCASTSS(a.mem(factor), f)
		VFMADD213PS_BCST(a.mem(summand), f, v)
	} else {
		VFMADD213PS(a.vectors[summand], a.vectors[factor], v)
	}
}

// moments generates the step of the moments m and v of weights w; their gradient g
// is overwritten.
func (a adamStep) moments(w, g, m, v VecVirtual) {
	rest := a.vec()
	a.add(decay, w, g) // g += wd·w
	a.mul(beta1, m, m)
	a.add(rest1, g, m) // m = β1·m + (1−β1)·g
	a.mul(beta2, v, v)
	a.mul(rest2, g, rest)
	VFMADD231PS(g, rest, v) // v = β2·v + (1−β2)·g²
}

// change sets m to what the weights lose; root, which is √v, is overwritten.
func (a adamStep) change(root, m VecVirtual) {
	a.scale(root, bias, eps)
	a.mul(step, m, m)
	VDIVPS(root, m, m)
}

// adamAhead is how many bytes ahead adam fetches: the weights and moments of a
// network do not fit the caches, and the processor's own fetching falls behind.
const adamAhead = 512

// adam generates the kernel of Adam.
func (s isa) adam() {
	name := "adam" + s.suffix
	TEXT(name, NOSPLIT, "func(w, grad, m, v *float32, n int, constants *float32)")
	Pragma("noescape")
	Doc(name+" computes, for i < n, with AdamStep.constants,",
		"",
		"\tg = grad[i] + decay·w[i];  m[i] = beta1·m[i] + rest1·g;  v[i] = beta2·v[i] + rest2·g²",
		"\tw[i] -= step · m[i] / (√v[i]·bias + eps)")
	leave := flushDenormals()
	w, grad, m, v := param("w"), param("grad"), param("m"), param("v")
	a := s.adamStep(param("constants"))
	s.vectors("vectors", param("n"), []GPVirtual{w, grad, m, v}, func(k mask, at []Mem) {
		for _, stream := range []Mem{at[0], at[2], at[3]} {
			PREFETCHT0(stream.Offset(adamAhead))
		}
		w, g, m, v := s.vec(), s.vec(), s.vec(), s.vec()
		for i, x := range []VecVirtual{w, g, m, v} {
			k.load(at[i], x)
		}
		a.moments(w, g, m, v)
		k.store(m, at[2])
		k.store(v, at[3])
		VSQRTPS(v, v)
		a.change(v, m)
		VSUBPS(m, w, w)
		k.store(w, at[0])
	})
	leave()
}
