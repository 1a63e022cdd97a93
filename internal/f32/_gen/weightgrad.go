package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const (
	stripColumns = 64 // as in strips.go

	// gradRows is the height of a tile of weights. 6 rows of a strip's 4 vectors leave
	// registers for a column of one operand and a row of the other.
	gradRows = 6

	// columnsAtOnce is the number of columns of the batch that are added to a tile while
	// Adam updates one row of the previous tile. A batch of 64 has time for 8 rows.
	columnsAtOnce = 8

	// gradAhead is how many bytes of each array are prefetched ahead of Adam: two tiles.
	gradAhead = 2 * 4 * gradRows * stripColumns
)

// The stages of Adam on a vector. Each leaves its result in the register of the
// gradient, for the next. Multiply-adds are placed between the stages, because square
// roots and divisions are slow, and instructions that wait for them must not fill the
// processor's window.
const (
	adamMoments = iota
	adamRoot
	adamQuotient
	adamWeight
)

// stageFrom is the column of columnsAtOnce before which each stage of a row's first
// vector is placed. The other vectors follow one column apart.
var stageFrom = []int{adamMoments: 0, adamRoot: 1, adamQuotient: 3, adamWeight: 5}

// gradTile is the state of the kernel of WeightGradAdam. While it computes the gradient
// of one tile, Adam updates the rows of the previous tile.
type gradTile struct {
	isa
	adam adamStep
	ld   GPVirtual

	// The rows that wait for Adam: their number and the addresses of their weights and
	// gradient. The moments are toM and toV bytes from the weights.
	waiting, w, grad GPVirtual
	toM, toV         GPVirtual

	// In memory, because registers are scarce: the number of rows left, and the
	// addresses of the tile in dy and in the weights.
	rows, dyAt, wAt Mem
}

// weightGradAdam generates the kernel of WeightGradAdam for rows of one strip.
func (s isa) weightGradAdam() {
	name := "weightGradAdam" + s.suffix
	TEXT(name, NOSPLIT, "func(w, m, v, dy, strip *float32, rows, batch, ld int, buffer *float32, "+adamConstants+")")
	Pragma("noescape")
	Doc(name+fmt.Sprintf(" computes, for o < rows and i < %d,", stripColumns),
		"",
		fmt.Sprintf("\tg = Σ_b dy[o*ld+b] · strip[b*%d+i],  b < batch", stripColumns),
		"",
		fmt.Sprintf("and updates w, m and v at o*%d+i by g, as adam%s does. buffer has %d floats.",
			stripColumns, s.suffix, gradRows*stripColumns))
	leave := flushDenormals()
	t := gradTile{isa: s, ld: param("ld"), toM: param("m"), toV: param("v")}
	SHLQ(Imm(2), t.ld)
	w := param("w")
	SUBQ(w, t.toM)
	SUBQ(w, t.toV)
	t.wAt, t.dyAt, t.rows = inMemory(w), inMemory(param("dy")), inMemory(param("rows"))
	t.adam = s.adamStep()
	t.waiting, t.w, t.grad = GP64(), GP64(), GP64()
	for _, r := range []GPVirtual{t.waiting, t.w, t.grad} {
		XORQ(r, r)
	}
	for _, height := range []int{gradRows, 2, 1} {
		more, less := fmt.Sprintf("rows%d", height), fmt.Sprintf("less%d", height)
		Label(more)
		CMPQ(t.rows, Imm(uint64(height)))
		JLT(LabelRef(less))
		t.compute(height)
		SUBQ(Imm(uint64(height)), t.rows)
		JMP(LabelRef(more))
		Label(less)
	}
	t.finish("last")
	leave()
}

// inMemory returns a place on the stack with r's value.
func inMemory(r Register) Mem {
	m := AllocLocal(8)
	MOVQ(r, m)
	return m
}

// compute generates the gradient of one tile, whose rows then wait for Adam. Between
// its instructions it generates Adam of the previous tile, which waited.
func (t gradTile) compute(height int) {
	label := func(what string) string { return fmt.Sprintf("%s%d", what, height) }
	p := gradColumns{gradTile: t, x: param("strip")}
	for range height {
		p.acc = append(p.acc, t.vecs(stripColumns/t.lanes))
	}
	for _, row := range p.acc {
		for _, a := range row {
			t.zero(a)
		}
	}
	p.dy = everyThird(t.dyAt, t.ld, height)
	columns := param("batch")
	SUBQ(Imm(columnsAtOnce), columns)
	JLT(LabelRef(label("few")))
	TESTQ(t.waiting, t.waiting)
	JE(LabelRef(label("alone")))
	loop(label("both"))
	for b := range columnsAtOnce {
		t.stagesBefore(b)
		p.column(b)
	}
	t.stagesBefore(columnsAtOnce)
	t.nextRow()
	p.advance(columnsAtOnce)
	SUBQ(Imm(columnsAtOnce), columns)
	JLT(LabelRef(label("few")))
	TESTQ(t.waiting, t.waiting)
	JNE(LabelRef(label("both")))
	loop(label("alone"))
	for b := range columnsAtOnce {
		p.column(b)
	}
	p.advance(columnsAtOnce)
	SUBQ(Imm(columnsAtOnce), columns)
	JGE(LabelRef(label("alone")))
	Label(label("few"))
	ADDQ(Imm(columnsAtOnce), columns)
	JE(LabelRef(label("added")))
	Label(label("column"))
	p.column(0)
	p.advance(1)
	DECQ(columns)
	JNE(LabelRef(label("column")))
	Label(label("added"))
	t.finish(label("rest"))
	t.wait(height)
	for r, row := range p.acc {
		for c, a := range row {
			VMOVUPS(a, Mem{Base: t.grad, Disp: 4*stripColumns*r + c*t.bytes()})
		}
	}
}

// wait generates the step to the next tile. The rows of this one now wait, and grad
// is their gradient.
func (t gradTile) wait(height int) {
	MOVQ(place("buffer"), t.grad)
	MOVQ(t.wAt, t.w)
	MOVQ(U32(uint32(height)), t.waiting)
	ADDQ(U32(uint32(4*height*stripColumns)), t.wAt)
	for range height {
		ADDQ(t.ld, t.dyAt)
	}
}

// finish generates Adam of all rows that still wait.
func (t gradTile) finish(label string) {
	TESTQ(t.waiting, t.waiting)
	JE(LabelRef(label + "Done"))
	Label(label)
	for b := range columnsAtOnce + 1 {
		t.stagesBefore(b)
	}
	t.nextRow()
	JNE(LabelRef(label))
	Label(label + "Done")
}

// nextRow generates the step to the next row that waits. It sets the zero flag if
// there is none.
func (t gradTile) nextRow() {
	ADDQ(U32(4*stripColumns), t.w)
	ADDQ(U32(4*stripColumns), t.grad)
	DECQ(t.waiting)
}

// stagesBefore generates the stages of Adam that are placed before column b, for the
// first row that waits.
func (t gradTile) stagesBefore(b int) {
	for stage, from := range stageFrom {
		if c := b - from; 0 <= c && c < stripColumns/t.lanes {
			t.stage(stage, c)
		}
	}
}

// stage generates a stage of Adam for vector c of the first row that waits.
func (t gradTile) stage(stage, c int) {
	at := c * t.bytes()
	atW, atGrad := Mem{Base: t.w, Disp: at}, Mem{Base: t.grad, Disp: at}
	atM, atV := Mem{Base: t.w, Disp: at, Index: t.toM, Scale: 1}, Mem{Base: t.w, Disp: at, Index: t.toV, Scale: 1}
	switch stage {
	case adamMoments:
		w, g, m, v := t.vec(), t.vec(), t.vec(), t.vec()
		VMOVUPS(atW, w)
		VMOVUPS(atGrad, g)
		VMOVUPS(atM, m)
		VMOVUPS(atV, v)
		for _, stream := range []Mem{atW, atM, atV} {
			PREFETCHT1(stream.Offset(gradAhead))
		}
		t.adam.moments(w, g, m, v)
		VMOVUPS(m, atM)
		VMOVUPS(v, atV)
	case adamRoot:
		root := t.vec()
		VSQRTPS(atV, root)
		VMOVUPS(root, atGrad)
	case adamQuotient:
		root, m := t.vec(), t.vec()
		VMOVUPS(atGrad, root)
		VMOVUPS(atM, m)
		t.adam.change(root, m)
		VMOVUPS(m, atGrad)
	case adamWeight:
		w := t.vec()
		VMOVUPS(atW, w)
		VSUBPS(atGrad, w, w)
		VMOVUPS(w, atW)
	}
}

// gradColumns holds the operands of a tile's gradient: columns of dy, by the addresses
// of their elements in every third row, and rows of the strip from x on.
type gradColumns struct {
	gradTile
	acc [][]VecVirtual
	dy  []GPVirtual
	x   GPVirtual
}

// column adds to acc the outer product of column b of dy and row b of the strip.
func (p gradColumns) column(b int) {
	p.addOuter(p.acc, Mem{Base: p.x, Disp: b * 4 * stripColumns}, func(r int) Mem {
		return strided(p.dy[r/3], p.ld, r%3).Offset(4 * b)
	})
}

func (p gradColumns) advance(columns int) {
	ADDQ(U32(uint32(4*columns*stripColumns)), p.x)
	for _, dy := range p.dy {
		ADDQ(Imm(uint64(4*columns)), dy)
	}
}
