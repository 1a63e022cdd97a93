package reports

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"gonum.org/v1/plot/vg/draw"
)

// boxplot makes a figure of boxes as the paper's Figure 2: categories of X side
// by side, the groups of each beside one another, and a panel for each prior.
func boxplot(f Figure, run Run) (*drawn, error) {
	if f.Y == "" {
		f.Y = "mse"
	}
	if f.X == "" {
		return nil, errors.New("x: missing; name a swept key or a column")
	}
	if f.Prior != "" {
		f.Where = with(f.Where, "prior", f.Prior)
	}
	rows, err := filter(run.Signals, f.Where)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errors.New("no rows are left by prior and where")
	}
	for _, column := range []string{f.X, f.Group, f.Y} {
		if column == "" {
			continue
		}
		if err := known(run.Signals, column); err != nil {
			return nil, err
		}
	}
	b, err := collect(f, rows)
	if err != nil {
		return nil, err
	}
	p := newBoxPlot(f, b, run.Normalize)
	return &drawn{
		name:    "boxplot-" + slug(f.X),
		title:   heading(f.Title, boxTitle(f, run.Normalize)),
		caption: p.frame.caption,
		height:  p.height(),
		draw:    func(c draw.Canvas) { p.draw(c) },
		csv:     b.csv(),
		table:   b.table(run.Normalize),
	}, nil
}

// with returns the conditions and one more, which wins over one on its column.
func with(where map[string]any, column string, value any) map[string]any {
	more := maps.Clone(where)
	if more == nil {
		more = map[string]any{}
	}
	more[column] = value
	return more
}

// boxTitle says what the boxes are of and how they are told apart.
func boxTitle(f Figure, normalize string) string {
	title := groupTitle(f.Y, normalize) + " by " + groupTitle(f.X, normalize)
	if f.Group != "" && f.Group != f.X {
		title += " and " + groupTitle(f.Group, normalize)
	}
	return title
}

func heading(title, otherwise string) string {
	if title != "" {
		return title
	}
	return otherwise
}

// slug returns a column's name as part of a file's name.
func slug(column string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '-'
	}, column)
}

// caption says what the boxes are, and what they do not show.
func (b *boxes) caption(f Figure, s scale) []string {
	lines := []string{"Box: quartiles and median; whiskers: all that is shown."}
	if f.DropBeyondIQR > 0 {
		lines = append(lines, fmt.Sprintf("%s of %s beyond %s × IQR left out.", count(b.leftOut), plural(b.total(), "value"), format(f.DropBeyondIQR)))
	}
	if b.failed > 0 {
		lines = append(lines, fmt.Sprintf("%s without a value.", plural(b.failed, "signal")))
	}
	if n := b.notPositive(); s.log && n > 0 {
		lines = append(lines, fmt.Sprintf("%s not positive: drawn on the lower edge.", plural(n, "box end")))
	}
	if b.most > 1 {
		lines = append(lines, fmt.Sprintf("A box pools up to %d cells.", b.most))
	}
	return lines
}

func (b *boxes) total() (n int) {
	for _, x := range b.boxes {
		n += x.N
	}
	return n
}

// notPositive counts whiskers and quartiles that a logarithmic scale has no
// place for.
func (b *boxes) notPositive() (n int) {
	for _, x := range b.boxes {
		for _, v := range []float64{x.WhiskerLow, x.Q1, x.Median, x.Q3, x.WhiskerHigh} {
			if v <= 0 {
				n++
			}
		}
	}
	return n
}

func count(n int) string {
	if n == 0 {
		return "None"
	}
	return fmt.Sprint(n)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
