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
	dy, ld, in GPVirtual
	done       GPVirtual // offset in out of the next row to finish
	height     GPVirtual // rows in tile
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
	TEXT(name, NOSPLIT, "func(dw, dy, strip, tile *float32, rows, batch, ld, in, n0, n1, add int)")
	Pragma("noescape")
	Doc(name+fmt.Sprintf(" computes, for o < rows and i < n0+n1 (n0 of the first %d columns, n1 of the rest),", s.lanes),
		"",
		fmt.Sprintf("\tdw[o*in+i] = (add ≠ 0 ? dw[o*in+i] : 0) + Σ_b dy[o*ld+b] · strip[b*%d+i],  b < batch", s.stripColumns()))
	t := gradTile{isa: s}
	t.generate(func() {
		masks := []mask{s.firstLanes(param("n0")), s.firstLanes(param("n1"))}
		add := param("add")
		t.eachTileRow(func(at Mem, sums []Mem) {
			g := s.vecs(stripVectors)
			for c := range g {
				VMOVUPS(sums[c], g[c])
			}
			TESTQ(add, add)
			JEQ(LabelRef("store"))
			for c := range g {
				old := s.vec()
				masks[c].load(at.Offset(c*s.bytes()), old)
				VADDPS(old, g[c], g[c])
			}
			Label("store")
			for c := range g {
				masks[c].store(g[c], at.Offset(c*s.bytes()))
			}
		})
	})
}

// generate writes the loop over tiles; finish is to empty the tile.
func (t *gradTile) generate(finish func()) {
	t.dy, t.ld, t.in, t.done = param("dy"), param("ld"), param("in"), GP64()
	XORQ(t.done, t.done)
	SHLQ(Imm(2), t.ld)
	SHLQ(Imm(2), t.in)
	t.height = GP64()
	rows := param("rows")
	Label("next")
	for _, height := range t.tileRows() {
		Label(fmt.Sprintf("rows%d", height))
		CMPQ(rows, Imm(uint64(height)))
		JLT(LabelRef(fmt.Sprintf("less%d", height)))
		SUBQ(Imm(uint64(height)), rows)
		t.sums(height)
		MOVQ(U64(uint64(height)), t.height)
		JMP(LabelRef("finish"))
		Label(fmt.Sprintf("less%d", height))
	}
	VZEROUPPER()
	RET()
	Label("finish")
	finish()
	JMP(LabelRef("next"))
}

// sums generates one tile's outer products, leaves them in tile and moves
// t.dy past their rows.
func (t *gradTile) sums(height int) {
	label := func(what string) string { return fmt.Sprintf("%s%d", what, height) }
	acc := make([][]VecVirtual, height)
	for r := range acc {
		acc[r] = t.vecs(stripVectors)
		for _, a := range acc[r] {
			t.zero(a)
		}
	}
	bases := make([]GPVirtual, (height+2)/3)
	bases[0] = t.dy
	step := GP64()
	LEAQ(Mem{Base: t.ld, Index: t.ld, Scale: 2}, step)
	for i := range bases[1:] {
		bases[i+1] = GP64()
		LEAQ(Mem{Base: bases[i], Index: step, Scale: 1}, bases[i+1])
	}
	x, b := param("strip"), param("batch")
	loop(label("batch"))
	xs := t.vecs(stripVectors)
	for c, v := range xs {
		VMOVUPS(Mem{Base: x, Disp: c * t.bytes()}, v)
	}
	for r := range acc {
		g := t.vec()
		VBROADCASTSS(strided(bases[r/3], t.ld, r%3), g)
		for c, a := range acc[r] {
			VFMADD231PS(xs[c], g, a)
		}
	}
	ADDQ(Imm(uint64(4*t.stripColumns())), x)
	for _, base := range bases {
		ADDQ(Imm(4), base)
	}
	DECQ(b)
	JNE(LabelRef(label("batch")))
	tile := Mem{Base: param("tile")}
	for r := range acc {
		for c, a := range acc[r] {
			VMOVUPS(a, tile.Offset((r*stripVectors+c)*t.bytes()))
		}
	}
	// The first base has walked along its row: go back, and down.
	b = param("batch")
	SHLQ(Imm(2), b)
	SUBQ(b, t.dy)
	for range height {
		ADDQ(t.ld, t.dy)
	}
}

// eachTileRow writes the loop over the rows of tile. body gets the row's
// address in each of t.out, and its vectors' addresses in tile.
func (t *gradTile) eachTileRow(body func(at Mem, sums []Mem)) {
	sum := param("tile")
	base := param("dw")
	loop("row")
	at := Mem{Base: base, Index: t.done, Scale: 1}
	sums := make([]Mem, stripVectors)
	for c := range sums {
		sums[c] = Mem{Base: sum, Disp: c * t.bytes()}
	}
	body(at, sums)
	ADDQ(t.in, t.done)
	ADDQ(Imm(uint64(stripVectors*t.bytes())), sum)
	DECQ(t.height)
	JNE(LabelRef("row"))
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
