package f32

// Lane64 is the number of columns that panels of doubles are padded to a multiple of.
const Lane64 = 8

// Pad64 returns n rounded up to a multiple of Lane64.
func Pad64(n int) int { return (n + Lane64 - 1) / Lane64 * Lane64 }

// Product64 is a product of matrices in double precision, for what float32 is too coarse
// for, such as principal components. The panels x [k × ld] and y [rows × ld] have ld a
// multiple of Lane64. The weights lie at any strides, so that W may be transposed:
//
//	y[r*ld+b] = (add ? y[r*ld+b] : 0) + Σ_i w[r*rs+i*ks] · x[i*ld+b],  r < rows, i < k, b < ld
func Product64(y, w, x []float64, rows, k, ld, rs, ks int, add bool) {
	chosen.Product64(y, w, x, rows, k, ld, rs, ks, add)
}

func (k *kernels) Product64(y, w, x []float64, rows, terms, ld, rs, ks int, add bool) {
	if ld%Lane64 != 0 {
		panic("f32: ld is not a multiple of Lane64")
	}
	y, x = y[:rows*ld], x[:terms*ld]
	switch {
	case len(y) == 0:
	case terms > 0:
		k.product64(y, w[:(rows-1)*rs+(terms-1)*ks+1], x, rows, terms, ld, rs, ks, add)
	case !add:
		clear(y)
	}
}

// Widen sets dst[i] = src[i] for each i of src.
func Widen(dst []float64, src []float32) { chosen.Widen(dst, src) }

func (k *kernels) Widen(dst []float64, src []float32) {
	if dst = dst[:len(src)]; len(src) > 0 {
		k.widen(dst, src)
	}
}

func widenGeneric(dst []float64, src []float32) {
	for i, v := range src {
		dst[i] = float64(v)
	}
}

// product64Generic converts each product before adding it, as panelGeneric does.
func product64Generic(y, w, x []float64, rows, terms, ld, rs, ks int, add bool) {
	if !add {
		clear(y)
	}
	for r := range rows {
		yr := y[r*ld:][:ld]
		for i := range terms {
			wi, xi := w[r*rs+i*ks], x[i*ld:][:ld]
			for b, v := range xi {
				yr[b] += float64(wi * v)
			}
		}
	}
}
