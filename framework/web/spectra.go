package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"sedlab/framework/app"
	"sedlab/framework/store"
)

// spectraPage is the page of a run's kept reconstructions.
type spectraPage struct {
	Run     runPage
	Missing error // why there is nothing to show; nil if there is
	*app.Spectra
	Viewer  viewer
	Summary *summary // nil if no spectrum is chosen
	NotKept string   // what was asked for but not kept
	Where   url.Values
	Pages   pages
}

// viewer is what the template of the viewer is executed with.
type viewer struct {
	Curves   []curve
	Repaired bool // the spectra are those of reconstruct, whose gaps are not hidden but were not measured
}

// curve is a prior that the viewer can draw.
type curve struct {
	Name  string
	Class string // curve-1 … curve-6
	Dash  string // as SVG has it
	Shown bool
}

// pages are links to the neighbours of a page of a list; empty if there are none.
type pages struct{ Prev, Next string }

// dashes tell curves apart without colours.
var dashes = []string{"none", "7 3", "2 2.5", "10 3 2 3", "14 4", "5 2 1 2 1 2"}

// Bounds of a list of spectra.
const (
	spectraPerPage = 50
	curvesAtFirst  = 3
	mostConditions = 500
	mostAmong      = 100 // cells in an address
)

// spectra shows the kept reconstructions of a run.
func (s *Server) spectra(r *http.Request) (*view, error) {
	run, err := s.runOf(r)
	if err != nil {
		return nil, err
	}
	p := &spectraPage{Run: run, Where: r.URL.Query()}
	v := &view{Template: "spectra", Title: "Spectra of " + run.ID, Data: p, Scripts: []string{"copy.js", "spectra.js"}, Styles: []string{"spectra.css"}}
	q, err := spectraQuery(p.Where)
	if err != nil {
		return nil, err
	}
	p.Spectra, err = s.app.Spectra(r.Context(), run.ID, q)
	if errors.As(err, new(*app.QueryError)) || r.Context().Err() != nil {
		return nil, err
	}
	if err != nil { // nothing was kept, or the tables are damaged
		p.Missing = err
		return v, nil
	}
	if n := len(p.Conditions); n > mostConditions {
		p.Conditions = p.Conditions[:mostConditions]
		p.Problem = errors.Join(p.Problem, fmt.Errorf("only the first %d of %d conditions can be chosen; the list of all has every one", mostConditions, n))
	}
	p.Viewer = viewer{Curves: curves(p.Priors, p.shown())}
	p.Pages = neighbours(p.Where, p.Query.From, len(p.Rows), p.Total)
	if p.Chosen == nil {
		p.NotKept = (&app.NotKeptError{Run: run.ID, SpectrumID: *q.Chosen}).Error()
		return v, nil
	}
	x, err := s.app.Spectrum(r.Context(), run.ID, p.Chosen.SpectrumID)
	if err != nil {
		p.NotKept = err.Error()
		return v, nil
	}
	p.Summary = summaryOf(x)
	p.Summary.Source = runPath(run.ID) + "/spectra/data?" + idValues(x.SpectrumID).Encode()
	return v, nil
}

// spectraQuery reads the query of an address.
func spectraQuery(values url.Values) (q app.SpectraQuery, err error) {
	q = app.SpectraQuery{
		Condition: values.Get("condition"), Among: values["among"], Sort: values.Get("sort"), Prior: values.Get("by"), Best: values.Get("order") == "best",
		Limit: spectraPerPage,
	}
	if len(q.Among) > mostAmong {
		return q, &badRequest{fmt.Errorf("among: %d cells; expected at most %d", len(q.Among), mostAmong)}
	}
	if q.From, err = fromOf(values); err != nil {
		return q, err
	}
	if values.Get("signal") != "" {
		id, err := spectrumID(values)
		q.Chosen = &id
		return q, err
	}
	return q, nil
}

// fromOf returns the row that a list begins with, or −1 if the address does not say.
func fromOf(values url.Values) (int, error) {
	text := values.Get("from")
	if text == "" {
		return -1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, &badRequest{fmt.Errorf("from %q: expected the number of a row", text)}
	}
	return n, nil
}

func spectrumID(values url.Values) (id app.SpectrumID, err error) {
	if id.Signal, err = strconv.ParseInt(values.Get("signal"), 10, 64); err != nil {
		return id, &badRequest{fmt.Errorf("signal %q: expected the number of a signal", values.Get("signal"))}
	}
	id.Cell = values.Get("cell")
	return id, nil
}

func idValues(id app.SpectrumID) url.Values {
	return url.Values{"signal": {strconv.FormatInt(id.Signal, 10)}, "cell": {id.Cell}}
}

// shown returns the priors that are drawn: those that the address names, if any.
func (p *spectraPage) shown() []string {
	if list := p.Where["prior"]; len(list) > 0 {
		return list
	}
	return firstCurves(p.Spectra)
}

// firstCurves returns the priors that are drawn at first: the one that a list is sorted by, and the
// best by median.
func firstCurves(s *app.Spectra) []string {
	list := best(s.Priors, s.Medians, curvesAtFirst)
	if !slices.Contains(list, s.Query.Prior) {
		list[len(list)-1] = s.Query.Prior
	}
	return list
}

// best returns a few names, those with the lowest values first. Values that are NaN come last.
func best(names []string, values []float64, most int) []string {
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		if a, b := values[i], values[j]; a == a && b == b {
			return cmp.Compare(a, b)
		}
		return cmp.Compare(values[j], values[i])
	})
	var list []string
	for _, i := range order[:min(most, len(order))] {
		list = append(list, names[i])
	}
	return list
}

// curves gives each prior a colour and a dash. Those that are named are drawn at first.
func curves(priors, shown []string) (list []curve) {
	for i, name := range priors {
		list = append(list, curve{
			name, fmt.Sprintf("curve-%d", i%6+1), dashes[i%len(dashes)],
			slices.Contains(shown, name),
		})
	}
	return list
}

// neighbours makes the links to the pages of a list before and after the one with some rows.
func neighbours(where url.Values, from, rows, total int) (p pages) {
	if from > 0 {
		p.Prev = with(where, "from", strconv.Itoa(max(0, from-spectraPerPage)), "signal", "", "cell", "", "spectrum", "")
	}
	if next := from + rows; next < total {
		p.Next = with(where, "from", strconv.Itoa(next), "signal", "", "cell", "", "spectrum", "")
	}
	return p
}

// with returns an address on the same page with other values for some keys: keys and values in
// turn, "" for none.
func with(where url.Values, changes ...string) string {
	values := url.Values{}
	for key, list := range where {
		values[key] = list
	}
	for i := 0; i+1 < len(changes); i += 2 {
		values.Del(changes[i])
		if changes[i+1] != "" {
			values.Set(changes[i], changes[i+1])
		}
	}
	return "?" + values.Encode()
}

// Pick returns the address of a spectrum on the page.
func (p *spectraPage) Pick(row app.SpectrumOf) string {
	return with(p.Where, "signal", strconv.FormatInt(row.Signal, 10), "cell", row.Cell, "from", strconv.Itoa(p.Query.From))
}

// By returns the address of the list sorted by a prior's error: the worst first, or the best
// if that is what it is sorted by already.
func (p *spectraPage) By(prior string) string {
	order := ""
	if prior == p.Query.Prior && !p.Query.Best {
		order = "best"
	}
	return with(p.Where, "by", prior, "order", order, "from", "", "signal", "", "cell", "")
}

// KeepAll returns the command line that runs the spec again and keeps all reconstructions.
func (p *spectraPage) KeepAll() string {
	return shellLine([]string{"sedlab", "run", p.Run.Dir + "/" + store.SpecFile, "--set", "evaluate.keep=all"})
}

// Each says how many signals of each cell were kept.
func (p *spectraPage) Each() string {
	w := p.Whole
	kept, all := w.Kept/w.Cells, w.Signals/w.Cells
	verb := "were"
	if kept == 1 {
		verb = "was"
	}
	return fmt.Sprintf("%d of %s of each cell %s", kept, plural(all, "signal"), verb)
}

// Everything returns the address of the list of all conditions.
func (p *spectraPage) Everything() string {
	return with(p.Where, "among", "", "condition", "", "from", "", "signal", "", "cell", "")
}

// Order returns the ARIA name of how the list is sorted by a prior's error.
func (p *spectraPage) Order(prior string) string {
	switch {
	case prior != p.Query.Prior || len(p.Errors) == 0:
		return "none"
	case p.Query.Best:
		return "ascending"
	}
	return "descending"
}

// Is reports whether a row is the chosen spectrum.
func (p *spectraPage) Is(row app.SpectrumOf) bool {
	return p.Chosen != nil && p.Chosen.SpectrumID == row.SpectrumID
}
