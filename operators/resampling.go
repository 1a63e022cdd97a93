package operators

import "sedlab/internal/rebin"

// Select returns the operator that measures the fluxes where observed is true.
func Select(observed []bool) Selector { return newSelection(observed) }

// Resampling averages a signal over pixels of another grid: it applies some of the rows of
// a rebin.Matrix, each with weights that sum to 1.
type Resampling struct {
	n           int
	first       []int // per row, the first flux
	start       []int // per row and one more, where its weights start
	weight      []float32
	wavelengths []float64
}

// NewResampling returns the operator of the given rows of a matrix, whose new grid has the
// given wavelengths [Å].
func NewResampling(m *rebin.Matrix, rows []int, wavelengths []float64) *Resampling {
	_, n := m.Dims()
	r := &Resampling{n: n, start: []int{0}}
	for _, row := range rows {
		first, overlaps := m.Row(row)
		for _, w := range overlaps {
			r.weight = append(r.weight, float32(w))
		}
		r.first, r.start = append(r.first, first), append(r.start, len(r.weight))
		r.wavelengths = append(r.wavelengths, wavelengths[row])
	}
	return r
}

// Dims implements Operator.
func (r *Resampling) Dims() (m, n int) { return len(r.first), r.n }

// Wavelengths implements Sampler.
func (r *Resampling) Wavelengths() []float64 { return r.wavelengths }

// Apply implements Operator.
func (r *Resampling) Apply(dst, x []float32) {
	checkLengths(r, dst, x)
	for j, first := range r.first {
		sum := float32(0)
		for k, w := range r.weight[r.start[j]:r.start[j+1]] {
			sum += w * x[first+k]
		}
		dst[j] = sum
	}
}

// Adjoint implements Operator.
func (r *Resampling) Adjoint(dst, y []float32) {
	checkLengths(r, y, dst)
	clear(dst)
	for j, first := range r.first {
		for k, w := range r.weight[r.start[j]:r.start[j+1]] {
			dst[first+k] += w * y[j]
		}
	}
}

// Variance implements Propagator.
func (r *Resampling) Variance(dst, variance []float32) {
	checkLengths(r, dst, variance)
	for j, first := range r.first {
		sum := float32(0)
		for k, w := range r.weight[r.start[j]:r.start[j+1]] {
			sum += w * w * variance[first+k]
		}
		dst[j] = sum
	}
}
