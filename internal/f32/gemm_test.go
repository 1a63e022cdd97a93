package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// product64 returns a·b in float64, with operands given by accessors. It is the
// reference for every matrix product here.
func product64(rows, cols, k int, a, b func(i, j int) float32) []float64 {
	c := make([]float64, rows*cols)
	for i := range rows {
		for j := range cols {
			for l := range k {
				c[i*cols+j] += float64(a(i, l)) * float64(b(l, j))
			}
		}
	}
	return c
}

// shapes are out, in and the panels' ld: every ragged edge of a tile, more than one
// block of each kind, and empty matrices.
func shapes() [][3]int {
	s := [][3]int{{0, 5, 16}, {5, 0, 16}, {5, 5, 0}, {1, 1, 16}, {400, 3, 16}, {2, 3, 528}, {3, 600, 16}, {300, 129, 16}, {100, 130, 64}, {40, 65, 80}, {13, 200, 112}, {30, 129, 144}}
	for rows := 1; rows <= 14; rows++ {
		for _, in := range []int{1, 15, 17, 33, 66} {
			s = append(s, [3]int{rows, in, []int{16, 32, 48, 64}[rows%4]})
		}
	}
	return s
}

const gemmTol = 2e-5

// matrix returns weights [out × in] and their strips with the given padding.
func matrix(r *rand.Rand, out, in int, padding float32) (w, packed []float32) {
	w, packed = normals(r, out*in), make([]float32, StripsLen(out, in))
	PackStrips(packed, w, out, in)
	for i := in; i%StripWidth != 0; i++ {
		for o := range out {
			packed[(i/StripWidth*out+o)*StripWidth+i%StripWidth] = padding
		}
	}
	return w, packed
}

func unpacked(strips []float32, out, in int) []float32 {
	w := make([]float32, out*in)
	UnpackStrips(w, strips, out, in)
	return w
}

// panelStrips returns the strips of a panel x [in × ld], packed in two calls.
func panelStrips(k *kernels, x []float32, in, batch, ld int) []float32 {
	xs := make([]float32, StripsLen(batch, in))
	k.PackPanel(xs, x, 0, in/2, batch, ld)
	k.PackPanel(xs, x, in/2, in, batch, ld)
	return xs
}

var nan = float32(math.NaN())

func TestForward(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		for _, s := range shapes() {
			out, in, ld := s[0], s[1], s[2]
			r := newRand(1)
			y, x := guardedNormals(r, out*ld), normals(r, in*ld)
			w, packed := matrix(r, out, in, nan)
			want := product64(out, ld, in, func(i, j int) float32 { return w[i*in+j] }, func(i, j int) float32 { return x[i*ld+j] })
			k.Forward(y.slice(), packed, x, 0, out, out, in, ld)
			y.check(t, "y")
			near(t, fmt.Sprint("y of ", s), y.slice(), want, gemmTol)
		}
	})
}

func TestInputGrad(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		for _, s := range shapes() {
			in, out, ld := s[0], s[1], s[2]
			r := newRand(2)
			dx, dy := guardedNormals(r, in*ld), normals(r, out*ld)
			w, packed := matrix(r, out, in, nan)
			want := product64(in, ld, out, func(i, j int) float32 { return w[j*in+i] }, func(i, j int) float32 { return dy[i*ld+j] })
			k.InputGrad(dx.slice(), packed, dy, 0, in, out, in, ld)
			dx.check(t, "dx")
			near(t, fmt.Sprint("dx of ", s), dx.slice(), want, gemmTol)
		}
	})
}

func TestWeightGrad(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		for _, s := range shapes() {
			out, in, ld := s[0], s[1], s[2]
			for _, batch := range []int{0, 1, ld - 3, ld} {
				if batch < 0 || batch > ld {
					continue
				}
				r := newRand(3)
				dw, dy, x := guardedNormals(r, StripsLen(out, in)), normals(r, out*ld), normals(r, in*ld)
				want := product64(out, in, batch, func(i, j int) float32 { return dy[i*ld+j] }, func(i, j int) float32 { return x[j*ld+i] })
				k.WeightGrad(dw.slice(), dy, panelStrips(k, x, in, batch, ld), 0, StripRows(out, in), out, in, batch, ld)
				dw.check(t, "dw")
				near(t, fmt.Sprint("dw of ", s, batch), unpacked(dw.slice(), out, in), want, gemmTol)
			}
		}
	})
}

// The fused kernel gives the bits of the two that it fuses, and keeps padding zero.
func TestWeightGradAdam(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		for _, s := range shapes() {
			out, in, ld := s[0], s[1], s[2]
			for _, batch := range []int{0, 1, 7, ld - 1, ld} {
				if batch < 0 || batch > ld {
					continue
				}
				testWeightGradAdam(t, k, out, in, batch, ld)
			}
		}
	})
}

func testWeightGradAdam(t *testing.T, k *kernels, out, in, batch, ld int) {
	r := newRand(4)
	n, rows, step := StripsLen(out, in), StripRows(out, in), NewAdamStep(0.01, 1e-3, 3)
	w, m, v := guardedNormals(r, n), guardedNormals(r, n), guardedNormals(r, n)
	for _, p := range []guarded{w, m, v} {
		_, packed := matrix(r, out, in, 0)
		copy(p.slice(), packed)
	}
	for i, x := range v.slice() {
		v.slice()[i] = x * x
	}
	dy, xs, g := normals(r, out*ld), panelStrips(k, normals(r, in*ld), in, batch, ld), make([]float32, n)
	w2, m2, v2 := slices.Clone(w.slice()), slices.Clone(m.slice()), slices.Clone(v.slice())
	k.WeightGrad(g, dy, xs, 0, rows, out, in, batch, ld)
	k.Adam(w2, g, m2, v2, step)
	k.WeightGradAdam(w.slice(), m.slice(), v.slice(), dy, xs, 0, rows, out, in, batch, ld, step)
	for name, p := range map[string]struct {
		got  guarded
		want []float32
	}{"w": {w, w2}, "m": {m, m2}, "v": {v, v2}} {
		name := fmt.Sprintf("%s [%d × %d], batch %d of %d", name, out, in, batch, ld)
		p.got.check(t, name)
		sameBits(t, name, p.got.slice(), p.want)
		again := make([]float32, n)
		PackStrips(again, unpacked(p.got.slice(), out, in), out, in)
		sameBits(t, name+" without padding", p.got.slice(), again)
	}
}

// Work is split over goroutines by rows, and over batches by columns: neither
// may change a bit.
func TestSplitsKeepBits(t *testing.T) {
	const out, in, ld = 60, 70, 64
	r := newRand(5)
	_, w := matrix(r, out, in, 0)
	x, dy, rows, step := normals(r, in*ld), normals(r, out*ld), StripRows(out, in), NewAdamStep(0.1, 0, 1)
	eachKernel(t, func(t *testing.T, k *kernels) {
		// A result is computed in two parts, rows [0, cut) and the rest.
		type result struct{ y, dx, dw, w, m, v []float32 }
		xs := panelStrips(k, x, in, ld, ld)
		compute := func(cut int) result {
			zero := make([]float32, len(w))
			p := result{
				make([]float32, out*ld), make([]float32, in*ld), slices.Clone(zero),
				slices.Clone(w), slices.Clone(zero), slices.Clone(zero),
			}
			split := func(all int, f func(lo, hi int)) { f(0, min(cut, all)); f(min(cut, all), all) }
			split(out, func(lo, hi int) { k.Forward(p.y, w, x, lo, hi, out, in, ld) })
			split(in, func(lo, hi int) { k.InputGrad(p.dx, w, dy, lo, hi, out, in, ld) })
			split(rows, func(lo, hi int) { k.WeightGrad(p.dw, dy, xs, lo, hi, out, in, ld, ld) })
			split(rows, func(lo, hi int) { k.WeightGradAdam(p.w, p.m, p.v, dy, xs, lo, hi, out, in, ld, ld, step) })
			return p
		}
		whole := compute(0)
		for cut := range max(in, rows) {
			p := compute(cut)
			name := fmt.Sprintf(" cut at row %d", cut)
			sameBits(t, "y"+name, p.y, whole.y)
			sameBits(t, "dx"+name, p.dx, whole.dx)
			sameBits(t, "dw"+name, p.dw, whole.dw)
			sameBits(t, "w"+name, p.w, whole.w)
			sameBits(t, "m"+name, p.m, whole.m)
			sameBits(t, "v"+name, p.v, whole.v)
		}
		for col := 0; col < ld; col += Lane {
			x16, y16 := make([]float32, in*Lane), make([]float32, out*Lane)
			for i := range in {
				copy(x16[i*Lane:][:Lane], x[i*ld+col:])
			}
			k.Forward(y16, w, x16, 0, out, out, in, Lane)
			for o := range out {
				sameBits(t, fmt.Sprintf("columns from %d, row %d", col, o), y16[o*Lane:][:Lane], whole.y[o*ld+col:])
			}
		}
	})
}
