package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// flushToZero are the bits of MXCSR that treat denormal numbers as zero, read
// (DAZ) and written (FTZ).
const flushToZero = 0x8040

// flushDenormals begins a kernel that multiplies: from here to leave, numbers
// below 1.2e-38 are zero. Weight decay shrinks the weights of dead features and
// their moments that far, and the processor takes a hundred times as long over
// each of them.
func flushDenormals() (leave func()) {
	caller, own, bits := AllocLocal(8), AllocLocal(8), GP32()
	STMXCSR(caller)
	MOVL(caller, bits)
	ORL(U32(flushToZero), bits)
	MOVL(bits, own)
	LDMXCSR(own)
	return func() {
		LDMXCSR(caller)
		VZEROUPPER()
		RET()
	}
}
