package dataset

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Options says which data set to load.
type Options struct {
	Source string // the name of one of Sources
	Path   string // the file, for sources that read one
	Size   int    // signals to make, for synthetic
	Seed   uint64 // names the random streams of synthetic
}

// Source is a place that data sets come from.
type Source struct {
	Name  string
	Doc   string // one sentence
	Makes bool   // makes its signals: takes a size and no path
	// NeedsPath is set where a spec must name the file.
	NeedsPath bool
	Load      func(context.Context, Options) (*Set, error)
}

// Sources returns every source that a spec can name.
func Sources() []Source {
	return []Source{
		{
			Name:  "synthetic",
			Doc:   "Galaxy spectra made from physics: stars, dust, gas and noise; any size, from a seed.",
			Makes: true,
			Load:  loadSynthetic,
		},
		{
			Name: "sdss-corrected",
			Doc:  "astroML's 4000 SDSS galaxy spectra (spec4000.npz), with unmeasured fluxes infilled by its iterative PCA.",
			Load: loadSDSSCorrected,
		},
		{
			Name:      "npz",
			Doc:       "A NumPy archive with spectra (N×n) and wavelength (n) or coeff0 and coeff1, or with astroML's keys.",
			NeedsPath: true,
			Load:      loadNPZ,
		},
	}
}

// Load loads a data set. Its error is an *InputError, but for ctx's own.
func Load(ctx context.Context, o Options) (*Set, error) {
	var names []string
	for _, source := range Sources() {
		if source.Name != o.Source {
			names = append(names, source.Name)
			continue
		}
		set, err := source.Load(ctx, o)
		if err != nil {
			return nil, inputError(ctx, o, err)
		}
		return set, nil
	}
	return nil, inputError(ctx, o, fmt.Errorf("no such source, expected one of %s", strings.Join(names, ", ")))
}

// inputError tells a data set's fault from a load that was called off.
func inputError(ctx context.Context, o Options, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var input *InputError
	if errors.As(err, &input) {
		return err
	}
	name := o.Path
	if name == "" {
		name = o.Source
	}
	return &InputError{Dataset: name, Err: err}
}
