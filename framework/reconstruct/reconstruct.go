package reconstruct

import (
	"context"
	"math"

	"sedlab/datasets/spectra"
	"sedlab/framework/repaired"
	"sedlab/internal/rebin"
	"sedlab/internal/record"
	"sedlab/solvers"
)

// Options say how spectra are reconstructed.
type Options struct {
	// RedshiftRange, if not nil, says that redshifts are to be solved for between two values.
	RedshiftRange *[2]float64 `json:"redshift_range,omitempty"`
}

// The statuses of spectra that are not reconstructed, besides those of solvers.
const (
	RedshiftUnknown = "redshift unknown"
	NothingThere    = "nothing measured within the prior's wavelengths"
	NothingMeasured = "nothing measured: no pixel has a flux, and an error above 0 if there are errors"
	NoFlux          = "all fluxes are 0"
	NoBands         = "no error bars: the solution has no finite curvature"
)

// job is a spectrum that is being reconstructed.
type job struct {
	*spectra.Spectrum
	out     *repaired.Spectrum
	rest    *spectra.Spectrum // at rest
	problem *problem
	scale   float64 // about that of the measurements
}

// Reconstruct reconstructs spectra, on the calling goroutine; several may call it at once. A
// result depends neither on the other spectra nor on the unit of the flux, in which it is, per
// Å or per Hz; its scale is that of the flux per Å. Wavelengths are in
// vacuum, and as observed unless a spectrum says that they are at rest.
func (m *Model) Reconstruct(ctx context.Context, list []*spectra.Spectrum, o Options) ([]*repaired.Spectrum, error) {
	results := make([]*repaired.Spectrum, len(list))
	var open []*job
	for i, s := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		j := &job{Spectrum: s, out: blank(s)}
		results[i] = j.out
		if j.out.Status = m.begin(j, o); j.out.Status == record.StatusOK {
			open = append(open, j)
		}
	}
	ms := make([]solvers.Measurement, len(open))
	for i, j := range open {
		ms[i] = m.measurement(j.problem, j.scale)
	}
	estimates, err := m.solve(ctx, ms)
	if err != nil {
		return nil, err
	}
	for i, j := range open {
		m.end(j, ms[i], estimates[i])
	}
	for i, s := range list {
		perHz(results[i], s)
	}
	return results, nil
}

// blank returns the result of a spectrum, with what is known before it is reconstructed.
func blank(s *spectra.Spectrum) *repaired.Spectrum {
	x := &repaired.Spectrum{Name: s.Name, File: s.File, Row: int64(s.Row), FluxUnit: s.FluxUnit, Rest: s.Rest, Redshift: repaired.Number(s.Redshift)}
	pixels(x, s)
	return x
}

// pixels sets the pixels of the original.
func pixels(x *repaired.Spectrum, s *spectra.Spectrum) {
	n := len(s.Wavelength)
	x.Wavelength, x.Original, x.Filled = s.Wavelength, make([]float64, n), make([]bool, n)
	if s.Ivar != nil {
		x.Error = make([]float64, n)
	}
	for i, v := range s.Flux {
		x.Original[i], x.Filled[i] = v, !s.Measured(i)
		if x.Filled[i] {
			x.Original[i] = math.NaN()
		}
		if s.Ivar != nil {
			x.Error[i] = math.NaN()
			if s.Ivar[i] > 0 {
				x.Error[i] = 1 / math.Sqrt(s.Ivar[i])
			}
		}
	}
}

// perHz brings fluxes back to the unit of a file that has them per Hz.
func perHz(x *repaired.Spectrum, s *spectra.Spectrum) {
	if s.HzUnit == "" {
		return
	}
	x.FluxUnit = s.HzUnit
	for _, column := range [][]float64{x.Original, x.Error, x.Flux, x.Low, x.High} {
		for i := range column {
			column[i] *= x.Wavelength[i] / s.HzFactor * x.Wavelength[i]
		}
	}
	x.Median = x.Flux
}

// begin finds the redshift and moves the spectrum to the prior's grid. It returns a status.
func (m *Model) begin(j *job, o Options) string {
	switch measured, flux := content(j.Spectrum); {
	case !measured:
		return NothingMeasured
	case !flux:
		return NoFlux
	}
	if o.RedshiftRange != nil {
		z := m.findRedshift(j.Spectrum, *o.RedshiftRange)
		if z == nil {
			return NothingThere
		}
		j.out.Redshift, j.out.Redshift1, j.out.Redshift2 = &z.best, &z.low, &z.high
		j.out.Rest = false // they count as observed, whatever the file says
	}
	z := math.NaN()
	if j.out.Redshift != nil {
		z = *j.out.Redshift
	}
	switch {
	case j.Rest && o.RedshiftRange == nil:
		z = 0
	case !(z > -1) || math.IsInf(z, 0):
		return RedshiftUnknown
	}
	problem, ok := m.newProblem(at(j.Spectrum, z))
	if !ok {
		return NothingThere
	}
	j.problem, j.scale = problem, problem.firstScale()
	whole, n := *j.Spectrum, len(m.Wavelength)
	whole.Extend(m.Wavelength[0]*(1+z), m.Wavelength[n-1]*(1+z))
	j.rest = at(&whole, z)
	pixels(j.out, &whole)
	return record.StatusOK
}

// content reports whether anything was measured, and whether any flux that was is not 0.
func content(s *spectra.Spectrum) (measured, flux bool) {
	for i, v := range s.Flux {
		if s.Measured(i) {
			measured, flux = true, flux || v != 0
		}
	}
	return measured, flux
}

// at returns a spectrum with its wavelengths at rest for a redshift. It shares all else.
func at(s *spectra.Spectrum, z float64) *spectra.Spectrum {
	moved := *s
	moved.Wavelength = make([]float64, len(s.Wavelength))
	for i, lambda := range s.Wavelength {
		moved.Wavelength[i] = lambda / (1 + z)
	}
	return &moved
}

// end fills in the result from an estimate.
func (m *Model) end(j *job, ms solvers.Measurement, e solvers.Estimate) {
	x := j.out
	x.Status, x.Iterations, x.Converged = e.Status, int64(e.Iterations), e.Converged
	if e.Status != solvers.OK {
		return
	}
	sigma, ok := m.spread(e, ms)
	if !ok {
		x.Status = NoBands
		return
	}
	far := distancesTo(j.problem.observed)
	for i := range sigma {
		sigma[i] *= m.Widths[classOf(far[i])]
	}
	scale := e.Scale * j.scale
	e.Scale = scale
	p := m.pValue(j.problem)
	x.Scale, x.Chi2, x.PValue, x.Unlike = repaired.Number(scale), repaired.Number(e.Chi2), repaired.Number(p), p < unlikely
	m.fill(j, e.X, sigma, scale)
}

// fill sets fluxes and bands on the spectrum's own pixels.
func (m *Model) fill(j *job, signal []float32, sigma []float64, scale float64) {
	x, n := j.out, len(j.out.Wavelength)
	x.Flux, x.Low, x.High = make([]float64, n), make([]float64, n), make([]float64, n)
	values := make([]float64, len(signal))
	for i, v := range signal {
		values[i] = float64(v)
	}
	averages := averager(m.Wavelength, j.rest.Wavelength, values)
	for i, lambda := range j.rest.Wavelength {
		place := position(m.Wavelength, lambda)
		if place < -0.5 || place > float64(len(values))-0.5 {
			x.Flux[i], x.Low[i], x.High[i] = math.NaN(), math.NaN(), math.NaN()
			continue
		}
		x.Flux[i] = scale * averages(i, place)
		half := scale * interpolate(sigma, place)
		x.Low[i], x.High[i] = x.Flux[i]-half, x.Flux[i]+half
	}
	x.Median = x.Flux
}

// averager returns a function that gives the mean of values on a grid over a pixel of another
// one, or the value at its place where pixels are finer than the grid.
func averager(grid, pixels, values []float64) func(i int, place float64) float64 {
	matrix, err := rebin.New(grid, pixels)
	return func(i int, place float64) float64 {
		if err == nil {
			if _, overlaps := matrix.Row(i); len(overlaps) > 2 {
				mean, _, _ := matrix.Mean(i, values, nil, func(int) bool { return true })
				return mean
			}
		}
		return interpolate(values, place)
	}
}
