package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"sedlab/framework/app"
	"sedlab/framework/compare"
	"sedlab/framework/store"
	"sedlab/internal/record"
)

// Limits of a comparison.
const (
	mostCompared = 8    // runs
	mostChoices  = 200  // runs that a person can choose of
	mostPoints   = 5000 // of the scatter
	mostLargest  = 20   // differences in the table
)

// compareView is what the page of a comparison is executed with.
type compareView struct {
	Choices []*store.Summary // without two runs to compare
	Chosen  []string
	Beside  *app.Beside
	Medians []medianRow
	Pair    *pairView
	Metrics []string
	Metric  string
	Against string // the run that the first is paired with
}

// First is the run that is chosen first.
func (v *compareView) First() string {
	for _, id := range v.Chosen {
		return id
	}
	return v.choice(0)
}

// Second is another run than the first.
func (v *compareView) Second() string {
	if second := v.choice(0); second != v.First() {
		return second
	}
	return v.choice(1)
}

func (v *compareView) choice(i int) string {
	if i < len(v.Choices) {
		return v.Choices[i].ID
	}
	return ""
}

// besideTable has rows of values, one for each run.
type besideTable struct {
	Title string
	Runs  []app.BesideRun
	Rows  []app.BesideRow
}

// Spec is the table of the settings that differ.
func (v *compareView) Spec() besideTable {
	return besideTable{"settings", v.Beside.Runs, v.Beside.Spec}
}

// Origin is the table of what else differs.
func (v *compareView) Origin() besideTable {
	return besideTable{"program, machine and data", v.Beside.Runs, v.Beside.Origin}
}

// medianRow has the median of a metric by a prior in each run.
type medianRow struct {
	Prior  string
	Column record.Column
	Cells  []resultCell
}

// compare shows runs beside each other, and the first one's results paired with another's.
func (s *Server) compare(r *http.Request) (*view, error) {
	values := r.URL.Query()
	v := &compareView{Metrics: s.app.Metrics(), Metric: cmp.Or(values.Get("metric"), "mse")}
	for _, id := range values["run"] {
		if id != "" && !slices.Contains(v.Chosen, id) {
			v.Chosen = append(v.Chosen, id)
		}
	}
	if len(v.Chosen) > mostCompared {
		return nil, &badRequest{fmt.Errorf("%d runs are to be compared; expected at most %d", len(v.Chosen), mostCompared)}
	}
	page := &view{Template: "compare", Title: "Compare runs", Data: v, Scripts: []string{"compare.js"}}
	var err error
	if len(v.Chosen) < 2 {
		v.Choices, err = s.newest(r.Context(), mostChoices)
		return page, err
	}
	if v.Beside, err = s.app.Beside(v.Chosen); err != nil {
		return nil, err
	}
	v.Medians = mediansOf(v.Beside.Runs, s.app.Columns())
	v.Against = cmp.Or(values.Get("against"), v.Chosen[1])
	if !slices.Contains(v.Chosen[1:], v.Against) {
		return nil, &badRequest{fmt.Errorf("against %q: expected one of the runs after the first", v.Against)}
	}
	v.Pair = s.pair(r.Context(), v)
	return page, nil
}

// newest returns the runs that began last, the last first.
func (s *Server) newest(ctx context.Context, most int) ([]*store.Summary, error) {
	all, err := s.roster.List(ctx)
	if err != nil {
		return nil, err
	}
	list, err := store.Query{}.Find(all.Runs)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b *store.Summary) int { return b.Started.Compare(a.Started) })
	return list[:min(len(list), most)], nil
}

// mediansOf returns the medians that the manifests of runs have.
func mediansOf(runs []app.BesideRun, columns record.Columns) (rows []medianRow) {
	var priors []string
	for _, run := range runs {
		for _, r := range run.Results {
			if !slices.Contains(priors, r.Prior) {
				priors = append(priors, r.Prior)
			}
		}
	}
	for _, prior := range priors {
		for _, c := range columns {
			if row, any := medianOf(runs, prior, c); any {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// medianOf returns a row of mediansOf, and whether any run has it.
func medianOf(runs []app.BesideRun, prior string, c record.Column) (row medianRow, any bool) {
	row = medianRow{prior, c, make([]resultCell, len(runs))}
	var cells []*resultCell
	for i, run := range runs {
		for _, r := range run.Results {
			if v, ok := r.Medians[c.Name]; ok && r.Prior == prior {
				row.Cells[i].Value, any = &v, true
			}
		}
		cells = append(cells, &row.Cells[i])
	}
	markLowest(cells, c)
	return row, any
}

// pairView are the results of two runs, signal by signal.
type pairView struct {
	A, B    string // ids
	Problem string // why there is nothing else
	Results compare.Pairing
	Column  record.Column // of the metric
	// Conditions are the titles of the groups of Results.
	Conditions []string
	All        int
	Kept       int // pairs with a reconstruction that a run kept
	Shown      int
	Points     scatterData
	Largest    []pairRow
}

// scatterData is what the scatter is drawn from.
type scatterData struct {
	Paths      [2]string `json:"paths"` // of the spectra of A and B
	Priors     []string  `json:"priors"`
	Same       []bool    `json:"same"` // whether the results of a prior are identical
	Conditions []string  `json:"conditions"`
	// Points are each the indexes of a prior and a condition, a signal, its cells in A and B,
	// empty where its reconstruction was not kept, and the errors in A and B.
	Points [][7]any `json:"points"`
}

// pairRow is a pair with links to its spectra in A and B, which are empty where it was not kept.
type pairRow struct {
	app.ScatterPair
	Condition    string
	PathA, PathB string
}

// Factor is B's error over A's.
func (r pairRow) Factor() float64 { return r.B / r.A }

// pair pairs the results of the first run with those of another.
func (s *Server) pair(ctx context.Context, v *compareView) *pairView {
	p := &pairView{A: v.Chosen[0], B: v.Against}
	p.Column, _ = s.app.Columns().Find(v.Metric)
	found, err := s.app.Scatter(ctx, p.A, p.B, v.Metric, mostPoints, mostLargest)
	if err != nil {
		p.Problem = err.Error()
		return p
	}
	p.Results, p.All, p.Kept, p.Shown = found.Results, found.All, found.Kept, len(found.Pairs)
	p.Conditions = found.Conditions
	p.Points = scatterData{Paths: [2]string{runPath(p.A) + "/spectra", runPath(p.B) + "/spectra"}, Conditions: found.Conditions, Points: [][7]any{}}
	for _, g := range p.Results.Priors {
		p.Points.Priors, p.Points.Same = append(p.Points.Priors, g.Prior), append(p.Points.Same, g.Identical)
	}
	for _, q := range found.Pairs {
		cellA, cellB := q.CellA, q.CellB
		if !q.KeptA {
			cellA = ""
		}
		if !q.KeptB {
			cellB = ""
		}
		p.Points.Points = append(p.Points.Points, [7]any{slices.Index(p.Points.Priors, q.Prior), q.Group, q.Signal, cellA, cellB, q.A, q.B})
	}
	for _, q := range found.Largest {
		row := pairRow{ScatterPair: q, Condition: found.Conditions[q.Group]}
		if q.KeptA {
			row.PathA = p.spectrum(0, q, q.CellA)
		}
		if q.KeptB {
			row.PathB = p.spectrum(1, q, q.CellB)
		}
		p.Largest = append(p.Largest, row)
	}
	return p
}

// spectrum returns the path of a pair's spectrum in run A, 0, or B, 1.
func (p *pairView) spectrum(run int, q app.ScatterPair, cell string) string {
	at := url.Values{"signal": {strconv.FormatInt(q.Signal, 10)}, "cell": {cell}, "prior": {q.Prior}}
	return p.Points.Paths[run] + "?" + at.Encode()
}

// groupTable is a table of groups of pairs.
type groupTable struct {
	Title      string
	Groups     []compare.Group
	Conditions []string // of the groups, if they are of single ones
}

// AllConditions has a group for each prior.
func (p *pairView) AllConditions() groupTable {
	return groupTable{"All conditions", p.Results.Priors, nil}
}

// EachCondition has a group for each prior and condition.
func (p *pairView) EachCondition() groupTable {
	return groupTable{"Each condition", p.Results.Groups, p.Conditions}
}

// Whole says of how many rows a pair is the mean, if it is.
func (p *pairView) Whole() string {
	if a, b := p.Results.MostA, p.Results.MostB; a > 1 || b > 1 {
		return fmt.Sprintf("Where several rows of a run are of the same problem, such as repeats, their means are compared (up to %d in A, %d in B).", a, b)
	}
	return ""
}
