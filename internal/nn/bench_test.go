package nn

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
)

// paperShape is the paper's generator (section 3.2) at widths of 512.
var paperShape = Config{
	In: 50, Hidden: []int{512, 512, 512, 512, 512, 512, 512}, Out: 1000, BatchNorm: true, Slope: 0.2,
}

// A training step is 6 floating-point operations per weight and signal: a product and
// a sum each for the forward pass, the gradient by the input and that by the weights.
func BenchmarkStep(b *testing.B) {
	const batch = 64
	for _, workers := range []int{1, runtime.GOMAXPROCS(0)} {
		b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
			net, z, x := example(paperShape, batch)
			tr := NewTrainer(net, batch, workers, 1e-5)
			defer tr.Close()
			dz := make([]float32, len(z))
			for b.Loop() {
				tr.Step(dz, z, x, 1e-3)
			}
			gflops(b, 6*batch*paperShape.Weights())
		})
	}
}

// Generate and VJP are 2 operations each per weight and code.
func BenchmarkTape(b *testing.B) {
	for _, codes := range []int{1, tileCols} {
		b.Run(fmt.Sprint("codes=", codes), func(b *testing.B) {
			net := New(paperShape, rand.New(rand.NewPCG(1, 2)))
			tape := net.Freeze(1, make([]float32, net.Out)).NewTape(codes)
			z, x := make([]float32, codes*net.In), make([]float32, codes*net.Out)
			for b.Loop() {
				tape.Generate(x, z)
				tape.VJP(z, x)
			}
			gflops(b, 4*codes*paperShape.Weights())
		})
	}
}

// A Jacobian is 2 operations for each weight and entry of the code.
func BenchmarkJacobian(b *testing.B) {
	for _, codes := range []int{1, 16} {
		b.Run(fmt.Sprint("codes=", codes), func(b *testing.B) {
			net := New(paperShape, rand.New(rand.NewPCG(1, 2)))
			tape := net.Freeze(1, make([]float32, net.Out)).NewTape(codes)
			tape.Generate(make([]float32, codes*net.Out), make([]float32, codes*net.In))
			j, of := make([]float32, codes*net.In*net.Out), all(codes)
			for b.Loop() {
				tape.Jacobian(j, of)
			}
			gflops(b, 2*codes*net.In*paperShape.Weights())
		})
	}
}

func gflops(b *testing.B, flopsPerOp int) {
	b.ReportMetric(float64(flopsPerOp)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
