// Command _gen writes the assembly of package f32. Run it by go generate there.
package main

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	name := flag.String("isa", "", "instruction set: avx2 or avx512")
	flag.Parse()
	s, ok := map[string]isa{"avx2": avx2, "avx512": avx512}[*name]
	if !ok {
		log.Fatalf("-isa %q: expected avx2 or avx512", *name)
	}
	ConstraintExpr("amd64")
	if !s.wide {
		declareTailMasks()
	}
	for _, cols := range s.panelWidths() {
		s.panel(cols)
	}
	for _, cols := range s.product64Widths() {
		s.product64(cols)
	}
	if s.wide {
		s.weightGradAdam()
	}
	s.adam()
	s.batchNormForward()
	s.batchNormBackward()
	s.biasLeaky()
	s.leakyGrad()
	s.residual()
	s.dot()
	s.widen()
	if !s.wide {
		s.transpose()
	}
	s.peak()
	Generate()
}
