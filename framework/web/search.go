package web

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sedlab/framework/app"
	"sedlab/internal/escape"
)

// mostSettings is the number of settings that a page shows.
const mostSettings = 500

// searchPage is a run's search for the best setting.
type searchPage struct {
	runPage
	*app.Searched
	Metrics  []string // to choose from
	Names    []string // of the keys, without the prior
	Best     *searchRow
	Rows     []searchRow
	Left     int // settings that are not shown
	Failed   int // settings
	Charts   chartData
	Widths   []rungWidth
	Uneven   bool // settings were tried under different conditions, so that none is the best
	Problem  string
	Waiting  bool
	BestLine string // the options of sedlab run that give the best setting
}

// searchRow is a setting of the table.
type searchRow struct {
	app.SearchSetting
	Place   int // from 1
	Line    string
	Draw    string // the path of a figure of its rows
	Spectra string // the path of its kept reconstructions
}

// rungWidth is the bar of a rung [percent].
type rungWidth struct {
	app.SearchRung
	Number        int
	Entered, Went float64
}

// chartData is what the page's script draws.
type chartData struct {
	Axes   []chartAxis  `json:"axes"`
	Scores []chartValue `json:"scores"`
	Score  string       `json:"score"` // its name
	Best   bool         `json:"best"`  // the first setting is the best
}

// chartAxis is an axis with a value for each setting.
type chartAxis struct {
	Name   string       `json:"name"`
	Words  []string     `json:"words,omitempty"` // the values, if they are no numbers; Values are then indices
	Log    bool         `json:"log"`
	Values []chartValue `json:"values"`
}

// chartValue is a number whose JSON is null if it is not finite.
type chartValue float64

// MarshalJSON implements json.Marshaler.
func (v chartValue) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(v))
}

// search shows a run's settings, the best first.
func (s *Server) search(r *http.Request) (*view, error) {
	p := &searchPage{Metrics: s.app.Metrics()}
	var err error
	if p.runPage, err = s.runOf(r); err != nil {
		return nil, err
	}
	v := &view{Template: "search", Title: "Search of " + p.ID, Data: p, Scripts: []string{"copy.js", "search.js"}}
	q := r.URL.Query()
	p.Searched, err = s.app.Search(r.Context(), p.Dir, q.Get("prior"), q.Get("metric"))
	if errors.As(err, new(*app.QueryError)) {
		return nil, err
	}
	if err != nil {
		p.Problem, p.Waiting = err.Error(), errors.As(err, new(*app.UnfinishedError))
		return v, r.Context().Err()
	}
	p.fill()
	return v, nil
}

func (p *searchPage) fill() {
	for _, key := range p.Keys {
		p.Names = append(p.Names, strings.TrimPrefix(key, "priors."+p.Prior+"."))
	}
	for i, setting := range p.Settings {
		if math.IsInf(setting.Score, 1) {
			p.Failed++
		}
		if i < mostSettings {
			p.Rows = append(p.Rows, searchRow{setting, i + 1, setLine(setting.Set), p.figure(setting), p.spectra(setting)})
		}
	}
	p.Left = len(p.Settings) - len(p.Rows)
	p.Uneven = p.Shared == 0 || p.Chosen && p.Shared < p.Under
	if len(p.Rows) > 0 && p.Failed < len(p.Settings) && !p.Uneven {
		p.Best, p.BestLine = &p.Rows[0], p.Rows[0].Line
	}
	for i, r := range p.Rungs {
		share := 100 / float64(p.Rungs[0].Settings)
		p.Widths = append(p.Widths, rungWidth{r, i + 1, share * float64(r.Settings), share * float64(r.WentOn)})
	}
	p.Charts = chartData{Best: p.Best != nil, Score: p.Statistic + " " + p.Metric, Axes: []chartAxis{}}
	for i, name := range p.Names {
		if a := p.axis(i, name); len(slices.Compact(slices.Sorted(slices.Values(a.Values)))) > 1 {
			p.Charts.Axes = append(p.Charts.Axes, a)
		}
	}
	for _, row := range p.Rows {
		p.Charts.Scores = append(p.Charts.Scores, chartValue(row.Score))
	}
}

// axis returns the axis of a key. Numbers that differ by more than a factor of 10 have a log axis.
func (p *searchPage) axis(key int, name string) chartAxis {
	a := chartAxis{Name: name}
	low, high, numbers := math.Inf(1), math.Inf(-1), true
	for _, row := range p.Rows {
		v := row.Values[key]
		low, high, numbers = min(low, v.Number), max(high, v.Number), numbers && v.Number == v.Number
		if !slices.Contains(a.Words, v.Text) {
			a.Words = append(a.Words, v.Text)
		}
	}
	if slices.Sort(a.Words); numbers {
		a.Words, a.Log = nil, low > 0 && high > 10*low
	}
	for _, row := range p.Rows {
		v := row.Values[key].Number
		if !numbers {
			v = float64(slices.Index(a.Words, row.Values[key].Text))
		}
		a.Values = append(a.Values, chartValue(v))
	}
	return a
}

// setLine writes edits as options of sedlab run.
func setLine(edits []string) string {
	var words []string
	for _, e := range edits {
		words = append(words, "--set "+escape.Shell(e))
	}
	return strings.Join(words, " ")
}

// spectra returns the path of a setting's kept reconstructions.
func (p *searchPage) spectra(s app.SearchSetting) string {
	return runPath(p.ID) + "/spectra?" + url.Values{"among": s.Cells[:min(len(s.Cells), mostAmong)], "by": {p.Prior}}.Encode()
}

// figure returns the path of a figure of a setting's rows.
func (p *searchPage) figure(s app.SearchSetting) string {
	q := url.Values{"figure": {"boxplot"}, "y": {p.Metric}, "prior": {p.Prior}, "x": {"split"}}
	switch {
	case p.Resource != "":
		q.Set("x", p.Resource)
	case len(p.Conditions) > 0:
		q.Set("x", p.Conditions[0])
	}
	for _, w := range p.Where {
		q.Set("where."+w.Key, w.Text)
	}
	for i, v := range s.Values {
		if v.Where != "" {
			q.Set("where."+p.Keys[i], v.Where)
		}
	}
	return runPath(p.ID) + "/draw?" + q.Encode()
}
