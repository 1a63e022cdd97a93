package figures

import (
	"errors"
	"slices"

	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// Reconstructions is a figure as the paper's Figure 1: a row of panels for each
// value of rows, in each panel one signal and its reconstruction. A row of panels
// shows one cell: the first that fits, with a note if there are more.
var Reconstructions = Kind{Name: "reconstructions", Doc: "signals and their reconstructions, with the residuals", Version: 1, New: func() Config { return new(reconstructions) }}

type reconstructions struct {
	Rows    string         `spec:"rows" default:"\"\"" example:"problem.operator" doc:"swept key or column with one row of panels a value"`
	Signals int            `spec:"signals" default:"4" range:"[1,16]" doc:"signals shown side by side"`
	Prior   string         `spec:"prior" default:"\"\"" example:"glo" doc:"the only prior shown"`
	Where   map[string]any `spec:"where" example:"{evaluate.split: test}" doc:"only the rows with these values of swept keys or columns"`
	Title   string         `spec:"title" default:"\"\"" example:"inpainting" doc:"text above the figure"`
}

// Check implements Config.
func (c *reconstructions) Check(s Sweep) []KeyError {
	errs := append(s.CheckAxis("rows", c.Rows, s.Kept()), s.CheckRows(c.Prior, c.Where, s.Kept())...)
	if s.Keep < c.Signals {
		errs = append(errs, wrong("signals", "shows %d, but evaluate.keep keeps %d reconstructions per cell; expected no more than are kept", c.Signals, s.Keep)...)
	}
	return errs
}

// Draw implements Config.
func (c *reconstructions) Draw(run reports.Run) (*reports.Drawn, error) {
	if len(run.Examples) == 0 {
		return nil, errors.New("there are no examples; evaluate.keep says how many to keep")
	}
	where, rows := conditions(run, c.Where), run.Column(c.Rows)
	examples, err := filter(run.Examples, where)
	if err != nil {
		return nil, err
	}
	g := &gallery{run: run, column: rows, prior: c.Prior}
	if priors := priorsOf(examples); c.Prior == "" && rows.Name != "prior" && len(priors) > 0 {
		g.prior, g.priors = firstPrior(run, priors), priors
	}
	if g.prior != "" {
		examples = slices.DeleteFunc(examples, func(e *record.Example) bool { return e.Prior != g.prior })
	}
	if len(examples) == 0 {
		return nil, errors.New("no examples are left by prior and where")
	}
	if rows.Name != "" {
		if err := known(run.Examples, rows.Name); err != nil {
			return nil, err
		}
	}
	for _, e := range examples {
		g.add(e, c.Signals)
	}
	if len(g.rows) == 0 {
		return nil, errors.New("no example has a truth and a reconstruction")
	}
	p := newGalleryPicture(g, c.Title)
	own := choices(c.Prior, where)
	if rows.Name != "" {
		own = append(own, "by "+reports.Head(rows))
	}
	return &reports.Drawn{
		Picture: draw.Picture{Height: p.height(), Paint: p.paint, CSV: g.csv()},
		Name:    "reconstructions",
		Title:   c.Title, Default: "Signals and their reconstructions by " + g.by(),
		Choices: own, Caption: p.frame.Caption, Table: g.table(),
	}, nil
}

func priorsOf(examples []*record.Example) (names []string) {
	for _, e := range examples {
		if !slices.Contains(names, e.Prior) {
			names = append(names, e.Prior)
		}
	}
	return names
}

// firstPrior is the first of the priors with a generator, or else the first of all.
func firstPrior(run reports.Run, priors []string) string {
	for _, p := range priors {
		if slices.Contains(run.Claims, p) {
			return p
		}
	}
	return priors[0]
}
