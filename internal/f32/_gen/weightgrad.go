package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// gradTile is the state of a weight gradient kernel: strides in bytes.
type gradTile struct {
	isa
	dw, dy GPVirtual // at the tile's first row
	in, ld GPVirtual

	// What to fetch next of the caller's w, m and v: ahead in w, and how far
	// m and v are from there.
	ahead, toM, toV GPVirtual
}

// tileRows are the heights of the tiles that rows are cut into.
var tileRows = []int{6, 2, 1}

// stripVectors is the width of the tiles in vectors: with 6 rows it leaves
// registers for a row of the strip, and takes the fewest loads.
func (s isa) stripVectors() int {
	if s.wide {
		return 4
	}
	return 2
}

// stripColumns is the number of columns in a strip.
func (s isa) stripColumns() int { return s.stripVectors() * s.lanes }

// stripMasks returns the masks of a strip's vectors, given how many of its
// columns there are.
func (s isa) stripMasks(columns Register) []mask {
	masks := make([]mask, s.stripVectors())
	none, all := GP64(), GP64()
	XORQ(none, none)
	MOVQ(U32(s.lanes), all)
	for c := range masks {
		n := GP64()
		MOVQ(columns, n)
		SUBQ(Imm(uint64(c*s.lanes)), n)
		CMOVQLT(none, n)
		CMPQ(n, all)
		CMOVQGT(all, n)
		masks[c] = s.firstLanes(n)
	}
	return masks
}

// weightGrad generates the kernel of WeightGrad for one strip of columns.
func (s isa) weightGrad() {
	name := "weightGrad" + s.suffix
	TEXT(name, NOSPLIT, "func(dw, dy, strip *float32, rows, batch, ld, in, columns, add int, w, m, v *float32)")
	Pragma("noescape")
	Doc(name+fmt.Sprintf(" computes, for o < rows and i < columns ≤ %d,", s.stripColumns()),
		"",
		fmt.Sprintf("\tdw[o*in+i] = (add ≠ 0 ? dw[o*in+i] : 0) + Σ_b dy[o*ld+b] · strip[b*%d+i],  b < batch", s.stripColumns()))
	leave := flushDenormals()
	t := gradTile{isa: s, dw: param("dw"), dy: param("dy"), in: param("in"), ld: param("ld")}
	SHLQ(Imm(2), t.in)
	SHLQ(Imm(2), t.ld)
	if s.wide {
		t.ahead, t.toM, t.toV = param("w"), param("m"), param("v")
		SUBQ(t.ahead, t.toM)
		SUBQ(t.ahead, t.toV)
	}
	rows := param("rows")
	for _, height := range tileRows {
		label := func(what string) string { return fmt.Sprintf("%s%d", what, height) }
		Label(label("rows"))
		CMPQ(rows, Imm(uint64(height)))
		JLT(LabelRef(label("less")))
		t.compute(height)
		SUBQ(Imm(uint64(height)), rows)
		JMP(LabelRef(label("rows")))
		Label(label("less"))
	}
	leave()
}

// compute generates one tile of the given number of rows, and moves on past it.
func (t gradTile) compute(height int) {
	label := func(what string) string { return fmt.Sprintf("%s%d", what, height) }
	acc := make([][]VecVirtual, height)
	for r := range acc {
		acc[r] = t.vecs(t.stripVectors())
		for _, a := range acc[r] {
			t.zero(a)
		}
	}
	t.accumulate(label("batch"), acc)

	masks := t.stripMasks(param("columns"))
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
	column := func(b int) {
		xs := t.vecs(t.stripVectors())
		for c, v := range xs {
			VMOVUPS(Mem{Base: x, Disp: b*4*t.stripColumns() + c*t.bytes()}, v)
		}
		for r := range acc {
			g := t.vec()
			VBROADCASTSS(strided(columns[r/3], t.ld, r%3).Offset(4*b), g)
			for c, a := range acc[r] {
				VFMADD231PS(xs[c], g, a)
			}
		}
	}
	advance := func(n int) {
		ADDQ(U32(4*n*t.stripColumns()), x)
		for _, column := range columns {
			ADDQ(Imm(uint64(4*n)), column)
		}
	}
	SUBQ(Imm(2), batch)
	JLT(LabelRef(label + "One"))
	loop(label)
	t.fetch()
	column(0)
	column(1)
	advance(2)
	SUBQ(Imm(2), batch)
	JGE(LabelRef(label))
	Label(label + "One")
	ADDQ(Imm(2), batch)
	JEQ(LabelRef(label + "Done"))
	column(0)
	Label(label + "Done")
}

// fetch generates the fetching ahead of w, m and v, at every second column. A
// tile takes as many bytes of each over a batch of 64.
func (t gradTile) fetch() {
	if !t.wide {
		return // the loop of AVX2 has no instruction to spare
	}
	PREFETCHT1(Mem{Base: t.ahead})
	PREFETCHT1(Mem{Base: t.ahead, Index: t.toM, Scale: 1})
	PREFETCHT1(Mem{Base: t.ahead, Index: t.toV, Scale: 1})
	ADDQ(Imm(48), t.ahead)
}
