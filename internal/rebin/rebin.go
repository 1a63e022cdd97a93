// Package rebin moves spectra from one grid of pixels to another and conserves flux. The
// flux of a new pixel is the mean of the old ones, weighted by how much of the new one each
// covers (Carnall 2017, SpectRes, arXiv:1705.05165, eqs. 2 and 4).
package rebin

import (
	"fmt"
	"math"
	"sort"
)

// Matrix holds the overlaps of the pixels of an old grid (n) with those of a new one (m). In
// each row, only neighbouring pixels overlap.
type Matrix struct {
	n     int
	first []int     // m, the first old pixel of each row
	start []int     // m+1, where the row's overlaps start
	over  []float64 // widths of overlaps
	width []float64 // m, of the new pixels
}

// New returns the overlaps of pixels with the given centres. Edges are half way between
// centres, and the outermost pixels reach as far outwards as inwards. It is an error if a
// grid has fewer than two pixels, or does not ascend.
func New(from, to []float64) (*Matrix, error) {
	for _, grid := range [][]float64{from, to} {
		if err := check(grid); err != nil {
			return nil, err
		}
	}
	a, b := Edges(from), Edges(to)
	m := &Matrix{n: len(from), first: make([]int, len(to)), start: make([]int, 1, len(to)+1), width: make([]float64, len(to))}
	for j := range to {
		lo, hi := b[j], b[j+1]
		m.width[j] = hi - lo
		i := sort.Search(len(from), func(i int) bool { return a[i+1] > lo })
		m.first[j] = i
		for ; i < len(from) && a[i] < hi; i++ {
			m.over = append(m.over, math.Min(a[i+1], hi)-math.Max(a[i], lo))
		}
		m.start = append(m.start, len(m.over))
	}
	return m, nil
}

func check(grid []float64) error {
	if len(grid) < 2 {
		return fmt.Errorf("%d pixels; expected at least 2", len(grid))
	}
	for i, v := range grid {
		if v-v != 0 || i > 0 && !(v > grid[i-1]) {
			return fmt.Errorf("pixel %d is at %g; expected finite and ascending places", i, v)
		}
	}
	return nil
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
func (m *Matrix) Dims() (rows, cols int) { return len(m.width), m.n }

// Row returns the first old pixel that overlaps the new pixel j, and the widths of the
// overlaps with it and those that follow. They must not be changed.
func (m *Matrix) Row(j int) (first int, overlaps []float64) {
	return m.first[j], m.over[m.start[j]:m.start[j+1]]
}

// Width returns the width of the new pixel j.
func (m *Matrix) Width(j int) float64 { return m.width[j] }

// Coverage returns the share of the new pixel j that old pixels cover.
func (m *Matrix) Coverage(j int) float64 {
	_, overlaps := m.Row(j)
	sum := 0.0
	for _, w := range overlaps {
		sum += w
	}
	return math.Min(1, sum/m.width[j])
}

// Mean returns the flux of the new pixel j, the mean of the n old fluxes weighted by overlap,
// its variance given those of the old ones (nil: 0), and the share of the new pixel that is
// covered. Old pixels for which use is false are left out. Without any, the mean is NaN.
func (m *Matrix) Mean(j int, flux, variance []float64, use func(i int) bool) (mean, v, coverage float64) {
	first, overlaps := m.Row(j)
	var sum, sumV, total float64
	for k, w := range overlaps {
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
	return sum / total, sumV / (total * total), math.Min(1, total/m.width[j])
}
