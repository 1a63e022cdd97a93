package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// stripVectors is the width of a weight gradient tile in vectors.
const stripVectors = 2

// gradTile is the state of a weight gradient kernel: strides in bytes.
type gradTile struct {
	isa
	dw, dy GPVirtual // at the tile's first row
	in, ld GPVirtual
}

// tileRows are the heights of the tiles that rows are cut into.
func (s isa) tileRows() []int {
	if s.wide {
		return []int{12, 4, 1}
	}
	return []int{6, 2, 1}
}

// stripColumns is the number of columns in a strip.
func (s isa) stripColumns() int { return stripVectors * s.lanes }

// weightGrad generates the kernel of WeightGrad for one strip of columns.
func (s isa) weightGrad() {
	name := "weightGrad" + s.suffix
	TEXT(name, NOSPLIT, "func(dw, dy, strip *float32, rows, batch, ld, in, n0, n1, add int)")
	Pragma("noescape")
	Doc(name+fmt.Sprintf(" computes, for o < rows and i < n0+n1 (n0 of the first %d columns, n1 of the rest),", s.lanes),
		"",
		fmt.Sprintf("\tdw[o*in+i] = (add ≠ 0 ? dw[o*in+i] : 0) + Σ_b dy[o*ld+b] · strip[b*%d+i],  b < batch", s.stripColumns()))
	t := gradTile{isa: s, dw: param("dw"), dy: param("dy"), in: param("in"), ld: param("ld")}
	SHLQ(Imm(2), t.in)
	SHLQ(Imm(2), t.ld)
	rows := param("rows")
	for _, height := range s.tileRows() {
		label := func(what string) string { return fmt.Sprintf("%s%d", what, height) }
		Label(label("rows"))
		CMPQ(rows, Imm(uint64(height)))
		JLT(LabelRef(label("less")))
		t.compute(height)
		SUBQ(Imm(uint64(height)), rows)
		JMP(LabelRef(label("rows")))
		Label(label("less"))
	}
	VZEROUPPER()
	RET()
}

// compute generates one tile of the given number of rows, and moves on past it.
func (t gradTile) compute(height int) {
	label := func(what string) string { return fmt.Sprintf("%s%d", what, height) }
	acc := make([][]VecVirtual, height)
	for r := range acc {
		acc[r] = t.vecs(stripVectors)
		for _, a := range acc[r] {
			t.zero(a)
		}
	}
	t.accumulate(label("batch"), acc)

	masks := []mask{t.firstLanes(param("n0")), t.firstLanes(param("n1"))}
	add := param("add")
	TESTQ(add, add)
	JEQ(LabelRef(label("store")))
	t.eachRow(t.dw, t.in, height, func(r int, m Mem) {
		for c, a := range acc[r] {
			old := t.vec()
			masks[c].load(m.Offset(c*t.bytes()), old)
			VADDPS(old, a, a)
		}
	})
	Label(label("store"))
	t.eachRow(t.dw, t.in, height, func(r int, m Mem) {
		for c, a := range acc[r] {
			masks[c].store(a, m.Offset(c*t.bytes()))
		}
	})
	for range height {
		ADDQ(t.in, t.dw)
		ADDQ(t.ld, t.dy)
	}
}

// accumulate generates the loop over the batch, which adds the outer product of
// a column of dy and a row of the strip to acc.
func (t gradTile) accumulate(label string, acc [][]VecVirtual) {
	var columns []GPVirtual // the column's element in every third row
	t.eachRow(t.dy, t.ld, len(acc), func(r int, m Mem) {
		if r%3 == 0 {
			column := GP64()
			MOVQ(m.Base, column)
			columns = append(columns, column)
		}
	})
	x, batch := param("strip"), param("batch")
	loop(label)
	xs := t.vecs(stripVectors)
	for c, v := range xs {
		VMOVUPS(Mem{Base: x, Disp: c * t.bytes()}, v)
	}
	for r := range acc {
		g := t.vec()
		VBROADCASTSS(strided(columns[r/3], t.ld, r%3), g)
		for c, a := range acc[r] {
			VFMADD231PS(xs[c], g, a)
		}
	}
	ADDQ(Imm(uint64(4*t.stripColumns())), x)
	for _, column := range columns {
		ADDQ(Imm(4), column)
	}
	DECQ(batch)
	JNE(LabelRef(label))
}

// packStrip generates the kernel that copies a strip of the transposed input.
func (s isa) packStrip() {
	name := "packStrip" + s.suffix
	TEXT(name, NOSPLIT, "func(strip, xt *float32, batch, in, n0, n1 int)")
	Pragma("noescape")
	Doc(name+" copies the first n0+n1 columns of batch rows of xt, which are in apart, and sets the others to zero:",
		"",
		fmt.Sprintf("\tstrip[b*%d+i] = i < n0+n1 ? xt[b*in+i] : 0", s.stripColumns()))
	strip, xt, batch, in := param("strip"), param("xt"), param("batch"), param("in")
	SHLQ(Imm(2), in)
	masks := []mask{s.firstLanes(param("n0")), s.firstLanes(param("n1"))}
	loop("row")
	for c, k := range masks {
		v := s.vec()
		k.load(Mem{Base: xt, Disp: c * s.bytes()}, v)
		VMOVUPS(v, Mem{Base: strip, Disp: c * s.bytes()})
	}
	ADDQ(in, xt)
	ADDQ(Imm(uint64(4*s.stripColumns())), strip)
	DECQ(batch)
	JNE(LabelRef("row"))
	VZEROUPPER()
	RET()
}
