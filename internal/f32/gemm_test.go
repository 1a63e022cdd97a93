package f32

import (
	"fmt"
	"slices"
	"testing"
)

// product returns a·b, its operands given by accessors, in float64:
// the reference of every matrix product here.
func product(rows, cols, k int, a, b func(i, j int) float32) []float64 {
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

// shapes are out, in and the panels' ld: every ragged edge of the tiles, and more
// than one of each block.
func shapes() [][3]int {
	s := [][3]int{{1, 1, 16}, {3, 600, 16}, {300, 129, 16}, {100, 130, 64}, {40, 65, 80}, {13, 200, 112}, {30, 129, 144}}
	for rows := 1; rows <= 14; rows++ {
		for _, in := range []int{1, 15, 17, 33, 66} {
			s = append(s, [3]int{rows, in, []int{16, 32, 48, 64}[rows%4]})
		}
	}
	return s
}

const gemmTol = 2e-5

func TestForward(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for _, s := range shapes() {
			out, in, ld := s[0], s[1], s[2]
			r := newRand(1)
			y, w, x := guardedNormals(r, out*ld), normals(r, out*in), normals(r, in*ld)
			want := product(out, ld, in, func(i, j int) float32 { return w[i*in+j] }, func(i, j int) float32 { return x[i*ld+j] })
			Forward(y.slice(), w, x, out, in, ld)
			y.check(t, "y")
			near(t, fmt.Sprint("y of ", s), y.slice(), want, gemmTol)
		}
	})
}

func TestInputGrad(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for _, s := range shapes() {
			in, out, ld := s[0], s[1], s[2]
			ldw := in + 3
			r := newRand(2)
			dx, w, dy := guardedNormals(r, in*ld), normals(r, out*ldw), normals(r, out*ld)
			want := product(in, ld, out, func(i, j int) float32 { return w[j*ldw+i] }, func(i, j int) float32 { return dy[i*ld+j] })
			InputGrad(dx.slice(), w, dy, in, out, ld, ldw)
			dx.check(t, "dx")
			near(t, fmt.Sprint("dx of ", s), dx.slice(), want, gemmTol)
		}
	})
}

// strips returns those of a panel x [in × ld], packed in two parts.
func strips(x []float32, in, batch, ld int) []float32 {
	xs := make([]float32, StripsLen(in, batch))
	PackStrips(xs, x, 0, in/2, in, batch, ld)
	PackStrips(xs, x[in/2*ld:], in/2, in-in/2, in, batch, ld)
	return xs
}

func TestWeightGrad(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for _, s := range shapes() {
			out, in, ld := s[0], s[1], s[2]
			for _, batch := range []int{1, ld - 3, ld} {
				r := newRand(3)
				dw, dy, x := guardedNormals(r, out*in), normals(r, out*ld), normals(r, in*ld)
				want := product(out, in, batch, func(i, j int) float32 { return dy[i*ld+j] }, func(i, j int) float32 { return x[j*ld+i] })
				WeightGrad(dw.slice(), dy, strips(x, in, batch, ld), out, in, batch, ld)
				dw.check(t, "dw")
				near(t, fmt.Sprint("dw of ", s, batch), dw.slice(), want, gemmTol)
			}
		}
	})
}

// The fused kernel is the two that it fuses, bit for bit.
func TestWeightGradAdam(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for _, s := range shapes() {
			out, in, ld := s[0], s[1], s[2]
			r := newRand(4)
			n, batch, step := out*in, ld-1, NewAdamStep(0.01, 1e-3, 3)
			w, m, v := guardedNormals(r, n), guardedNormals(r, n), guardedNormals(r, n)
			for i, x := range v.slice() {
				v.slice()[i] = x * x
			}
			dy, xs, g := normals(r, out*ld), strips(normals(r, in*ld), in, batch, ld), make([]float32, n)
			w2, m2, v2 := slices.Clone(w.slice()), slices.Clone(m.slice()), slices.Clone(v.slice())
			WeightGrad(g, dy, xs, out, in, batch, ld)
			Adam(w2, g, m2, v2, step)
			WeightGradAdam(w.slice(), m.slice(), v.slice(), dy, xs, out, in, batch, ld, step)
			for name, p := range map[string]struct {
				got  guarded
				want []float32
			}{"w": {w, w2}, "m": {m, m2}, "v": {v, v2}} {
				p.got.check(t, name)
				sameBits(t, fmt.Sprint(name, " of ", s), p.got.slice(), p.want)
			}
		}
	})
}

// Work is split over goroutines by rows, and over batches by columns: neither
// may change a bit.
func TestSplitsKeepBits(t *testing.T) {
	const out, in, ld = 29, 70, 64
	r := newRand(5)
	w, x, dy := normals(r, out*in), normals(r, in*ld), normals(r, out*ld)
	eachKernel(t, func(t *testing.T) {
		y, dx, dw := make([]float32, out*ld), make([]float32, in*ld), make([]float32, out*in)
		xs := strips(x, in, ld, ld)
		Forward(y, w, x, out, in, ld)
		InputGrad(dx, w, dy, in, out, ld, in)
		WeightGrad(dw, dy, xs, out, in, ld, ld)
		for cut := range out + 1 {
			y2, dx2, dw2 := make([]float32, out*ld), make([]float32, in*ld), make([]float32, out*in)
			Forward(y2, w, x, cut, in, ld)
			Forward(y2[cut*ld:], w[cut*in:], x, out-cut, in, ld)
			InputGrad(dx2, w, dy, cut, out, ld, in)
			InputGrad(dx2[cut*ld:], w[cut:], dy, in-cut, out, ld, in)
			WeightGrad(dw2, dy, xs, cut, in, ld, ld)
			WeightGrad(dw2[cut*in:], dy[cut*ld:], xs, out-cut, in, ld, ld)
			name := fmt.Sprintf(" cut at row %d", cut)
			sameBits(t, "y"+name, y2, y)
			sameBits(t, "dx"+name, dx2, dx)
			sameBits(t, "dw"+name, dw2, dw)
		}
		for col := 0; col < ld; col += Lane {
			x16, y16 := make([]float32, in*Lane), make([]float32, out*Lane)
			for i := range in {
				copy(x16[i*Lane:][:Lane], x[i*ld+col:])
			}
			Forward(y16, w, x16, out, in, Lane)
			for o := range out {
				sameBits(t, fmt.Sprintf("columns from %d, row %d", col, o), y16[o*Lane:][:Lane], y[o*ld+col:])
			}
		}
	})
}
