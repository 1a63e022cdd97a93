package spectra

import (
	"fmt"
	"math"

	"sedlab/internal/rebin"
)

// Rebin moves a spectrum to the grid of the data set.
var Rebin = StepKind{
	Name:    "rebin",
	Doc:     "Moves a spectrum to a grid, so that flux is conserved: a new flux is the mean of those that its pixel covers (SpectRes, Carnall 2017).",
	Version: 1,
	New:     func() Step { return new(RebinConfig) },
}

// RebinConfig holds the keys of Rebin. The default grid is astroML's, of 1000 bins from
// log10(λ/Å) = 3.5 with a step of 0.0004.
type RebinConfig struct {
	From        float64 `spec:"from" default:"3162.2776601683795" range:"(0,inf)" unit:"Å" doc:"centre of the first pixel"`
	To          float64 `spec:"to" default:"7935.919098534786" range:"(0,inf)" unit:"Å" doc:"centre of the last pixel"`
	Fluxes      int     `spec:"fluxes" default:"1000" range:"[2,1000000]" doc:"number of pixels"`
	Spacing     string  `spec:"spacing" default:"log" enum:"log|linear" doc:"what is equal from pixel to pixel: the ratio of wavelengths, or their difference"`
	MinCoverage float64 `spec:"min_coverage" default:"0.5" range:"(0,1]" doc:"share of a pixel that must have been measured; its flux is the mean over what was, and otherwise it counts as not measured"`
}

// Check requires an ascending grid.
func (c *RebinConfig) Check() []KeyError {
	if !(c.To > c.From) {
		return []KeyError{{Key: "to", Problem: fmt.Sprintf("got %g; expected more than from, %g", c.To, c.From)}}
	}
	return nil
}

// Grid returns the centres of the pixels [Å].
func (c *RebinConfig) Grid() []float64 {
	grid := make([]float64, c.Fluxes)
	for j := range grid {
		t := float64(j) / float64(c.Fluxes-1)
		if c.Spacing == "linear" {
			grid[j] = c.From + t*(c.To-c.From)
		} else {
			grid[j] = math.Pow(10, math.Log10(c.From)+t*(math.Log10(c.To)-math.Log10(c.From)))
		}
	}
	return grid
}

// Apply moves the spectrum. The variance of a flux is Σ w²σ²/(Σ w)², with the overlaps w
// of the pixels that were measured (Carnall 2017, eq. 4).
func (c *RebinConfig) Apply(s *Spectrum) error {
	return s.Rebin(c.Grid(), c.MinCoverage)
}

// Rebin moves the spectrum to a grid, as step rebin does. Mask bits are lost.
func (s *Spectrum) Rebin(grid []float64, minCoverage float64) error {
	m, err := rebin.New(s.Wavelength, grid)
	if err != nil {
		return &Drop{err.Error()}
	}
	var variance []float64
	if s.Ivar != nil {
		variance = make([]float64, len(s.Ivar))
		for i, v := range s.Ivar {
			variance[i] = 1 / v
		}
	}
	flux, missing := make([]float64, len(grid)), make([]bool, len(grid))
	ivar := make([]float64, len(grid))
	for j := range grid {
		mean, v, coverage := m.Mean(j, s.Flux, variance, s.Measured)
		if missing[j] = coverage < minCoverage-1e-9; missing[j] {
			mean = 0
		} else if v > 0 {
			ivar[j] = 1 / v
		}
		flux[j] = mean
	}
	s.Wavelength, s.Flux, s.Missing, s.Bits = grid, flux, missing, nil
	if s.Ivar != nil {
		s.Ivar = ivar
	}
	return nil
}
