package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// product64Widths returns the widths of the kernels of Product64, in vectors.
func (s isa) product64Widths() []int {
	if s.wide {
		return []int{1, 2, 4}
	}
	return []int{2}
}

// product64 generates the kernel of Product64 for panels cols vectors wide. As in panel,
// tiles stay in registers over all of k, and each element is one chain of fused
// multiply-adds.
func (s isa) product64(cols int) {
	width := cols * s.lanes / 2
	name := fmt.Sprintf("product64x%d%s", width, s.suffix)
	TEXT(name, NOSPLIT, "func(y, w, x *float64, rows, k, ld, rs, ks, add int)")
	Pragma("noescape")
	Doc(name+fmt.Sprintf(" computes, for r < rows, b < %d and k ≥ 1,", width),
		"",
		"\ty[r*ld+b] = (add ≠ 0 ? y[r*ld+b] : 0) + Σ_i w[r*rs+i*ks] · x[i*ld+b],  i < k")
	t := panelTile{
		isa: s, cols: cols, y: param("y"), w: param("w"), x: param("x"),
		ld: param("ld"), rs: param("rs"), ks: param("ks"),
	}
	for _, stride := range []Op{t.ld, t.rs, t.ks} {
		SHLQ(Imm(3), stride)
	}
	rows := param("rows")
	for _, height := range panelHeights {
		tile, less := fmt.Sprintf("tile%d", height), fmt.Sprintf("less%d", height)
		Label(tile)
		CMPQ(rows, Imm(uint64(height)))
		JLT(LabelRef(less))
		t.compute64(height)
		for range height {
			ADDQ(t.ld, t.y)
			ADDQ(t.rs, t.w)
		}
		SUBQ(Imm(uint64(height)), rows)
		JMP(LabelRef(tile))
		Label(less)
	}
	VZEROUPPER()
	RET()
}

// compute64 generates one tile of height rows of doubles at t.y and t.w.
func (t panelTile) compute64(height int) {
	label := func(what string) string { return fmt.Sprintf("%s%d", what, height) }
	acc := t.begin(height, label)
	x, k := GP64(), param("k")
	MOVQ(t.x, x)
	w := everyThird(t.w, t.rs, height)
	loop(label("term"))
	xs := t.vecs(t.cols)
	for c, v := range xs {
		VMOVUPD(Mem{Base: x}.Offset(c*t.bytes()), v)
	}
	for r, row := range acc {
		weight := t.vec()
		VBROADCASTSD(strided(w[r/3], t.rs, r%3), weight)
		for c, a := range row {
			VFMADD231PD(xs[c], weight, a)
		}
	}
	ADDQ(t.ld, x)
	for _, w := range w {
		ADDQ(t.ks, w)
	}
	DECQ(k)
	JNE(LabelRef(label("term")))
	t.eachRow(t.y, t.ld, height, func(r int, m Mem) {
		for c, a := range acc[r] {
			VMOVUPD(a, m.Offset(c*t.bytes()))
		}
	})
}
