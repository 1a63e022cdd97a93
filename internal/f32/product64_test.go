package f32

import (
	"math"
	"testing"
)

// doubles returns n normal variates.
func doubles(seed uint64, n int) []float64 {
	r, x := newRand(seed), make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

// product64Cases are rows, terms and ld: every ragged edge of a tile, and empty matrices.
func product64Cases() [][3]int {
	s := [][3]int{{0, 5, 8}, {5, 0, 8}, {5, 5, 0}, {1, 1, 8}, {300, 3, 24}, {3, 600, 56}, {40, 65, 104}}
	for rows := 1; rows <= 14; rows++ {
		s = append(s, [3]int{rows, 1 + rows%5, 8 * (1 + rows%6)})
	}
	return s
}

func TestProduct64(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		for _, c := range product64Cases() {
			rows, terms, ld := c[0], c[1], c[2]
			w, x, before := doubles(1, rows*terms), doubles(2, terms*ld), doubles(3, rows*ld+2)
			for _, strides := range [][2]int{{terms, 1}, {1, rows}} {
				for _, add := range []bool{false, true} {
					got := append([]float64(nil), before...)
					k.Product64(got[1:1+rows*ld], w, x, rows, terms, ld, strides[0], strides[1], add)
					if got[0] != before[0] || got[rows*ld+1] != before[rows*ld+1] {
						t.Fatalf("%v: wrote outside of y", c)
					}
					for i, v := range got[1 : 1+rows*ld] {
						want := 0.0
						if add {
							want = before[1+i]
						}
						for j := range terms {
							want += w[i/ld*strides[0]+j*strides[1]] * x[j*ld+i%ld]
						}
						if math.Abs(v-want) > 1e-12*(1+math.Abs(want)) {
							t.Fatalf("%v, strides %v, add %v: y[%d] = %v, expected %v", c, strides, add, i, v, want)
						}
					}
				}
			}
		}
	})
}

// However rows and columns are split, the bits are the same.
func TestSplitsOfProduct64KeepBits(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		const rows, terms, ld = 23, 70, 56
		w, x := doubles(1, rows*terms), doubles(2, terms*ld)
		want := make([]float64, rows*ld)
		k.Product64(want, w, x, rows, terms, ld, terms, 1, false)
		for split := range rows {
			got := make([]float64, rows*ld)
			k.Product64(got, w, x, split, terms, ld, terms, 1, false)
			k.Product64(got[split*ld:], w[split*terms:], x, rows-split, terms, ld, terms, 1, false)
			for i, v := range got {
				if v != want[i] {
					t.Fatalf("split at row %d: y[%d] = %v, expected %v", split, i, v, want[i])
				}
			}
		}
	})
}

func TestWiden(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		for n := range 70 {
			src, dst := guardedNormals(newRand(uint64(n)), n).slice(), make([]float64, n+1)
			dst[n] = guardValue
			k.Widen(dst, src)
			for i, v := range src {
				if dst[i] != float64(v) {
					t.Fatalf("%d values: dst[%d] = %v, expected %v", n, i, dst[i], v)
				}
			}
			if dst[n] != guardValue {
				t.Fatalf("%d values: wrote outside of dst", n)
			}
		}
	})
}

func BenchmarkProduct64(b *testing.B) {
	const rows, terms, ld = 32, 1000, 16
	w, x, y := doubles(1, rows*terms), doubles(2, terms*ld), make([]float64, terms*ld)
	b.Run("rows", func(b *testing.B) {
		benchmarkKernels(b, 2*rows*terms*ld, func(k *kernels) { k.Product64(y, w, x, rows, terms, ld, terms, 1, false) }, nil)
	})
	b.Run("columns", func(b *testing.B) {
		benchmarkKernels(b, 2*rows*terms*ld, func(k *kernels) { k.Product64(y, w, x, terms, rows, ld, 1, terms, true) }, nil)
	})
}
