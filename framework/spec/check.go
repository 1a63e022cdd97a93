package spec

import (
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
)

// pointCheck finds what is wrong between the keys of one point.
type pointCheck struct {
	*Spec
	*reader
	root *yamlpos.Node
	add  func(key, format string, args ...any)
}

func (r *reader) pointCheck(s *Spec, root *yamlpos.Node) pointCheck {
	return pointCheck{Spec: s, reader: r, root: root, add: func(key, format string, args ...any) {
		r.add(root.Place(key), key, format, args...)
	}}
}

// pointChecks are the checks of any point, each with the keys and sections that
// it reads.
var pointChecks = []struct {
	reads []string
	check func(pointCheck)
}{
	{[]string{"dataset.source", "dataset.path"}, pointCheck.source},
	{[]string{"dataset.split", "evaluate.split"}, pointCheck.split},
	{[]string{"seed", "dataset.source", "dataset.size", "dataset.split", "evaluate"}, pointCheck.signals},
	{[]string{"seed", "dataset.source", "dataset.corrupt"}, pointCheck.corrupt},
	{[]string{"problem.operator", "problem.missing_fraction"}, pointCheck.operator},
	{[]string{"seed", "dataset.source", "dataset.size", "dataset.split", "priors"}, pointCheck.priors},
	{[]string{"solver.method", "priors"}, pointCheck.projected},
	{[]string{"select", "evaluate.split", "problem.missing_fraction"}, pointCheck.selected},
}

// checkPoint tells whether the keys of a point, decoded from root, fit together.
func (r *reader) checkPoint(s *Spec, root *yamlpos.Node, b block) bool {
	before := r.yaml.Errs.Len()
	c := r.pointCheck(s, root)
	for _, p := range pointChecks {
		p.check(c)
	}
	c.continued(b)
	for _, a := range b {
		if slices.Equal(a.keys, []string{"solver.lambda"}) && len(a.rows) > 1 && s.Solver.Method == Projection {
			r.add(a.pos, "sweep.solver.lambda", "is swept with the method projection, which has no penalty; "+
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
	n, dim := 0, 0 // not known
	if parts, known := c.parts(); known {
		source, _ := c.opt.source(c.Dataset.Source)
		n, dim = len(parts.Train), source.Fluxes
		if n == 0 && c.Dataset.Split.Train > 0 {
			c.add("dataset.split.train", "none of %d signals are in it with this seed; expected more signals or a larger share", c.Dataset.Size)
		}
	}
	for _, p := range c.Priors {
		for _, wrong := range p.Config.Check(n, dim) {
			c.add(strings.TrimSuffix("priors."+p.Name+"."+wrong.Key, "."), "%s", wrong.Problem)
		}
	}
}
