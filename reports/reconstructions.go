package reports

import (
	"errors"
	"slices"

	"sedlab/internal/record"
)

// reconstructions makes a figure as the paper's Figure 1: a row of panels for
// each value of Rows, in each panel one signal and its reconstruction. A row of
// panels shows one cell: the first that matches, with a note if there are more.
func reconstructions(f Figure, run Run) (*drawn, error) {
	if len(run.Examples) == 0 {
		return nil, errors.New("there are no examples; evaluate.keep says how many to keep")
	}
	if f.Signals <= 0 {
		f.Signals = 4
	}
	examples, err := filter(run.Examples, f.Where)
	if err != nil {
		return nil, err
	}
	priors := priorsOf(examples)
	if f.Prior == "" && f.Rows != "prior" && len(priors) > 0 {
		f.Prior = firstPrior(run, priors)
	} else {
		priors = nil // none is left out unasked
	}
	if f.Prior != "" {
		examples = slices.DeleteFunc(examples, func(e *record.Example) bool { return e.Prior != f.Prior })
	}
	if len(examples) == 0 {
		return nil, errors.New("no examples are left by prior and where")
	}
	if f.Rows != "" {
		if err := known(run.Examples, f.Rows); err != nil {
			return nil, err
		}
	}
	g := &gallery{prior: f.Prior, priors: priors, column: f.Rows}
	for _, e := range examples {
		g.add(e, f)
	}
	if len(g.rows) == 0 {
		return nil, errors.New("no example has a truth and a reconstruction")
	}
	return g.drawn(f, run.Normalize), nil
}

func priorsOf(examples []*record.Example) (names []string) {
	for _, e := range examples {
		if !slices.Contains(names, e.Prior) {
			names = append(names, e.Prior)
		}
	}
	return names
}

// firstPrior is the first of the priors with a generator, or else the first
// there is.
func firstPrior(run Run, priors []string) string {
	for _, p := range priors {
		if slices.Contains(run.Claims, p) {
			return p
		}
	}
	return priors[0]
}

func (g *gallery) drawn(f Figure, normalize string) *drawn {
	p := newGalleryPlot(g, f, normalize)
	by := g.prior
	if by == "" {
		by = listed(g.shown())
	}
	return &drawn{
		name:    "reconstructions",
		title:   heading(f.Title, "Signals and their reconstructions by "+by),
		caption: p.frame.caption,
		height:  p.height(),
		draw:    p.draw,
		csv:     g.csv(),
		table:   g.table(),
	}
}
