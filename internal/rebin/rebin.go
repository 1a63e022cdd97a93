// Package rebin moves spectra from one grid of pixels to another and conserves flux. The
// flux of a new pixel is the mean of the old ones, weighted by how much of the new one each
// covers (Carnall 2017, SpectRes, arXiv:1705.05165, eqs. 2 and 4).
package rebin

import (
	"fmt"
	"math"
)

// Matrix averages an old grid of n pixels to a new one of m. It is sparse: a row holds the
// few neighbouring old pixels that overlap the new one, and all rows together fewer than n+m.
type Matrix struct {
	n        int
	first    []int     // m, the first old pixel of each row
	start    []int     // m+1, where the row's weights start
	weight   []float64 // overlaps, divided by their sum over the row
	coverage []float64 // m, that sum as a share of the new pixel's width
}

// New returns the matrix for pixels with the given centres, in time and memory O(n+m).
// Edges are half way between centres, and the outermost pixels reach as far outwards as
// inwards. It is an error if a grid has fewer than two pixels, does not ascend, or has
// pixels so narrow or wide that their width is 0 or infinite.
func New(from, to []float64) (*Matrix, error) {
	a, err := edges("old", from)
	if err != nil {
		return nil, err
	}
	b, err := edges("new", to)
	if err != nil {
		return nil, err
	}
	m := &Matrix{n: len(from), first: make([]int, len(to)), start: make([]int, len(to)+1), coverage: make([]float64, len(to))}
	m.weight = make([]float64, 0, len(from)+len(to))
	i := 0 // the first old pixel that ends beyond the start of the new one
	for j := range to {
		lo, hi := b[j], b[j+1]
		for i < len(from) && a[i+1] <= lo {
			i++
		}
		total := 0.0
		for k := i; k < len(from) && a[k] < hi; k++ {
			w := math.Min(a[k+1], hi) - math.Max(a[k], lo)
			m.weight = append(m.weight, w)
			total += w
		}
		m.first[j], m.start[j+1] = i, len(m.weight)
		m.coverage[j] = math.Min(1, total/(hi-lo))
		for k := m.start[j]; k < m.start[j+1]; k++ {
			m.weight[k] /= total
		}
	}
	return m, nil
}

// edges returns the edges of a grid that can be used.
func edges(name string, centres []float64) ([]float64, error) {
	if len(centres) < 2 {
		return nil, fmt.Errorf("the %s grid has %d pixels; expected at least 2", name, len(centres))
	}
	for i, v := range centres {
		if v-v != 0 || i > 0 && !(v > centres[i-1]) {
			return nil, fmt.Errorf("pixel %d of the %s grid is at %g; expected finite and ascending positions", i, name, v)
		}
	}
	list := Edges(centres)
	for i := range centres {
		if w := list[i+1] - list[i]; !(w > 0) || math.IsInf(w, 0) {
			return nil, fmt.Errorf("pixel %d of the %s grid, at %g, has width %g; expected a finite one above 0", i, name, centres[i], w)
		}
	}
	return list, nil
}

// Edges returns the n+1 edges of n ≥ 2 pixels with the given centres.
func Edges(centres []float64) []float64 {
	n := len(centres)
	edges := make([]float64, n+1)
	for i := 1; i < n; i++ {
		edges[i] = (centres[i-1] + centres[i]) / 2
	}
	edges[0] = centres[0] - (centres[1]-centres[0])/2
	edges[n] = centres[n-1] + (centres[n-1]-centres[n-2])/2
	return edges
}

// Dims returns the numbers of new and of old pixels.
func (m *Matrix) Dims() (rows, cols int) { return len(m.first), m.n }

// Row returns the first old pixel that overlaps the new pixel j, and the weights of it and
// of those that follow, which sum to 1. They must not be changed.
func (m *Matrix) Row(j int) (first int, weights []float64) {
	return m.first[j], m.weight[m.start[j]:m.start[j+1]]
}

// Coverage returns the share of the new pixel j that lies within the old grid, from 0 to 1.
func (m *Matrix) Coverage(j int) float64 { return m.coverage[j] }

// Mean returns the flux of the new pixel j, the mean of the n old fluxes weighted by overlap,
// its variance given those of the old ones (nil: 0), and the share of the new pixel that is
// covered. Old pixels for which use is false are left out. If none is left, the mean is NaN. The
// errors of new pixels that share an old one are correlated, which is not propagated.
func (m *Matrix) Mean(j int, flux, variance []float64, use func(i int) bool) (mean, v, coverage float64) {
	first, weights := m.Row(j)
	var sum, sumV, total float64
	for k, w := range weights {
		i := first + k
		if !use(i) {
			continue
		}
		total += w
		sum += w * flux[i]
		if variance != nil {
			sumV += w * w * variance[i]
		}
	}
	return sum / total, sumV / (total * total), math.Min(1, total*m.coverage[j])
}

// Apply sets dst (m) to A·x, the means of the old fluxes x (n) over each new pixel, or over
// the part of it that lies within the old grid. Pixels outside of it are 0.
func Apply(m *Matrix, dst, x []float64) {
	if len(dst) != len(m.first) || len(x) != m.n {
		panic(fmt.Sprintf("rebin: %d new and %d old fluxes for a matrix of %d × %d", len(dst), len(x), len(m.first), m.n))
	}
	for j := range dst {
		first, weights := m.Row(j)
		sum := 0.0
		for k, v := range x[first : first+len(weights)] {
			sum += weights[k] * v
		}
		dst[j] = sum
	}
}
