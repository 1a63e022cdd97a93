package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// transpose generates the kernel of Transpose for 16 rows, which fill a cache line of
// dst. Each line is filled at once, because lines of dst may share a cache set.
func (s isa) transpose() {
	name := "transpose16" + s.suffix
	TEXT(name, NOSPLIT, "func(dst, src *float32, blocks, ldd, lds int)")
	Pragma("noescape")
	Doc(name+" computes, for r < 16 and c < 8·blocks, with blocks ≥ 1,",
		"",
		"\tdst[c*ldd+r] = src[r*lds+c]")
	dst, src, blocks, ldd, lds := param("dst"), param("src"), param("blocks"), param("ldd"), param("lds")
	SHLQ(Imm(2), ldd)
	SHLQ(Imm(2), lds)
	Label("block")
	lower := GP64()
	LEAQ(Mem{Base: src, Index: lds, Scale: 8}, lower)
	for half, from := range []GPVirtual{src, lower} {
		rows := s.vecs(8)
		s.eachRow(from, lds, len(rows), func(r int, m Mem) { VMOVUPS(m, rows[r]) })
		columns := s.transposed(rows)
		s.eachRow(dst, ldd, len(rows), func(r int, m Mem) { VMOVUPS(columns[r], m.Offset(half*s.bytes())) })
	}
	ADDQ(Imm(32), src)
	LEAQ(Mem{Base: dst, Index: ldd, Scale: 8}, dst)
	DECQ(blocks)
	JNE(LabelRef("block"))
	VZEROUPPER()
	RET()
}

// transposed returns the columns of the 8×8 matrix in rows. It interleaves pairs of
// rows by ones, then twos, then fours.
func (s isa) transposed(rows []VecVirtual) []VecVirtual {
	ones, twos, columns := s.vecs(8), s.vecs(8), s.vecs(8)
	for i := 0; i < 8; i += 2 {
		VUNPCKLPS(rows[i+1], rows[i], ones[i])
		VUNPCKHPS(rows[i+1], rows[i], ones[i+1])
	}
	for i := 0; i < 8; i += 4 {
		for j := range 2 {
			VSHUFPS(Imm(0x44), ones[i+2+j], ones[i+j], twos[i+2*j])
			VSHUFPS(Imm(0xee), ones[i+2+j], ones[i+j], twos[i+2*j+1])
		}
	}
	for i := range 4 {
		VPERM2F128(Imm(0x20), twos[i+4], twos[i], columns[i])
		VPERM2F128(Imm(0x31), twos[i+4], twos[i], columns[i+4])
	}
	return columns
}
