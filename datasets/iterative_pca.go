package datasets

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"sedlab/internal/gappy"
)

// IterativePCA fills gaps as astroML's data sets do.
var IterativePCA = StepKind{
	Name: "iterative_pca",
	Doc: "Replaces the infilled fluxes by iterative PCA, as astroML's `iterative_pca` does with norm L2: mean and components are those of the filled training signals, " +
		"and each signal's coefficients are a least-squares fit to what was measured (Yip et al. 2004, AJ 128, 585).",
	Version: 1,
	New:     func() Step { return new(IterativePCAConfig) },
}

// IterativePCAConfig holds the keys of IterativePCA. The defaults made astroML's corrected
// SDSS spectra.
type IterativePCAConfig struct {
	Components int `spec:"components" default:"10" range:"[1,50]" doc:"number of components that fill a gap"`
	Iterations int `spec:"iterations" default:"20" range:"[1,1000]" doc:"how often components are computed and gaps are filled"`
}

// Check requires a flux for each component.
func (c *IterativePCAConfig) Check(fluxes int) []KeyError {
	return checkComponents(c.Components, fluxes)
}

// Fit fits mean and components to the signals in train, nil for all. The fit has astroML's
// mu, evecs, evals, norms and coeffs, these for the signals in the order of train. An error is
// an *InputError or ctx's.
func (c *IterativePCAConfig) Fit(ctx context.Context, s *Set, train []int) (*gappy.Fit, error) {
	fit, err := gappy.Iterative(ctx, s.gappy(train), c.options())
	return fit, s.gapError(ctx, err)
}

func (c *IterativePCAConfig) options() gappy.Options {
	return gappy.Options{Components: c.Components, Iterations: c.Iterations, Workers: runtime.GOMAXPROCS(0)}
}

// Apply fills the training signals as the fit to them does, and each other signal with the
// same mean and components held fixed. Signals of which nothing but zeros was measured
// become zero. Data without infilled fluxes stay as they are.
func (c *IterativePCAConfig) Apply(ctx context.Context, s *Set, train []int, _ uint64) (*Set, error) {
	return s.fillGaps(ctx, train,
		func(train []int) (*gappy.Fit, error) { return c.Fit(ctx, s, train) },
		func(m *gappy.Model, d gappy.Data) (*gappy.Fit, error) { return m.Fit(ctx, d, c.options()) })
}

// checkComponents returns what is wrong with a number of components of signals with a number
// of fluxes, 0 if unknown.
func checkComponents(components, fluxes int) []KeyError {
	if fluxes > 0 && components > fluxes {
		return []KeyError{{Key: "components", Problem: fmt.Sprintf("got %d; expected at most the number of fluxes, %d", components, fluxes)}}
	}
	return nil
}

// gappy returns some signals as package gappy takes them.
func (s *Set) gappy(rows []int) gappy.Data {
	return gappy.Data{Flux: s.Flux, Missing: s.Infilled, Weight: s.Ivar, Dim: s.Dim(), Rows: rows}
}

// gapError returns an error of package gappy as one about the data.
func (s *Set) gapError(ctx context.Context, err error) error {
	if unmeasured := new(gappy.UnmeasuredError); errors.As(err, &unmeasured) {
		err = fmt.Errorf("no training signal has a measured flux at %.1f Å; expected one at each wavelength: leave out the others, by step crop, or by from and to of step rebin", s.Wavelength[unmeasured.Column])
	} else if errors.Is(err, gappy.ErrEmpty) {
		err = errors.New("no training signal has a measured flux other than 0")
	}
	return inputError(ctx, InputError{Path: s.Name}, err)
}

// fillGaps returns s with its infilled fluxes replaced: in the signals in train by a fit to
// these, in each other signal by a fit of the same model to that signal.
func (s *Set) fillGaps(ctx context.Context, train []int, fit func(train []int) (*gappy.Fit, error), other func(*gappy.Model, gappy.Data) (*gappy.Fit, error)) (*Set, error) {
	if err := ctx.Err(); err != nil || !slices.Contains(s.Infilled, true) {
		return s, err
	}
	trained, err := fit(append([]int{}, train...)) // nil would mean all
	if err != nil {
		return nil, err
	}
	others := make([]int, 0, s.Len())
	isTrain := make([]bool, s.Len())
	for _, i := range train {
		isTrain[i] = true
	}
	for i, is := range isTrain {
		if !is {
			others = append(others, i)
		}
	}
	fitted, err := other(trained.Model, s.gappy(others))
	if err != nil {
		return nil, err
	}
	out, workers := *s, runtime.GOMAXPROCS(0)
	out.Flux = slices.Clone(s.Flux)
	if err := trained.Fill(ctx, out.Flux, s.gappy(train), workers); err != nil {
		return nil, err
	}
	if err := fitted.Fill(ctx, out.Flux, s.gappy(others), workers); err != nil {
		return nil, err
	}
	return &out, nil
}

// Model is Apply, but also returns the fit to all signals under astroML's names, or nil if
// there was nothing to fill. All signals must be training signals.
func (c *IterativePCAConfig) Model(ctx context.Context, s *Set, train []int, _ uint64) (*Set, *PCA, error) {
	if !slices.Contains(s.Infilled, true) {
		return s, nil, ctx.Err()
	}
	fit, err := c.Fit(ctx, s, train)
	if err != nil {
		return nil, nil, err
	}
	out := *s
	out.Flux = slices.Clone(s.Flux)
	if err := fit.Fill(ctx, out.Flux, s.gappy(train), runtime.GOMAXPROCS(0)); err != nil {
		return nil, nil, err
	}
	model := &PCA{Mu: fit.Mean, Evecs: fit.Basis, Coeffs: fit.Coeffs, Norms: slices.Clone(fit.Norms), Evals: fit.Values}
	for i, row := range train {
		model.Norms[i] *= s.scaleOf(row) // in the source's units
	}
	return &out, model, nil
}
