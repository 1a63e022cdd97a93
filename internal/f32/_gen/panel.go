package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// panelRows is the number of rows of a full tile.
const panelRows = 6

// panelTile is the state of a panel kernel: strides in bytes.
type panelTile struct {
	isa
	cols       int // vectors in a row
	y, w, x    GPVirtual
	ld, rs, ks GPVirtual
	fetch      GPVirtual
}

// panelWidths are the widths of panel kernels in vectors, as the registers allow.
func (s isa) panelWidths() []int {
	if s.wide {
		return []int{1, 2, 3, 4}
	}
	return []int{2}
}

// panel generates the kernel of Forward and InputGrad for panels cols vectors
// wide, in tiles of up to 6 rows: each element is one chain of fused
// multiply-adds over k, so a tile's shape cannot change its bits. The weights'
// two strides make W and Wᵀ one kernel.
func (s isa) panel(cols int) {
	name := fmt.Sprintf("panel%d%s", cols*s.lanes, s.suffix)
	TEXT(name, NOSPLIT, "func(y, w, x *float32, rows, k, ld, rs, ks, add, ahead, fetch int)")
	Pragma("noescape")
	Doc(name+fmt.Sprintf(" computes, for r < rows, b < %d and k ≥ 1,", cols*s.lanes),
		"",
		"\ty[r*ld+b] = (add ≠ 0 ? y[r*ld+b] : 0) + Σ_i w[r*rs+i*ks] · x[i*ld+b],  i < k",
		"",
		"and for each tile of rows, which begins at w[t], has w[t+ahead+i*fetch] fetched.")
	leave := flushDenormals()
	t := panelTile{isa: s, cols: cols}
	t.y, t.w, t.x = param("y"), param("w"), param("x")
	t.ld, t.rs, t.ks = param("ld"), param("rs"), param("ks")
	t.fetch = param("fetch")
	for _, stride := range []GPVirtual{t.ld, t.rs, t.ks, t.fetch} {
		SHLQ(Imm(2), stride)
	}
	rows := param("rows")

	Label("full")
	CMPQ(rows, Imm(panelRows))
	JLT(LabelRef("rest"))
	t.compute(panelRows)
	step := GP64()
	LEAQ(Mem{Base: t.rs, Index: t.rs, Scale: 2}, step)
	LEAQ(Mem{Base: t.w, Index: step, Scale: 2}, t.w)
	LEAQ(Mem{Base: t.ld, Index: t.ld, Scale: 2}, step)
	LEAQ(Mem{Base: t.y, Index: step, Scale: 2}, t.y)
	SUBQ(Imm(panelRows), rows)
	JMP(LabelRef("full"))

	Label("rest")
	for r := panelRows - 1; r >= 1; r-- {
		CMPQ(rows, Imm(uint64(r)))
		JEQ(LabelRef(fmt.Sprintf("rows%d", r)))
	}
	JMP(LabelRef("done"))
	for r := panelRows - 1; r >= 1; r-- {
		Label(fmt.Sprintf("rows%d", r))
		t.compute(r)
		JMP(LabelRef("done"))
	}
	Label("done")
	leave()
}

// compute generates one tile of the given number of rows at t.y and t.w.
func (t panelTile) compute(rows int) {
	label := func(what string) string { return fmt.Sprintf("%s%d", what, rows) }
	acc := make([][]VecVirtual, rows)
	for r := range acc {
		acc[r] = t.vecs(t.cols)
	}
	add := param("add")
	TESTQ(add, add)
	JEQ(LabelRef(label("zero")))
	t.eachRow(t.y, t.ld, rows, func(r int, m Mem) {
		for c, a := range acc[r] {
			VMOVUPS(m.Offset(c*t.bytes()), a)
		}
	})
	JMP(LabelRef(label("start")))
	Label(label("zero"))
	for r := range acc {
		for _, a := range acc[r] {
			t.zero(a)
		}
	}
	Label(label("start"))
	x, w, ahead, k := GP64(), GP64(), param("ahead"), param("k")
	MOVQ(t.x, x)
	MOVQ(t.w, w)
	LEAQ(Mem{Base: t.w, Index: ahead, Scale: 4}, ahead)
	w3 := w
	if rows > 3 {
		w3 = GP64()
		LEAQ(Mem{Base: t.w, Index: t.rs, Scale: 2}, w3)
		ADDQ(t.rs, w3)
	}
	loop(label("k"))
	xs := t.vecs(t.cols)
	for c, v := range xs {
		VMOVUPS(Mem{Base: x, Disp: c * t.bytes()}, v)
	}
	PREFETCHT0(Mem{Base: ahead})
	for r := range acc {
		base := w
		if r >= 3 {
			base = w3
		}
		b := t.vec()
		VBROADCASTSS(strided(base, t.rs, r%3), b)
		for c, a := range acc[r] {
			VFMADD231PS(xs[c], b, a)
		}
	}
	ADDQ(t.ld, x)
	ADDQ(t.ks, w)
	ADDQ(t.fetch, ahead)
	if rows > 3 {
		ADDQ(t.ks, w3)
	}
	DECQ(k)
	JNE(LabelRef(label("k")))
	t.eachRow(t.y, t.ld, rows, func(r int, m Mem) {
		for c, a := range acc[r] {
			VMOVUPS(a, m.Offset(c*t.bytes()))
		}
	})
}

// eachRow calls f with the address of each row from base on.
func (s isa) eachRow(base, stride Register, rows int, f func(r int, m Mem)) {
	for r := range rows {
		if r > 0 && r%3 == 0 {
			next := GP64()
			LEAQ(Mem{Base: base, Index: stride, Scale: 2}, next)
			ADDQ(stride, next)
			base = next
		}
		f(r, strided(base, stride, r%3))
	}
}

// strided returns the address base + i·stride, i < 3.
func strided(base, stride Register, i int) Mem {
	if i == 0 {
		return Mem{Base: base}
	}
	return Mem{Base: base, Index: stride, Scale: uint8(i)}
}
