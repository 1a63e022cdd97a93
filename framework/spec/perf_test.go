package spec_test

import (
	"testing"

	"sedlab/framework/spec"
)

// BenchmarkPoints makes the points of 100,000 cells.
func BenchmarkPoints(b *testing.B) {
	text := "name: big\npriors: {pca: {kind: pca}}\nproblem: {operator: inpainting}\nsweep: {problem.missing_fraction: {from: 0, to: 0.9, count: 1000}, solver.lr: {from: 0.1, to: 1, count: 100}}\n"
	for b.Loop() {
		f, err := spec.Parse([]byte(text), "big.yaml", shipped())
		if err != nil {
			b.Fatal(err)
		}
		if len(f.Points()) != 100_000 {
			b.Fatal(len(f.Points()))
		}
	}
	b.ReportAllocs()
}
