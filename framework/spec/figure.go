package spec

import (
	"fmt"
	"math"

	"sedlab/internal/record"
	"sedlab/internal/yamlpos"
	"sedlab/reports/figures"
)

// figureOf is the key that says which other keys a figure has.
type figureOf struct {
	Figure string `spec:"figure" required:"true" enum:"@figures" doc:"kind of figure"`
}

const maxFigures = 100

// report decodes the figures, one an item of the list; an item that is not one
// leaves a figure without a config.
func (r *reader) report(n *yamlpos.Node) []figures.Figure {
	if n == nil {
		return nil
	}
	if n.Kind != yamlpos.Sequence {
		r.add(n.Pos, "report", "%s; expected a list of figures such as - {figure: training}", n.Got())
		return nil
	}
	if len(n.Items) > maxFigures {
		r.add(n.Pos, "report", "has %d figures; expected at most %d", len(n.Items), maxFigures)
		return nil
	}
	list := make([]figures.Figure, len(n.Items))
	for i, item := range n.Items {
		path := reportPath(i)
		if item.Kind != yamlpos.Mapping {
			r.add(item.Pos, path, "%s; expected a figure such as {figure: training}", item.Got())
			continue
		}
		var kind figureOf
		r.yaml.Decode(only(item, "figure"), path, &kind)
		if k, ok := r.opt.figure(kind.Figure); ok {
			list[i] = figures.Figure{Kind: k.Name, Config: k.New()}
			r.yaml.Decode(item.Without("figure"), path, list[i].Config)
		}
	}
	return list
}

func reportPath(i int) string { return fmt.Sprintf("report[%d]", i) }

// figureNode returns a figure as it is written.
func figureNode(f figures.Figure) *yamlpos.Node {
	n := yamlpos.Encode(figureOf{f.Kind})
	n.Entries = append(n.Entries, yamlpos.Encode(f.Config).Entries...)
	return n
}

// checkFigures checks all figures of the report.
func (r *reader) checkFigures(f *File) {
	report, sweep := f.root.Child("report"), r.figureSweep(f)
	for i, fig := range f.Base.Report {
		if fig.Config == nil {
			continue
		}
		for _, wrong := range fig.Check(sweep) {
			r.add(report.Items[i].Place(wrong.Key), yamlpos.Join(reportPath(i), wrong.Key), "%s", wrong.Problem)
		}
	}
}

// figureSweep returns what figures can ask about a spec's sweep.
func (r *reader) figureSweep(f *File) figures.Sweep {
	s := figures.Sweep{
		Keys: f.SweptKeys(), Columns: r.opt.Columns(), Values: map[string][]any{}, Keep: f.Base.Evaluate.Keep,
		Has: func(key string) bool { _, ok := yamlpos.Find(f.fields, key); return ok },
	}
	if s.Keep == KeepAll {
		s.Keep = math.MaxInt
	}
	for _, p := range f.Base.Priors {
		s.Priors = append(s.Priors, p.Name)
	}
	seen := map[record.Key]bool{}
	add := func(column string, v any) {
		if key := record.KeyOf(column, v); v != nil && !seen[key] {
			seen[key] = true
			s.Values[column] = append(s.Values[column], v)
		}
	}
	for _, p := range f.points {
		for _, prior := range p.Spec.Priors {
			add("prior", prior.Name)
		}
		for _, v := range p.Values {
			add(record.ColumnOf(v.Key), v.Value)
		}
	}
	return s
}
