package f32

import (
	"fmt"
	"testing"
	"time"
)

func TestPerfWGA(t *testing.T) {
	r := newRand(1)
	const out, in, ld, L = 512, 512, 64, 8
	w, m, v := normals(r, L*out*in), make([]float32, L*out*in), make([]float32, L*out*in)
	xt, y := normals(r, in*ld), normals(r, out*ld)
	g := normals(r, out*in)
	st := NewAdamStep(1e-3, 1e-5, 10)
	best, bg, ba, bf := time.Hour, time.Hour, time.Hour, time.Hour
	ws := make([]float32, out*in)
	for range 150 {
		s := time.Now()
		for l := range L {
			o := l * out * in
			WeightGradAdam(w[o:], m[o:], v[o:], y, xt, out, in, ld, ld, st)
		}
		best = min(best, time.Since(s))
		s = time.Now()
		WeightGrad(ws[:48*512], y, xt, 48, in, ld, ld)
		bg = min(bg, time.Since(s))
		for range 4 {
			s = time.Now()
			Adam(w[:24<<10], g, m, v, st)
			ba = min(ba, time.Since(s))
			s = time.Now()
			FMA(20000)
			bf = min(bf, time.Since(s))
		}
	}
	fmt.Println("WGA 8 layers", best, float64(2*ld*out*in*L)/float64(best), "GF/s;  grad 48 rows", bg, "adam 24k", ba, "sum x", 8*512/48.*float64(bg+ba)/1e6, "fma", bf)
}
