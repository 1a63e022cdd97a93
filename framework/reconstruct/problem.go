package reconstruct

import (
	"math"

	"sedlab/datasets/spectra"
	"sedlab/internal/quantile"
	"sedlab/internal/rebin"
	"sedlab/operators"
	"sedlab/solvers"
)

// problem is a spectrum as a measurement of a signal on the prior's grid.
type problem struct {
	op       operators.Operator
	y        []float64 // m measurements
	noise    []float64 // m, their variance; nil if errors are unknown
	bin      []float64 // m, where each is on the prior's grid, in bins from 0
	observed []bool    // n, bins in which something was measured
}

// fine is the width of a spectrum's pixels, in pixels of the prior, below which the model does
// not resolve them. Such spectra are first averaged over the prior's pixels.
const fine = 0.75

// leastCoverage is the share of a pixel that must have been measured, or that the prior must
// cover, for it to count.
const leastCoverage = 0.5

// newProblem moves a spectrum, whose wavelengths are those at rest, to the prior's grid. ok is
// false if nothing of it was measured there.
func (m *Model) newProblem(s *spectra.Spectrum) (p *problem, ok bool) {
	if len(s.Wavelength) < 2 {
		return nil, false
	}
	grid := m.Wavelength
	n := len(s.Wavelength)
	width := (s.Wavelength[n-1] - s.Wavelength[0]) / float64(n-1)
	middle := (s.Wavelength[n-1] + s.Wavelength[0]) / 2
	at := min(max(int(position(grid, middle)), 0), len(grid)-2)
	if width < fine*(grid[at+1]-grid[at]) {
		p = binned(s, grid)
	} else {
		p = m.sampled(s)
	}
	return p, p != nil && len(p.y) > 0
}

// binned averages the spectrum over the pixels of the grid.
func binned(s *spectra.Spectrum, grid []float64) *problem {
	matrix, err := rebin.New(s.Wavelength, grid)
	if err != nil {
		return nil
	}
	variance := variances(s)
	p := &problem{observed: make([]bool, len(grid))}
	for j := range grid {
		mean, v, coverage := matrix.Mean(j, s.Flux, variance, s.Measured)
		if coverage < leastCoverage {
			continue
		}
		p.observed[j] = true
		p.add(mean, v, variance != nil, float64(j))
	}
	p.op = operators.Select(p.observed)
	return p
}

// sampled lets the operator average the model over the pixels of the spectrum.
func (m *Model) sampled(s *spectra.Spectrum) *problem {
	matrix, err := rebin.New(m.Wavelength, s.Wavelength)
	if err != nil {
		return nil
	}
	p := &problem{observed: make([]bool, len(m.Wavelength))}
	variance := variances(s)
	var rows []int
	for i := range s.Wavelength {
		if !s.Measured(i) || matrix.Coverage(i) < 1-1e-6 {
			continue
		}
		rows = append(rows, i)
		first, overlaps := matrix.Row(i)
		for k := range overlaps {
			p.observed[first+k] = true
		}
		v := 0.0
		if variance != nil {
			v = variance[i]
		}
		p.add(s.Flux[i], v, variance != nil, position(m.Wavelength, s.Wavelength[i]))
	}
	p.op = operators.NewResampling(matrix, rows, s.Wavelength)
	return p
}

func (p *problem) add(y, variance float64, known bool, bin float64) {
	p.y, p.bin = append(p.y, y), append(p.bin, bin)
	if known {
		p.noise = append(p.noise, variance)
	}
}

// variances returns 1/ivar, or nil if errors are unknown.
func variances(s *spectra.Spectrum) []float64 {
	if s.Ivar == nil {
		return nil
	}
	v := make([]float64, len(s.Ivar))
	for i, w := range s.Ivar {
		v[i] = 1 / w
	}
	return v
}

// position returns where a wavelength is on a grid, in pixels from 0, by interpolation; below
// 0 and above n − 1 beyond the grid.
func position(grid []float64, lambda float64) float64 {
	n := len(grid)
	lo, hi := 0, n-1
	if lambda < grid[0] {
		return (lambda - grid[0]) / (grid[1] - grid[0])
	}
	if lambda > grid[n-1] {
		return float64(n-1) + (lambda-grid[n-1])/(grid[n-1]-grid[n-2])
	}
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; grid[mid] <= lambda {
			lo = mid
		} else {
			hi = mid
		}
	}
	return float64(lo) + (lambda-grid[lo])/(grid[hi]-grid[lo])
}

// interpolate returns a list at a place between its elements.
func interpolate(list []float64, at float64) float64 {
	n := len(list)
	i := min(max(int(math.Floor(at)), 0), n-2)
	t := min(max(at-float64(i), 0), 1)
	return list[i]*(1-t) + list[i+1]*t
}

// measurement returns the problem as solvers take it, for a signal with about the given scale.
// The precisions are those of the noise together with what the model leaves on average: a very
// precise flux counts for no more than the model can follow, and without errors all count the
// same, as in a run.
func (m *Model) measurement(p *problem, scale float64) solvers.Measurement {
	y, precision := make([]float32, len(p.y)), make([]float32, len(p.y))
	average := 0.0
	for j, v := range m.Residual {
		average += math.Max(v-m.Noise[j], leastModel*v) / float64(len(m.Residual))
	}
	for j, v := range p.y {
		y[j], precision[j] = float32(v/scale), float32(1/average)
		if p.noise != nil {
			precision[j] = float32(1 / (average + p.noise[j]/scale/scale))
		}
	}
	return solvers.Measurement{Op: p.op, Y: y, Precision: precision, FreeScale: true}
}

// variance returns the variance of measurement j about the model's, for fluxes in units of
// scale.
func (m *Model) variance(p *problem, j int, scale float64) float64 {
	left := interpolate(m.Residual, p.bin[j])
	if p.noise == nil {
		return left
	}
	model := math.Max(left-interpolate(m.Noise, p.bin[j]), leastModel*left)
	return model + p.noise[j]/scale/scale
}

// leastModel is the least share of the residual variance that is put down to the model, not to
// noise.
const leastModel = 0.1

// firstScale returns the root mean square of the measurements, in which very noisy ones count
// little.
func (p *problem) firstScale() float64 {
	typical, most, sum, weights := 0.0, 0.0, 0.0, 0.0
	if p.noise != nil {
		typical = quantile.MedianOf(p.noise)
	}
	weight := func(j int) float64 {
		if !(typical > 0) {
			return 1
		}
		return 1 / (1 + p.noise[j]/typical)
	}
	for j, v := range p.y {
		most = math.Max(most, math.Abs(v)*weight(j))
	}
	for j, v := range p.y {
		w := weight(j)
		sum, weights = sum+w*(v/most)*(v/most), weights+w
	}
	if s := most * math.Sqrt(sum/weights); s > 0 && !math.IsInf(s, 0) {
		return s
	}
	return 1
}
