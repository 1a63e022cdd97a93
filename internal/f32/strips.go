package f32

// StripWidth is the number of columns in a strip.
const StripWidth = 64

// strips returns the number of strips of a matrix with the given columns.
func strips(cols int) int { return (cols + StripWidth - 1) / StripWidth }

// StripsLen returns the length in strips of a matrix [rows × cols].
func StripsLen(rows, cols int) int { return StripRows(rows, cols) * StripWidth }

// StripRows returns the number of rows in all strips of a matrix [rows × cols].
func StripRows(rows, cols int) int { return strips(cols) * rows }

// PackStrips sets dst to the strips of the matrix src [rows × cols], with zeros as
// padding.
func PackStrips(dst, src []float32, rows, cols int) {
	dst, src = dst[:StripsLen(rows, cols)], src[:rows*cols]
	clear(dst)
	for s := range strips(cols) {
		first := s * StripWidth
		width := min(StripWidth, cols-first)
		for r := range rows {
			copy(dst[(s*rows+r)*StripWidth:][:width], src[r*cols+first:])
		}
	}
}

// UnpackStrips sets dst to the matrix [rows × cols] whose strips are in src.
func UnpackStrips(dst, src []float32, rows, cols int) {
	dst, src = dst[:rows*cols], src[:StripsLen(rows, cols)]
	for s := range strips(cols) {
		first := s * StripWidth
		width := min(StripWidth, cols-first)
		for r := range rows {
			copy(dst[r*cols+first:][:width], src[(s*rows+r)*StripWidth:])
		}
	}
}

// PackPanel puts the first batch columns of rows [lo, hi) of a panel x into xs, the
// strips of the matrix xᵀ [batch × features] that WeightGrad takes.
func PackPanel(xs, x []float32, lo, hi, batch, ld int) { chosen.PackPanel(xs, x, lo, hi, batch, ld) }

func (k *kernels) PackPanel(xs, x []float32, lo, hi, batch, ld int) {
	for lo < hi && batch > 0 {
		strip := lo / StripWidth
		next := min((strip+1)*StripWidth, hi)
		k.Transpose(xs[strip*batch*StripWidth+lo%StripWidth:], x[lo*ld:], next-lo, batch, StripWidth, ld)
		lo = next
	}
}
