package spec

import (
	"fmt"
	"maps"
	"slices"

	"sedlab/internal/yamlpos"
)

// Figure is one figure of the report. X, Group, Y, Rows and the keys of Where
// name swept keys or columns; Columns turns them all into columns.
type Figure struct {
	Figure        string         `spec:"figure" required:"true" enum:"@figures" doc:"kind of figure"`
	X             string         `spec:"x" required:"true" example:"problem.missing_fraction" doc:"swept key or column along the horizontal axis"`
	Group         string         `spec:"group" default:"\"\"" example:"prior" doc:"swept key or column whose values stand side by side"`
	Y             string         `spec:"y" default:"mse" enum:"mse|mse_missing|mse_observed|mse_measured|measurement_loss|iterations|seconds" doc:"what is shown of each signal"`
	DropBeyondIQR float64        `spec:"drop_beyond_iqr" default:"1.5" range:"[0,inf)" doc:"values farther outside the quartiles than this many interquartile ranges are left out; 0 keeps all"`
	Rows          string         `spec:"rows" default:"\"\"" example:"problem.operator" doc:"swept key or column with one row of panels a value"`
	Signals       int            `spec:"signals" default:"4" range:"[1,16]" doc:"signals shown side by side"`
	Prior         string         `spec:"prior" default:"\"\"" example:"glo" doc:"the only prior shown"`
	Where         map[string]any `spec:"where" example:"{evaluate.split: test}" doc:"only the rows with these values of swept keys or columns"`
	Scale         string         `spec:"scale" default:"auto" enum:"auto|linear|log" doc:"vertical axis"`
	Title         string         `spec:"title" default:"\"\"" example:"inpainting" doc:"text above the figure"`
}

// figureKeys lists which of Figure's keys each kind of figure has.
var figureKeys = map[string][]string{
	"boxplot":         {"figure", "x", "group", "y", "drop_beyond_iqr", "prior", "where", "scale", "title"},
	"reconstructions": {"figure", "rows", "signals", "prior", "where", "title"},
	"training":        {"figure", "title"},
}

// FigureFields returns the keys of each kind of figure.
func FigureFields() map[string][]yamlpos.Field {
	out := map[string][]yamlpos.Field{}
	for kind, keys := range figureKeys {
		for _, f := range yamlpos.Fields(Figure{}) {
			if slices.Contains(keys, f.Name) {
				out[kind] = append(out[kind], f)
			}
		}
	}
	return out
}

// figureKinds returns the names of the kinds, sorted.
func figureKinds() []string { return slices.Sorted(maps.Keys(figureKeys)) }

// figureOf is the key that says which other keys a figure has.
type figureOf struct {
	Figure string `spec:"figure" required:"true" enum:"@figures" doc:"kind of figure"`
}

const maxFigures = 100

// report decodes the figures, one an item of the list; an item that is not one
// leaves the zero Figure.
func (r *reader) report(n *yamlpos.Node) []Figure {
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
	list := make([]Figure, len(n.Items))
	for i, item := range n.Items {
		path := reportPath(i)
		if item.Kind != yamlpos.Mapping {
			r.add(item.Pos, path, "%s; expected a figure such as {figure: training}", item.Got())
			continue
		}
		var kind figureOf
		r.yaml.Decode(item.Only("figure"), path, &kind)
		if fields, ok := FigureFields()[kind.Figure]; ok {
			r.yaml.DecodeFields(fields, item, path, &list[i])
		}
	}
	return list
}

func reportPath(i int) string { return fmt.Sprintf("report[%d]", i) }

func reportNode(list []Figure) *yamlpos.Node {
	n := &yamlpos.Node{Kind: yamlpos.Sequence}
	for _, f := range list {
		n.Items = append(n.Items, f.node())
	}
	return n
}

// node returns the figure as it is written: the keys of its kind.
func (f Figure) node() *yamlpos.Node {
	n := yamlpos.Encode(f)
	var others []string
	for _, e := range n.Entries {
		if !slices.Contains(figureKeys[f.Figure], e.Key) {
			others = append(others, e.Key)
		}
	}
	return n.Without(others...)
}

// Columns returns the figure with columns of the result tables in place of the
// keys that it names.
func (f Figure) Columns() Figure {
	f.X, f.Group, f.Rows = asColumn(f.X), asColumn(f.Group), asColumn(f.Rows)
	where := map[string]any{}
	for key, value := range f.Where {
		where[asColumn(key)] = value
	}
	f.Where = where
	return f
}

func asColumn(name string) string {
	if name == "" || slices.Contains(columns, name) {
		return name
	}
	return Column(name)
}
