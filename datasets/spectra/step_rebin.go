package spectra

import (
	"fmt"
	"math"

	"sedlab/internal/rebin"
)

// Rebin moves a spectrum to the grid of the data set.
var Rebin = StepKind{
	Name:    "rebin",
	Doc:     "Moves a spectrum to a grid and conserves flux: a new flux is the mean of those that its pixel covers (SpectRes, Carnall 2017).",
	Version: 1,
	New:     func() Step { return new(RebinConfig) },
}

// RebinConfig holds the keys of Rebin. The default grid is astroML's: 1000 pixels from
// log10(λ/Å) = 3.5, each 0.0004 beyond the one before it.
type RebinConfig struct {
	From        float64  `spec:"from" default:"3162.2776601683795" range:"[1,1e9]" unit:"Å" doc:"centre of the first pixel"`
	To          float64  `spec:"to" default:"7943.282347242815" range:"[1,1e9]" unit:"Å" doc:"centre of the pixel that would follow the last one, so that a step is (to − from)/fluxes, of λ or of log λ"`
	Fluxes      int      `spec:"fluxes" default:"1000" range:"[2,1000000]" doc:"number of pixels"`
	Spacing     string   `spec:"spacing" default:"log" enum:"log|linear" doc:"what is equal from pixel to pixel: the ratio of wavelengths, or their difference"`
	Method      string   `spec:"method" default:"mean" enum:"mean|spline" doc:"mean over the pixels that a new one covers, or differences of the cubic spline through the cumulative flux, as in astroML; the two differ by a tenth of the error, and more in narrow lines"`
	MinCoverage float64  `spec:"min_coverage" default:"0.5" range:"(0,1]" doc:"share of a pixel that must have been measured; its flux is then the mean over that part, and otherwise it counts as not measured"`
	Spikes      *float64 `spec:"spikes" example:"0.5" range:"(0,inf)" doc:"leave out pixels whose mean error is above the local one by this share, 0.5 in astroML, and the two on either side of them and of what was not measured; without effect if the errors are unknown"`
}

// Check requires an ascending grid.
func (c *RebinConfig) Check() []KeyError {
	if !(c.To > c.From) {
		return []KeyError{{Key: "to", Problem: fmt.Sprintf("got %g; expected more than from, %g", c.To, c.From)}}
	}
	grid := c.Grid()
	if _, err := rebin.New(grid, grid); err != nil {
		return []KeyError{{Key: "fluxes", Problem: fmt.Sprintf("got %d from %g to %g Å; expected pixels far enough apart for double precision", c.Fluxes, c.From, c.To)}}
	}
	return nil
}

// Grid returns the centres of the pixels [Å].
func (c *RebinConfig) Grid() []float64 {
	grid, n := make([]float64, c.Fluxes), float64(c.Fluxes)
	from, to := math.Log10(c.From), math.Log10(c.To)
	for j := range grid {
		if c.Spacing == "linear" {
			grid[j] = c.From + float64(j)*((c.To-c.From)/n)
		} else {
			grid[j] = math.Pow(10, from+float64(j)*((to-from)/n))
		}
	}
	return grid
}

// Apply moves the spectrum. The variance of a flux is Σ w²σ²/(Σ w)², with the overlaps w
// of the pixels that were measured (Carnall 2017, eq. 4); the correlation of neighbours is
// not kept. Mask bits are lost. A spectrum is dropped if none of it is left.
//
// With method: spline and spikes: 0.5, pixels that were fully measured have astroML's fluxes
// and mask. These differences remain: a pixel that was measured in part has the mean over that
// part, and one of which nothing was measured is left out, even where astroML's spline of the
// errors rings above 0; astroML averages errors, where we add variances, so its errors are
// about twice as large; and where a spectrum ends within the grid, astroML's cumulative sum
// falls to 4, which spoils the last flux and masks some 20 pixels before it.
func (c *RebinConfig) Apply(s *Spectrum) error {
	grid := c.Grid()
	m, err := rebin.New(s.Wavelength, grid)
	if err != nil {
		return &Drop{"cannot be rebinned: " + err.Error()}
	}
	var left []bool // out, as spikes
	if c.Spikes != nil && s.Ivar != nil {
		sigma, mean := s.meanError(m)
		if err := c.smooth(mean, s.Wavelength, grid, sigma); err != nil {
			return err
		}
		left = spikes(mean, *c.Spikes)
	}
	flux := nans(len(grid))
	if err := c.smooth(flux, s.Wavelength, grid, s.bridged()); err != nil {
		return err
	}
	s.rebin(m, grid, c.MinCoverage, flux)
	for j, is := range left {
		if is {
			s.Leave(j)
		}
	}
	if s.share() == 0 {
		return &Drop{fmt.Sprintf("nothing was measured from %.0f to %.0f Å, the range of the grid of step rebin", grid[0], grid[len(grid)-1])}
	}
	return nil
}

// smooth replaces the means of new pixels within the old grid, if the method is spline.
func (c *RebinConfig) smooth(means, from, to, values []float64) error {
	if c.Method != "spline" {
		return nil
	}
	smooth, err := rebin.Smooth(from, to, values)
	if err != nil {
		return &Drop{"cannot be rebinned: " + err.Error()}
	}
	for j, v := range smooth {
		if !math.IsNaN(v) {
			means[j] = v
		}
	}
	return nil
}

// rebin averages the measured pixels. Where all of a new pixel was measured, its flux is
// that of smooth, unless that is NaN.
func (s *Spectrum) rebin(m *rebin.Matrix, grid []float64, minCoverage float64, smooth []float64) {
	const rounding = 1e-9 // of coverages
	var variance []float64
	if s.Ivar != nil {
		variance = make([]float64, len(s.Ivar))
		for i, v := range s.Ivar {
			variance[i] = 1 / v
		}
	}
	flux, ivar, missing := make([]float64, len(grid)), make([]float64, len(grid)), make([]bool, len(grid))
	for j := range grid {
		mean, v, coverage := m.Mean(j, s.Flux, variance, s.Measured)
		if missing[j] = coverage < minCoverage-rounding; missing[j] {
			continue
		}
		if coverage > 1-rounding && !math.IsNaN(smooth[j]) {
			mean = smooth[j]
		}
		flux[j], ivar[j] = mean, math.Min(1/v, math.MaxFloat64)
	}
	s.Wavelength, s.Flux, s.Missing, s.Bits = grid, flux, missing, nil
	if s.Ivar != nil {
		s.Ivar = ivar
	}
}

func nans(n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = math.NaN()
	}
	return list
}

// bridged returns the fluxes with those that were not measured, and are not numbers or far
// outside the range of those that were, replaced by their neighbour's: a spline must not jump,
// and a sum that has held 1e20 has lost the fluxes after it.
func (s *Spectrum) bridged() []float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for i, v := range s.Flux {
		if s.Measured(i) {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	flux, last, margin := make([]float64, len(s.Flux)), 0.0, high-low
	for i, v := range s.Flux {
		if v >= low-margin && v <= high+margin {
			last = v
		}
		flux[i] = last
	}
	return flux
}
