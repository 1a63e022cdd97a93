package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// adamConstants names a kernel's parameters for the constants of a step of Adam.
const adamConstants = "beta1, rest1, beta2, rest2, decay, step, bias, eps float32"

// adamStep reads the constants of a step. With AVX2 they are in vectors. With AVX-512
// they are read from memory each time, because a product that runs beside Adam needs the
// vectors.
type adamStep struct {
	isa
	at      map[string]Mem
	vectors map[string]VecVirtual
}

// adamStep makes the kernel's constants readable.
func (s isa) adamStep() adamStep {
	a := adamStep{s, map[string]Mem{}, map[string]VecVirtual{}}
	for _, name := range strings.Split(strings.TrimSuffix(adamConstants, " float32"), ", ") {
		if !s.wide {
			a.vectors[name] = s.broadcast(name)
			continue
		}
		// The constant is copied because go vet thinks that a parameter is too short for
		// an instruction that broadcasts it.
		value := GP32()
		MOVL(place(name), value)
		a.at[name] = AllocLocal(8)
		MOVL(value, a.at[name])
	}
	return a
}

// mul sets dst = constant·v.
func (a adamStep) mul(constant string, v, dst VecVirtual) {
	if a.wide {
		VMULPS_BCST(a.at[constant], v, dst)
	} else {
		VMULPS(a.vectors[constant], v, dst)
	}
}

// add sets dst += constant·v.
func (a adamStep) add(constant string, v, dst VecVirtual) {
	if a.wide {
		VFMADD231PS_BCST(a.at[constant], v, dst)
	} else {
		VFMADD231PS(a.vectors[constant], v, dst)
	}
}

// scale sets v = v·factor + summand, both constants.
func (a adamStep) scale(v VecVirtual, factor, summand string) {
	if a.wide {
		f := a.vec()
		VBROADCASTSS(a.at[factor], f)
		VFMADD213PS_BCST(a.at[summand], f, v)
	} else {
		VFMADD213PS(a.vectors[summand], a.vectors[factor], v)
	}
}

// moments updates the moments m and v of weights w by their gradient g, which is
// overwritten.
func (a adamStep) moments(w, g, m, v VecVirtual) {
	rest := a.vec()
	a.add("decay", w, g) // g += wd·w
	a.mul("beta1", m, m)
	a.add("rest1", g, m) // m = β1·m + (1−β1)·g
	a.mul("beta2", v, v)
	a.mul("rest2", g, rest)
	VFMADD231PS(g, rest, v) // v = β2·v + (1−β2)·g²
}

// change sets m to the amount that is subtracted from the weights. root is √v and is
// overwritten.
func (a adamStep) change(root, m VecVirtual) {
	a.scale(root, "bias", "eps")
	a.mul("step", m, m)
	VDIVPS(root, m, m)
}

// adamAhead is how many bytes ahead adam prefetches. The weights and moments of a
// network do not fit the caches, and the processor's own prefetching falls behind.
const adamAhead = 512

// adam generates the kernel of Adam.
func (s isa) adam() {
	name := "adam" + s.suffix
	TEXT(name, NOSPLIT, "func(w, grad, m, v *float32, n int, "+adamConstants+")")
	Pragma("noescape")
	Doc(name+" computes, for i < n,",
		"",
		"\tg = grad[i] + decay·w[i];  m[i] = beta1·m[i] + rest1·g;  v[i] = beta2·v[i] + rest2·g²",
		"\tw[i] -= step · m[i] / (√v[i]·bias + eps)")
	leave := flushDenormals()
	w, grad, m, v := param("w"), param("grad"), param("m"), param("v")
	a := s.adamStep()
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
