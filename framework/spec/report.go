package spec

import (
	"fmt"
	"math"

	"sedlab/internal/record"
	"sedlab/internal/yamlpos"
	"sedlab/reports"
	"sedlab/reports/figures"
)

const maxFigures = 100

// report decodes the list of figures. An item that is not a figure gives a Choice without
// a config, so that indices stay those of the list.
func (r *reader) report(n *yamlpos.Node) []Choice[figures.Config] {
	if n == nil {
		return nil
	}
	if n.Kind != yamlpos.Sequence {
		r.add(n.Pos, "report", "%s; expected a list of figures such as - {figure: %s}", n.Got(), r.slots.Figure.Kinds[0].Name)
		return nil
	}
	if len(n.Items) > maxFigures {
		r.add(n.Pos, "report", "has %d figures; expected at most %d", len(n.Items), maxFigures)
		return nil
	}
	list := make([]Choice[figures.Config], len(n.Items))
	for i, item := range n.Items {
		if item.Kind != yamlpos.Mapping {
			r.add(item.Pos, reportPath(i), "%s; expected a figure such as {figure: %s}", item.Got(), r.slots.Figure.Kinds[0].Name)
			continue
		}
		list[i], _ = choose(r, r.slots.Figure, r.opt.Figures, item, reportPath(i))
	}
	return list
}

func reportPath(i int) string { return fmt.Sprintf("report[%d]", i) }

// reportNode returns the figures as a spec writes them.
func reportNode(list []Choice[figures.Config]) *yamlpos.Node {
	n := &yamlpos.Node{Kind: yamlpos.Sequence}
	for _, f := range list {
		n.Items = append(n.Items, f.node("figure"))
	}
	return n
}

// Figures returns the figures of the report.
func (f *File) Figures() (list []reports.Figure) {
	for _, c := range f.Base.Report {
		list = append(list, figures.Figure{Kind: c.Kind.Name, Config: c.Config})
	}
	return list
}

// Undrawn says which figures will have too much in them to be drawn, and why. Their data
// are written all the same.
func (f *File) Undrawn() []string { return f.undrawn }

// checkFigures checks all figures of the report.
func (r *reader) checkFigures(f *File) {
	report, sweep := f.root.Child("report"), r.figureSweep(f)
	for i, fig := range f.Base.Report {
		if fig.Config == nil {
			continue
		}
		place := func(e figures.KeyError) (yamlpos.Pos, string) {
			return report.Items[i].Place(e.Key), yamlpos.Join(reportPath(i), e.Key)
		}
		for _, wrong := range fig.Config.Check(sweep) {
			pos, key := place(wrong)
			r.add(pos, key, "%s", wrong.Problem)
		}
		if limited, ok := fig.Config.(figures.Limited); ok {
			for _, e := range limited.Undrawn(sweep) {
				pos, key := place(e)
				f.undrawn = append(f.undrawn, (&yamlpos.Error{Pos: pos, Key: key, Problem: e.Problem}).Error())
			}
		}
	}
}

// figureSweep returns the facts about the sweep that figures may need for their checks.
func (r *reader) figureSweep(f *File) figures.Sweep {
	s := figures.Sweep{
		Keys: f.SweptKeys(), Columns: r.opt.Columns(), Values: map[string][]any{}, Keep: f.Base.Evaluate.Keep,
		Has: func(key string) bool { _, ok := yamlpos.Find(f.fields, key); return ok },
	}
	if s.Keep == KeepAll {
		s.Keep = math.MaxInt
	}
	s.Priors = f.priorNames()
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
		point := map[string]any{}
		for _, v := range p.Values {
			column := record.ColumnOf(v.Key)
			point[column] = v.Value
			add(column, v.Value)
		}
		s.Points = append(s.Points, point)
	}
	return s
}
