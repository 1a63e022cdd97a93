package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// isa describes an instruction set. Each kernel is written once, in terms of vectors of
// lanes floats.
type isa struct {
	suffix string // of the kernels' names
	lanes  int    // floats per vector
	wide   bool   // AVX-512: zmm and mask registers
}

var (
	avx2   = isa{suffix: "AVX2", lanes: 8}
	avx512 = isa{suffix: "AVX512", lanes: 16, wide: true}
)

// bytes is the size of a vector.
func (s isa) bytes() int { return 4 * s.lanes }

func (s isa) vec() VecVirtual {
	if s.wide {
		return ZMM()
	}
	return YMM()
}

func (s isa) vecs(n int) []VecVirtual {
	v := make([]VecVirtual, n)
	for i := range v {
		v[i] = s.vec()
	}
	return v
}

func (s isa) zero(v VecVirtual) { VXORPS(v, v, v) }

// param returns a general register loaded with the parameter called name.
func param(name string) GPVirtual { return Load(Param(name), GP64()).(GPVirtual) }

// broadcast returns a vector of the float32 parameter called name.
func (s isa) broadcast(name string) VecVirtual {
	v := s.vec()
	VBROADCASTSS(place(name), v)
	return v
}

// place returns the address of the parameter called name.
func place(name string) Mem {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

// sum adds up v's lanes into the low lane of an XMM register.
func (s isa) sum(v VecVirtual) VecVirtual {
	if s.wide {
		half := YMM()
		VEXTRACTF64X4(Imm(1), v, half)
		VADDPS(v.AsY(), half, half)
		v = half
	}
	x, high := XMM(), XMM()
	VEXTRACTF128(Imm(1), v.AsY(), x)
	VADDPS(v.AsX(), x, x)
	VMOVHLPS(x, x, high)
	VADDPS(high, x, x)
	VMOVSHDUP(x, high)
	VADDSS(high, x, x)
	return x
}

// scaleWhereNotPositive multiplies v by factor where x ≤ 0.
func (s isa) scaleWhereNotPositive(v, x, zero, factor VecVirtual) {
	const lessOrEqual = 18 // LE_OQ: false for NaN
	if s.wide {
		k := K()
		VCMPPS(Imm(lessOrEqual), zero, x, k)
		VMULPS(factor, v, k, v)
		return
	}
	scaled, where := s.vec(), s.vec()
	VCMPPS(Imm(lessOrEqual), zero, x, where)
	VMULPS(factor, v, scaled)
	VBLENDVPS(where, scaled, v, v)
}

// leaky applies the leaky ReLU to v. NaN stays NaN: if a source is NaN, MAXPS and MINPS
// return the second source, which is written first here.
func (s isa) leaky(v, zero, slope VecVirtual) {
	negative := s.vec()
	VMINPS(v, zero, negative)
	VMAXPS(v, zero, v)
	VFMADD231PS(negative, slope, v)
}

// vectors writes the loop over n elements at each of the bases. body handles one
// masked vector of each. The bases and n are overwritten. Labels begin with name.
func (s isa) vectors(name string, n GPVirtual, bases []GPVirtual, body func(k mask, at []Mem)) {
	at := make([]Mem, len(bases))
	for i, base := range bases {
		at[i] = Mem{Base: base}
	}
	SUBQ(Imm(uint64(s.lanes)), n)
	JLT(LabelRef(name + "Tail"))
	loop(name)
	body(mask{isa: s}, at)
	for _, base := range bases {
		ADDQ(Imm(uint64(s.bytes())), base)
	}
	SUBQ(Imm(uint64(s.lanes)), n)
	JGE(LabelRef(name))
	Label(name + "Tail")
	ADDQ(Imm(uint64(s.lanes)), n)
	JEQ(LabelRef(name + "Done"))
	body(s.firstLanes(n), at)
	Label(name + "Done")
}

// loop starts a hot loop at a cache line. Otherwise a jump may cross a 32-byte
// boundary; some processors then decode it again each time and are a third slower.
func loop(label string) {
	Instruction(&ir.Instruction{Opcode: "PCALIGN", Operands: []Op{Imm(64)}})
	Label(label)
}
