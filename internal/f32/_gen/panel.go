package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// panelTile is the state of a panel kernel. Strides are in bytes.
type panelTile struct {
	isa
	cols       int // vectors per row
	y, w, x    GPVirtual
	ld, rs, ks GPVirtual
}

// panelWidths returns the widths of panel kernels in vectors that the registers allow.
func (s isa) panelWidths() []int {
	if s.wide {
		return []int{1, 2, 3, 4}
	}
	return []int{2}
}

// panelHeights are the heights of tiles; rows are cut into the tallest that fit.
var panelHeights = []int{6, 2, 1}

// panel generates the kernel of products for panels cols vectors wide, in tiles that
// stay in registers over all of k. Each element is one chain of fused multiply-adds,
// so a tile's shape cannot change its bits. Two strides for the weights let one
// kernel serve both W and Wᵀ.
func (s isa) panel(cols int) {
	name := fmt.Sprintf("panel%d%s", cols*s.lanes, s.suffix)
	TEXT(name, NOSPLIT, "func(y, w, x *float32, rows, k, ld, rs, ks, run, next, add, ahead, onward int)")
	Pragma("noescape")
	Doc(name+fmt.Sprintf(" computes, for r < rows, b < %d and k ≥ 1,", cols*s.lanes),
		"",
		"\ty[r*ld+b] = (add ≠ 0 ? y[r*ld+b] : 0) + Σ_i w[r*rs + (i/run)*next + (i%run)*ks] · x[i*ld+b],  i < k",
		"",
		"During tile n, whose weights begin at w[t], it prefetches w[t+ahead+n*onward+i*6], i < run.")
	leave := flushDenormals()
	t := panelTile{
		isa: s, cols: cols, y: param("y"), w: param("w"), x: param("x"),
		ld: param("ld"), rs: param("rs"), ks: param("ks"),
	}
	for _, stride := range []GPVirtual{t.ld, t.rs, t.ks} {
		SHLQ(Imm(2), stride)
	}
	rows, ahead := param("rows"), place("ahead")
	for _, height := range panelHeights {
		tile, less := fmt.Sprintf("tile%d", height), fmt.Sprintf("less%d", height)
		Label(tile)
		CMPQ(rows, Imm(uint64(height)))
		JLT(LabelRef(less))
		t.compute(height)
		for range height {
			ADDQ(t.ld, t.y)
			ADDQ(t.rs, t.w)
		}
		onward := param("onward")
		ADDQ(onward, ahead)
		SUBQ(Imm(uint64(height)), rows)
		JMP(LabelRef(tile))
		Label(less)
	}
	leave()
}

// compute generates one tile of height rows at t.y and t.w.
func (t panelTile) compute(height int) {
	label := func(what string) string { return fmt.Sprintf("%s%d", what, height) }
	acc := t.begin(height, label)
	x, first, k := GP64(), GP64(), param("k")
	MOVQ(t.x, x)
	MOVQ(t.w, first)
	Label(label("run"))
	n, ahead := param("run"), param("ahead")
	w := everyThird(first, t.rs, height)
	LEAQ(Mem{Base: first, Index: ahead, Scale: 4}, ahead)
	CMPQ(k, n)
	CMOVQLT(k, n)
	SUBQ(n, k)
	yAhead := GP64() // the next tile of y, which is prefetched too if k is long
	LEAQ(Mem{Base: t.y, Index: t.ld, Scale: 4}, yAhead)
	LEAQ(Mem{Base: yAhead, Index: t.ld, Scale: 2}, yAhead)
	addRow := func() {
		t.addOuter(acc, Mem{Base: x}, func(r int) Mem { return strided(w[r/3], t.rs, r%3) })
		ADDQ(t.ld, x)
		for _, w := range w {
			ADDQ(t.ks, w)
		}
	}
	SUBQ(Imm(2), n)
	JLT(LabelRef(label("one")))
	loop(label("two"))
	addRow()
	PREFETCHT1(Mem{Base: ahead})
	PREFETCHT0(Mem{Base: yAhead})
	ADDQ(Imm(uint64(2*4*panelHeights[0])), ahead)
	ADDQ(Imm(64), yAhead)
	addRow()
	SUBQ(Imm(2), n)
	JGE(LabelRef(label("two")))
	Label(label("one"))
	ADDQ(Imm(2), n)
	JE(LabelRef(label("ran")))
	addRow()
	Label(label("ran"))
	next := param("next")
	LEAQ(Mem{Base: first, Index: next, Scale: 4}, first)
	TESTQ(k, k)
	JNE(LabelRef(label("run")))
	t.eachRow(t.y, t.ld, height, func(r int, m Mem) {
		for c, a := range acc[r] {
			VMOVUPS(a, m.Offset(c*t.bytes()))
		}
	})
}

// begin generates the start of a tile, from zero or from what y holds.
func (t panelTile) begin(height int, label func(string) string) (acc [][]VecVirtual) {
	for range height {
		acc = append(acc, t.vecs(t.cols))
	}
	add := param("add")
	TESTQ(add, add)
	JEQ(LabelRef(label("zero")))
	t.eachRow(t.y, t.ld, height, func(r int, m Mem) {
		for c, a := range acc[r] {
			VMOVUPS(m.Offset(c*t.bytes()), a)
		}
	})
	JMP(LabelRef(label("start")))
	Label(label("zero"))
	for _, row := range acc {
		for _, a := range row {
			t.zero(a)
		}
	}
	Label(label("start"))
	return acc
}

// addOuter adds to acc the outer product of a column of weights and the row of
// vectors at x.
func (s isa) addOuter(acc [][]VecVirtual, x Mem, weight func(r int) Mem) {
	xs := s.vecs(len(acc[0]))
	for c, v := range xs {
		VMOVUPS(x.Offset(c*s.bytes()), v)
	}
	for r, row := range acc {
		w := s.vec()
		VBROADCASTSS(weight(r), w)
		for c, a := range row {
			VFMADD231PS(xs[c], w, a)
		}
	}
}

// everyThird returns the addresses of every third row, beginning with first. strided
// gives the rows between them.
func everyThird(first Op, stride Register, rows int) []GPVirtual {
	at := []GPVirtual{GP64()}
	MOVQ(first, at[0])
	for r := 3; r < rows; r += 3 {
		next := GP64()
		LEAQ(Mem{Base: at[0], Index: stride, Scale: 2}, next)
		ADDQ(stride, next)
		at = append(at, next)
	}
	return at
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
