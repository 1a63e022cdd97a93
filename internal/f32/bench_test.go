package f32

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

func randoms(n int) []float32 {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func BenchmarkGEMM(b *testing.B) {
	const ld = 64
	for _, k := range implementations() {
		for _, th := range []int{1, 2} {
			for _, sz := range [][2]int{{512, 512}, {1000, 512}, {512, 50}} {
				out, in := sz[0], sz[1]
				y, w, x := randoms(out*ld), randoms(out*in), randoms(in*ld)
				m, v, s := make([]float32, out*in), make([]float32, out*in), make([]float32, out*in)
				xt, dx := randoms(in*ld), randoms(in*ld)
				fns := map[string]func(t int){
					"fwd": func(t int) { r := out / th * t; Forward(y[r*ld:], w[r*in:], x, out/th, in, ld) },
					"inp": func(t int) { r := in / th * t; InputGrad(dx[r*ld:], w[r:], y, in/th, out, ld, in) },
					"wgr": func(t int) { r := out / th * t; WeightGrad(s[r*in:], y[r*ld:], xt, out/th, in, ld, ld) },
					"wga": func(t int) {
						r := out / th * t
						WeightGradAdam(w[r*in:], m[r*in:], v[r*in:], y[r*ld:], xt, s[r*in:], out/th, in, ld, ld, NewAdamStep(1e-3, 0, 10))
					},
				}
				for _, f := range []string{"fwd", "inp", "wgr", "wga"} {
					b.Run(fmt.Sprintf("%s/%s/%dx%d/%d", k.name, f, out, in, th), func(b *testing.B) {
						old := active
						active = k
						defer func() { active = old }()
						n := b.N
						b.ResetTimer()
						var wg sync.WaitGroup
						for t := range th {
							wg.Go(func() {
								for range n {
									fns[f](t)
								}
							})
						}
						wg.Wait()
						b.ReportMetric(2*float64(ld*out*in)*float64(n)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
					})
				}
			}
		}
	}
}

func BenchmarkPeak(b *testing.B) {
	for b.Loop() {
		peakAVX512(1000)
	}
	b.ReportMetric(float64(b.N)*1000*12*16*2/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
