package main

import (
	"context"
	"fmt"
	"math"
	"sort"

	"sedlab/operators"
)

// spectrograph is what a spec's `operator: spectrograph` names.
var spectrograph = operators.Kind{
	Name:    "spectrograph",
	Doc:     "blurs the spectrum by an instrument's resolving power and records it in coarser pixels",
	Version: 1, // raise it when the same keys and signals come to give other measurements
	New:     func() operators.Config { return new(config) },
}

// config is the operator's keys in a spec's problem section.
type config struct {
	Resolution float64 `spec:"resolution" default:"500" range:"(0,inf)" doc:"resolving power R = λ/FWHM of the instrument, its pixels included"`
	Pixel      float64 `spec:"pixel" default:"10" range:"[0.01,inf)" unit:"Å" doc:"distance between the recorded wavelengths"`
}

// Check refuses grids that are too coarse for the instrument: with bins wider than
// its resolution, or with fewer fluxes than it has pixels.
func (c *config) Check(grid []float64) []operators.KeyError {
	if grid == nil {
		return nil
	}
	if len(grid) < 2 {
		return []operators.KeyError{{Problem: fmt.Sprintf("got a spectrum of %d fluxes; expected 2 or more to blur", len(grid))}}
	}
	var errs []operators.KeyError
	finest := math.Inf(1) // R of the widest bin
	for i := range len(grid) - 1 {
		finest = min(finest, grid[i]/(grid[i+1]-grid[i]))
	}
	if c.Resolution > finest {
		errs = append(errs, operators.KeyError{Key: "resolution",
			Problem: fmt.Sprintf("got %g, but the spectra have bins as wide as λ/%g; expected at most that", c.Resolution, math.Floor(finest))})
	}
	if m := c.pixels(grid); m > len(grid) {
		errs = append(errs, operators.KeyError{Key: "pixel",
			Problem: fmt.Sprintf("got %g Å, which makes %d pixels of %d fluxes; expected no more pixels than fluxes", c.Pixel, m, len(grid))})
	}
	return errs
}

// pixels returns how many pixels cover a grid.
func (c *config) pixels(grid []float64) int {
	return 1 + int((grid[len(grid)-1]-grid[0])/c.Pixel)
}

// Family returns one instrument for all signals: nothing about it is random.
func (c *config) Family(_ context.Context, grid []float64, seed uint64) (operators.Family, error) {
	for _, e := range c.Check(grid) {
		return nil, fmt.Errorf("%s: %s", e.Key, e.Problem)
	}
	b := c.bands(grid)
	return func(int) operators.Operator { return b }, nil
}

const (
	fwhm  = 2.3548 // of a Gaussian, in standard deviations: 2 √(2 ln 2)
	reach = 5      // standard deviations, beyond which a Gaussian counts as 0
)

// bands returns the matrix of the instrument. Its line-spread function at a
// wavelength λ is a Gaussian of σ(λ) = λ/(2.3548 R) (Robertson 2013, PASA 30, e048),
// integrated over each bin. A row's weights add up to 1, also at the edges of the
// grid, so that a flat spectrum stays flat.
func (c *config) bands(grid []float64) *banded {
	n, edges := len(grid), binEdges(grid)
	b := &banded{n: n, rows: make([]band, c.pixels(grid)), lambda: make([]float64, c.pixels(grid))}
	for j := range b.rows {
		center := grid[0] + float64(j)*c.Pixel
		sigma := center / (fwhm * c.Resolution)
		first := max(0, sort.SearchFloat64s(edges, center-reach*sigma)-1)
		last := min(n, sort.SearchFloat64s(edges, center+reach*sigma))
		below := func(i int) float64 { return math.Erf((edges[i] - center) / (sigma * math.Sqrt2)) }
		total := below(last) - below(first)
		row := band{first: first, weights: make([]float32, last-first)}
		for i := range row.weights {
			row.weights[i] = float32((below(first+i+1) - below(first+i)) / total)
		}
		b.rows[j], b.lambda[j] = row, center
	}
	return b
}

// binEdges returns the n+1 edges of n bins: half-way between the wavelengths.
func binEdges(grid []float64) []float64 {
	n := len(grid)
	edges := make([]float64, n+1)
	for i := 1; i < n; i++ {
		edges[i] = (grid[i-1] + grid[i]) / 2
	}
	edges[0], edges[n] = 2*grid[0]-edges[1], 2*grid[n-1]-edges[n-1]
	return edges
}
