package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// flushToZero holds the bits of MXCSR that treat denormal operands (DAZ) and results
// (FTZ) as zero.
const flushToZero = 0x8040

// flushDenormals begins a kernel that multiplies. Until leave, numbers below 1.2e-38
// count as zero. Weight decay shrinks the weights of dead features and their moments
// that far, and processors are a hundred times slower on such numbers.
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
