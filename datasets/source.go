package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Options says which data set to load.
type Options struct {
	Source string // the name of one of Sources
	Path   string // the file, for sources that read one
	Size   int    // signals to make, for synthetic
	Seed   uint64 // names the random streams of synthetic
	// PathFlag is how the user of the command names Path, for errors that advise
	// it; of a spec's if empty.
	PathFlag string
}

// Source is a place that data sets come from.
type Source struct {
	Name  string
	Doc   string // one sentence
	Makes bool   // makes its signals: takes a size and no path
	// Fluxes is the length of the signals that it makes.
	Fluxes int
	// NeedsPath is set where a spec must name the file.
	NeedsPath bool
	// DefaultPath returns the file that is read where a spec names none, and
	// Missing says how to get it.
	DefaultPath func() (string, error)
	Missing     string
	// Version is raised whenever the same file, or size and seed, come to load as
	// other signals.
	Version int
	Load    func(context.Context, Options) (*Set, error)
}

// Sources returns every source that a spec can name.
func Sources() []Source {
	return []Source{
		{
			Name:  "synthetic",
			Doc:   "Galaxy spectra made from physics: stars, dust, gas and noise; any size, from a seed.",
			Makes: true, Fluxes: sdssGrid.N,
			Load: loadSynthetic,
		},
		{
			Name:        "sdss-corrected",
			Doc:         "astroML's 4000 SDSS galaxy spectra (spec4000.npz), with unmeasured fluxes infilled by its iterative PCA.",
			DefaultPath: CachePath,
			Missing:     "get it with: sedlab data fetch sdss-corrected",
			Version:     1, Load: loadSDSSCorrected,
		},
		{
			Name:      "npz",
			Doc:       "A NumPy archive with spectra (N×n) and wavelength (n) or coeff0 and coeff1, or with astroML's keys.",
			NeedsPath: true,
			Version:   1, Load: loadNPZ,
		},
	}
}

// Load loads a data set. Its error is an *InputError, but for ctx's own.
func Load(ctx context.Context, o Options) (*Set, error) {
	source, o, err := resolve(o)
	if err != nil {
		return nil, inputError(ctx, o, err)
	}
	set, err := source.Load(ctx, o)
	if err != nil {
		return nil, inputError(ctx, o, source.advise(err, o))
	}
	return set, nil
}

// resolve returns the source that is named, and the options with its file.
func resolve(o Options) (Source, Options, error) {
	var names []string
	for _, s := range Sources() {
		if s.Name != o.Source {
			names = append(names, s.Name)
			continue
		}
		var err error
		switch {
		case s.Makes || o.Path != "":
		case s.DefaultPath != nil:
			o.Path, err = s.DefaultPath()
		default:
			err = errors.New("no file named; " + o.advice())
		}
		return s, o, err
	}
	return Source{}, o, fmt.Errorf("no such source, expected one of %s", strings.Join(names, ", "))
}

// advise adds how to get a file that is not there.
func (s Source) advise(err error, o Options) error {
	if s.Missing != "" && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; %s, or %s", err, s.Missing, o.advice())
	}
	return err
}

// advice says how to name a file.
func (o Options) advice() string {
	flag := o.PathFlag
	if flag == "" {
		flag = "--set dataset.path="
	}
	return "name it with " + flag + "…"
}

// inputError tells a data set's fault from a load that was called off.
func inputError(ctx context.Context, o Options, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	name := o.Path
	if name == "" {
		name = o.Source
	}
	return &InputError{Dataset: name, Err: err}
}
