package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
)

// pointCheck finds what is wrong between the keys of one point.
type pointCheck struct {
	*Spec
	opt Options
	add func(key, format string, args ...any)
}

// checkPoint tells whether the keys of a point, decoded from root, fit together.
func (r *reader) checkPoint(s *Spec, root *yamlpos.Node, block Block) bool {
	before := r.yaml.Errs.Len()
	c := pointCheck{Spec: s, opt: r.opt, add: func(key, format string, args ...any) {
		r.add(root.Place(key), key, format, args...)
	}}
	c.source()
	c.split()
	c.operator()
	c.priors()
	for _, a := range block {
		if a.Key == "solver.lambda" && len(a.Values) > 1 && s.Solver.Method == Projection {
			r.add(a.Pos, "sweep.solver.lambda", "is swept with the method projection, which has no penalty; "+
				"expected it in a block with solver.method: regularization")
		}
	}
	return r.yaml.Errs.Len() == before
}

func (c pointCheck) source() {
	source, _ := c.opt.source(c.Dataset.Source)
	switch {
	case source.Makes && c.Dataset.Path != "":
		c.add("dataset.path", "source %s makes its signals; expected no path, or another source", source.Name)
	case source.NeedsPath && c.Dataset.Path == "":
		c.add("dataset.path", "missing; source %s needs the path of a file", source.Name)
	}
}

func (c pointCheck) split() {
	s := c.Dataset.Split
	if sum := s.Train + s.Validation + s.Test; sum > 1+1e-9 {
		c.add("dataset.split", "train %g + validation %g + test %g is %g; expected at most 1 (what is not written takes its default)",
			s.Train, s.Validation, s.Test, sum)
	}
	if s.Share(c.Evaluate.Split) == 0 {
		c.add("evaluate.split", "no signals are in the split %s; expected dataset.split.%s above 0", c.Evaluate.Split, c.Evaluate.Split)
	}
	if s.Train == 0 {
		c.add("dataset.split.train", "got 0; expected some signals to train priors on")
	}
}

func (c pointCheck) operator() {
	if op, _ := c.opt.operator(c.Problem.Operator); !op.Hides && c.Problem.MissingFraction != 0 {
		c.add("problem.missing_fraction", "got %g, but %s hides no flux; expected 0", c.Problem.MissingFraction, op.Name)
	}
}

func (c pointCheck) priors() {
	for _, p := range c.Priors {
		for _, wrong := range p.Config.Check(0, 0) {
			c.add("priors."+p.Name+"."+wrong.Key, "%s", wrong.Problem)
		}
	}
}

// checkFigures checks what the figures name against what the sweep makes.
func (r *reader) checkFigures(f *File) {
	report := f.root.Child("report")
	for i, fig := range f.Base.Report {
		item := report.Items[i]
		c := figureCheck{File: f, Figure: fig, add: func(key, format string, args ...any) {
			r.add(item.Place(key), reportPath(i)+"."+key, format, args...)
		}}
		c.names()
		c.prior()
		c.where()
		if keep := f.Base.Evaluate.Keep; fig.Figure == "reconstructions" && keep != KeepAll && keep < fig.Signals {
			c.add("signals", "shows %d, but evaluate.keep keeps %d reconstructions per cell; expected no more than are kept", fig.Signals, keep)
		}
	}
}

type figureCheck struct {
	*File
	Figure
	add func(key, format string, args ...any)
}

func (c figureCheck) names() {
	c.name("x", c.X, columns)
	c.name("group", c.Group, columns)
	c.name("rows", c.Rows, exampleColumns)
}

// name checks that a figure's key names a swept key or a column.
func (c figureCheck) name(key, name string, columns []string) {
	swept := c.SweptKeys()
	known := name == "" || slices.Contains(swept, name) || slices.Contains(columns, asColumn(name))
	if known {
		return
	}
	if _, ok := yamlpos.Find(c.fields, name); ok {
		c.add(key, "names %s, which is not swept; expected a swept key or a column", name)
		return
	}
	c.add(key, "got %q, which is neither a swept key nor a column; %s", name, yamlpos.Instead(name, slices.Concat(swept, columns)))
}

func (c figureCheck) prior() {
	names := c.priorNames()
	if c.Prior != "" && !slices.Contains(names, c.Prior) {
		c.add("prior", "got %q, which is no prior of this spec; %s", c.Prior, yamlpos.Instead(c.Prior, names))
	}
}

func (f *File) priorNames() []string {
	var names []string
	for _, p := range f.Base.Priors {
		names = append(names, p.Name)
	}
	return names
}

func (c figureCheck) where() {
	for _, key := range slices.Sorted(maps.Keys(c.Where)) {
		c.name("where."+key, key, columns)
		if values := c.valuesOf(key); len(values) > 0 && !slices.Contains(values, c.Where[key]) {
			c.add("where."+key, "got %v, which no point of the sweep has; expected one of %s", c.Where[key], list(values))
		}
	}
}

// valuesOf returns the distinct values of a swept key, or of the column prior;
// none for other columns, whose values only a run can tell.
func (c figureCheck) valuesOf(key string) []any {
	var values []any
	if key == "prior" {
		for _, name := range c.priorNames() {
			values = append(values, name)
		}
	}
	for _, p := range c.points {
		for _, v := range p.Values {
			if asColumn(v.Key) == asColumn(key) && v.Value != nil && !slices.Contains(values, v.Value) {
				values = append(values, v.Value)
			}
		}
	}
	return values
}

func list(values []any) string {
	var words []string
	for _, v := range values {
		words = append(words, fmt.Sprint(v))
	}
	return strings.Join(words, ", ")
}
