package spec

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sedlab/datasets"
	"sedlab/internal/kind"
	"sedlab/internal/yamlpos"
	"sedlab/operators"
	"sedlab/solvers"
)

// pointCheck finds keys of one point that do not fit together.
type pointCheck struct {
	spec   *Spec
	reader *reader
	root   func() *yamlpos.Node // the point's tree
}

func (c pointCheck) add(key, format string, args ...any) {
	c.reader.add(c.root().Place(key), key, format, args...)
}

// stepPath names a step of a list.
func stepPath(s Slot, i int) string { return fmt.Sprintf("%s[%d]", s.Path, i) }

// refuse adds the errors of a section.
func (c pointCheck) refuse(section string, errs []kind.KeyError) {
	for _, e := range errs {
		c.add(strings.TrimSuffix(section+"."+e.Key, "."), "%s", e.Problem)
	}
}

// pointChecks are the checks of every point. reads lists the keys and sections that a
// check reads; "dataset.*" stands for the choice of a kind there and the kinds' keys.
// input returns what it reads as a comparable value, so that each check runs once for
// points with the same input.
var pointChecks = []struct {
	reads []string
	input func(*Spec) any
	check func(pointCheck)
}{
	{[]string{"dataset.*", "dataset.prepare", "dataset.preprocess"}, func(s *Spec) any { return s.Dataset }, pointCheck.source},
	{[]string{"dataset.split", "evaluate.split", "evaluate.calibrate"}, func(s *Spec) any { return [2]any{s.Dataset, s.Evaluate} }, pointCheck.split},
	{[]string{"dataset.split", "priors"}, func(s *Spec) any { return [2]any{s.Dataset, s.identity().priors} }, pointCheck.validation},
	{[]string{"seed", "seeds.split", "dataset.*", "dataset.split", "evaluate"}, func(s *Spec) any { return [3]any{s.Seeds.Split, s.Dataset, s.Evaluate} }, pointCheck.signals},
	{[]string{"seed", "seeds.split", "dataset.*", "dataset.corrupt"}, func(s *Spec) any { return [2]any{s.Seeds.Split, s.Dataset} }, pointCheck.corrupt},
	{[]string{"problem"}, func(s *Spec) any { return s.Problem }, pointCheck.operator},
	{[]string{"seed", "seeds.split", "dataset.*", "dataset.split", "priors"}, func(s *Spec) any { return [3]any{s.Seeds.Split, s.Dataset, s.identity().priors} }, pointCheck.priors},
	{[]string{"solver.*", "priors"}, func(s *Spec) any { return s.identity().priors }, pointCheck.solvers},
	{[]string{"priors"}, func(s *Spec) any { return s.identity().priors }, pointCheck.members},
	{[]string{"select", "evaluate.split", "problem.*"}, func(s *Spec) any { return [2]any{s.Evaluate, s.Problem} }, pointCheck.selected},
}

// checkPoint reports whether the keys of a point, decoded from root, fit together.
func (r *reader) checkPoint(s *Spec, root func() *yamlpos.Node, b block) bool {
	before := r.yaml.Errs.Added()
	c := pointCheck{s, r, root}
	for i, p := range pointChecks {
		key := [2]any{i, p.input(s)}
		if ok, known := r.checked[key]; known && ok {
			continue
		}
		errs := r.yaml.Errs.Added()
		p.check(c)
		r.checked[key] = r.yaml.Errs.Added() == errs
	}
	c.continued(b)
	return r.yaml.Errs.Added() == before
}

func (c pointCheck) source() {
	c.refuse("dataset", c.spec.Dataset.Source.Config.Check())
	for i, step := range c.spec.Dataset.Prepare {
		c.refuseStep(c.reader.slots.Prepare, i, step.Config.Check())
	}
	_, fluxes := c.spec.Dataset.Source.Config.Size()
	for i, step := range c.spec.Dataset.Preprocess {
		c.refuseStep(c.reader.slots.Step, i, step.Config.Check(fluxes))
		fluxes = 0 // unknown, because the step may change it
	}
}

// refuseStep adds the errors of a list's step.
func (c pointCheck) refuseStep(s Slot, i int, errs []kind.KeyError) {
	for _, e := range errs {
		place := c.root().Place(s.Path)
		if list := c.root().Get(s.Path); list != nil { // nil for the default
			place = list.Items[i].Place(e.Key)
		}
		c.reader.add(place, strings.TrimSuffix(stepPath(s, i)+"."+e.Key, "."), "%s", e.Problem)
	}
}

func (c pointCheck) split() {
	s, side := c.spec.Dataset.Split, c.spec.Evaluate.Split
	if c.spec.Evaluate.Calibrate > 0 && side == "validation" {
		c.add("evaluate.calibrate", "evaluates the signals that it calibrates by; expected evaluate.split: test or train")
	}
	if s.Column != "" { // the data give the split
		source := c.spec.Dataset.Source
		if _, ok := source.Config.(datasets.Columner); !ok {
			c.add("dataset.split.column", "source %s has no further columns; expected a source that has some, such as npz", source.Kind.Name)
		}
		if !s.Usual() {
			c.add("dataset.split", "shares have no effect beside column; expected column alone")
		}
		return
	}
	if sum := s.Train + s.Validation + s.Test; sum > 1+1e-9 {
		c.add("dataset.split", "train %g + validation %g + test %g is %g; expected at most 1 (a missing share takes its default)",
			s.Train, s.Validation, s.Test, sum)
	}
	if s.Share(side) == 0 {
		c.add("evaluate.split", "the split %s has no signals; expected dataset.split.%s above 0", side, side)
	}
	if n := c.spec.Evaluate.Calibrate; n > 0 && n < LeastCalibrate {
		c.add("evaluate.calibrate", "got %d; expected 0, or at least %d signals", n, LeastCalibrate)
	}
	if c.spec.Evaluate.Calibrate > 0 && s.Validation == 0 {
		c.add("evaluate.calibrate", "the split validation has no signals; expected dataset.split.validation above 0")
	}
	if s.Train == 0 {
		c.add("dataset.split.train", "got 0; expected some signals to train priors on")
	}
}

// validation refuses priors that look at validation signals if there are none.
func (c pointCheck) validation() {
	if s := c.spec.Dataset.Split; s.Column != "" || s.Validation > 0 {
		return
	}
	for _, p := range c.spec.Priors {
		if key := p.Validates(); key != "" {
			c.add("priors."+p.Name+"."+key, "needs validation signals, but the split has none; expected dataset.split.validation above 0")
		}
	}
}

// signals checks the number of signals, as far as it is known before any is made.
func (c pointCheck) signals() {
	d, side := c.spec.Dataset, c.spec.Evaluate.Split
	size, _ := d.Source.Config.Size()
	if d.Split.Column != "" {
		return
	}
	share := math.Ceil(d.Split.Share(side) * float64(size))
	if n := c.spec.Evaluate.Signals; size > 0 && n != defaultSignals && n != AllSignals && float64(n) > share {
		c.add("evaluate.signals", "got %d, but the split %s has a share of %g of %d signals; expected at most %.0f, or all",
			n, side, d.Split.Share(side), size, share)
	}
	if parts, known := c.assignment(); known && len(parts.IDs(side)) == 0 && d.Split.Share(side) > 0 {
		c.add("evaluate.split", "got %s, which has none of the %d signals with this seed; expected more signals or a larger share", side, size)
	}
}

// maxSplits bounds the signals that are split while a spec is checked.
const maxSplits = 1_000_000

// assignment returns the split if the number of signals is known and not too large. The
// split depends only on the seed and that number.
func (c pointCheck) assignment() (datasets.Assignment, bool) {
	r, d := c.reader, c.spec.Dataset
	size, _ := d.Source.Config.Size()
	key := splitKey{size, c.spec.Seeds.Split, d.Split}
	if parts, known := r.splits[key]; known || size == 0 || d.Split.Column != "" || r.counted+size > maxSplits {
		return parts, known
	}
	r.splits[key] = datasets.Split(size, c.spec.Seeds.Split, d.Split)
	r.counted += size
	return r.splits[key], true
}

// splitKey is what a split depends on.
type splitKey struct {
	size  int
	seed  uint64
	split datasets.Fractions
}

// corrupt checks that a requested corruption does something, and leaves something.
func (c pointCheck) corrupt() {
	const share, missing, noise = "dataset.corrupt.share", "dataset.corrupt.missing_fraction", "dataset.corrupt.noise"
	if root := c.root(); root.Get(share) != nil && root.Get(missing) == nil && root.Get(noise) == nil {
		c.add(share, "corrupts nothing by itself; expected missing_fraction or noise too")
	}
	d := c.spec.Dataset
	if _, fluxes := d.Source.Config.Size(); d.Corrupt.Corrupts() && fluxes > 0 {
		if _, err := d.Corrupt.Corruptor(fluxes, c.spec.Seeds.Split); err != nil {
			c.add(missing, "%v", err)
		}
	}
}

func (c pointCheck) operator() {
	p := c.spec.Problem
	c.refuse("problem", p.Operator.Config.Check(nil))
	if _, ok := p.Operator.Config.(operators.Propagating); !ok && p.Precision == PrecisionData {
		c.add("problem.precision", "got %s, but operator %s does not say how errors propagate; expected %s", PrecisionData, p.Operator.Kind.Name, PrecisionEqual)
	}
}

func (c pointCheck) priors() {
	n, dim := 0, 0 // unknown
	if parts, known := c.assignment(); known {
		size, fluxes := c.spec.Dataset.Source.Config.Size()
		if n = len(parts.Train); len(c.spec.Dataset.Preprocess) == 0 {
			dim = fluxes
		}
		if n == 0 && c.spec.Dataset.Split.Train > 0 {
			c.add("dataset.split.train", "has none of the %d signals with this seed; expected more signals or a larger share", size)
		}
	}
	for _, p := range c.spec.Priors {
		c.refuse("priors."+p.Name, p.Config.Check(n, dim))
	}
}

// solvers refuses priors that their solvers cannot use.
func (c pointCheck) solvers() {
	for _, p := range c.spec.Priors {
		c.refuse("priors."+p.Name, solvers.CheckPrior(p.Solver.Config, p.Config))
	}
}

// checkSound checks a spec that has errors. It checks whether those keys fit together
// that are right and not swept.
func (r *reader) checkSound(f *File) {
	doubtful := r.doubtful(f)
	if slices.Contains(doubtful, "") {
		return // a file that could not be read may have any key
	}
	c := pointCheck{f.Base, r, func() *yamlpos.Node { return f.root }}
	for _, p := range pointChecks {
		sound := !slices.ContainsFunc(r.slots.expand(p.reads), func(key string) bool {
			return slices.ContainsFunc(doubtful, func(other string) bool { return within(key, other) || within(other, key) })
		})
		if sound {
			p.check(c)
		}
	}
}

// doubtful returns the keys that are wrong or swept, and the keys that the author may
// have meant by an unknown one: their defaults are not what the author wants.
func (r *reader) doubtful(f *File) (keys []string) {
	add := func(key string) {
		key, _, _ = strings.Cut(key, "[")
		keys = append(keys, key)
		if _, known := yamlpos.Find(f.fields, key); known {
			return
		}
		if near := yamlpos.Near(key, yamlpos.Paths(f.fields, "")); near != "" {
			keys = append(keys, near)
		}
	}
	for _, err := range r.yaml.Errs.All() {
		add(err.Key)
	}
	for _, s := range sweptKeys(f.root.Child("sweep")) {
		add(s.key)
	}
	return keys
}

// within reports whether a key is a section or below it.
func within(key, section string) bool {
	return key == section || strings.HasPrefix(key, section+".")
}
