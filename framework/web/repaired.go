package web

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"

	"sedlab/framework/app"
)

// repairedPage is the page of a file or folder of repaired spectra.
type repairedPage struct {
	Tabs    []tab
	Missing error // why there is nothing to show; nil if there is
	*app.RepairedList
	Sorts   []string
	Viewer  viewer
	Summary *summary // nil if the chosen spectrum cannot be read
	Failed  string   // why
	Where   url.Values
	Pages   pages
}

// repairedCurve is the name of the one curve of a repaired spectrum.
const repairedCurve = "repaired"

// output returns the path with the number in a request's address.
func (s *Server) output(r *http.Request) (number int, path string, err error) {
	number, err = strconv.Atoi(r.PathValue("output"))
	if err != nil || number < 0 || number >= len(s.opt.Repaired) {
		return 0, "", errNoPage
	}
	return number, s.opt.Repaired[number], nil
}

// repaired shows repaired spectra.
func (s *Server) repaired(r *http.Request) (*view, error) {
	number, path, err := s.output(r)
	if err != nil {
		return nil, err
	}
	p := &repairedPage{Where: r.URL.Query(), Sorts: app.RepairedSorts, Viewer: viewer{curves([]string{repairedCurve}, []string{repairedCurve}), true}}
	for i, path := range s.opt.Repaired {
		p.Tabs = append(p.Tabs, tab{filepath.Base(path), fmt.Sprintf("/repaired/%d", i), i == number})
	}
	v := &view{Template: "repaired", Title: "Repaired spectra", Data: p, Scripts: []string{"spectra.js"}, Styles: []string{"spectra.css"}}
	q, err := repairedQuery(p.Where)
	if err != nil {
		return nil, err
	}
	if p.RepairedList, err = s.app.Repaired(r.Context(), path, q); err != nil {
		if statusOf(err) == http.StatusBadRequest || r.Context().Err() != nil {
			return nil, err
		}
		p.Missing = err
		return v, nil
	}
	p.Pages = neighbours(p.Where, p.Query.From, len(p.Rows), p.Total)
	x, err := s.app.RepairedSpectrum(r.Context(), path, p.Query.Chosen)
	if err != nil {
		p.Failed = err.Error()
		return v, nil
	}
	p.Summary = repairedSummary(x)
	p.Summary.Source = fmt.Sprintf("/repaired/%d/data?spectrum=%d", number, p.Query.Chosen)
	return v, nil
}

func repairedQuery(values url.Values) (q app.RepairedQuery, err error) {
	q = app.RepairedQuery{Sort: values.Get("sort"), Limit: spectraPerPage}
	if q.From, err = fromOf(values); err != nil {
		return q, err
	}
	if q.Default = values.Get("spectrum") == ""; !q.Default {
		q.Chosen, err = chosenOf(values)
	}
	return q, err
}

func chosenOf(values url.Values) (int, error) {
	n, err := strconv.Atoi(values.Get("spectrum"))
	if err != nil {
		return 0, &badRequest{fmt.Errorf("spectrum %q: expected the number of a spectrum", values.Get("spectrum"))}
	}
	return n, nil
}

// Pick returns the address of a spectrum on the page.
func (p *repairedPage) Pick(row app.RepairedRow) string {
	return with(p.Where, "spectrum", strconv.Itoa(row.Number), "from", strconv.Itoa(p.Query.From))
}

// repairedData answers with the fluxes of a repaired spectrum.
func (s *Server) repairedData(r *http.Request) (any, error) {
	_, path, err := s.output(r)
	if err != nil {
		return nil, err
	}
	number, err := chosenOf(r.URL.Query())
	if err != nil {
		return nil, err
	}
	x, err := s.app.RepairedSpectrum(r.Context(), path, number)
	if err != nil {
		return nil, err
	}
	return repairedPlot(x), nil
}

// repairedPlot returns a repaired spectrum as the viewer takes it.
func repairedPlot(x *app.RepairedSpectrum) *plot {
	p := &plot{
		Title: x.Name, File: x.Name, Unit: x.FluxUnit, Frame: "observed wavelength",
		Wavelength: seriesOf(x.Wavelength), Measured: seriesOf(x.Original), Error: seriesOf(x.Error),
		Hidden: ranges(x.Filled, true), Curves: []plotted{}, Notes: []string{},
	}
	if x.FluxUnit == "" {
		p.Unit = "flux"
	}
	if x.Rest {
		p.Frame, p.Shift = "rest wavelength", 1
	} else if x.Redshift != nil {
		p.Shift = 1 + *x.Redshift
	}
	if len(x.Flux) > 0 {
		p.Curves = append(p.Curves, plotted{Name: repairedCurve, Flux: seriesOf(x.Flux), Low: seriesOf(x.Low), High: seriesOf(x.High)})
	}
	if x.Status != "ok" {
		p.Notes = append(p.Notes, "Not repaired: "+x.Status+".")
	}
	if x.Unlike {
		p.Notes = append(p.Notes, "Unlike the training spectra: do not trust what is filled in.")
	}
	return p
}

// repairedSummary returns a repaired spectrum in numbers.
func repairedSummary(x *app.RepairedSpectrum) *summary {
	filled := 0
	for _, f := range x.Filled {
		if f {
			filled++
		}
	}
	s := &summary{Title: x.Name, About: x.Status, Facts: [][2]string{
		{"File", x.File}, {"Row", strconv.FormatInt(x.Row, 10)}, {"Fluxes", strconv.Itoa(len(x.Wavelength))}, {"Filled in", strconv.Itoa(filled)},
		{"Unlike the training spectra", yesNo(x.Unlike)}, {"Search converged", yesNo(x.Converged)},
	}}
	for _, f := range []struct {
		name  string
		value *float64
	}{{"p-value", x.PValue}, {"χ² per measured flux", x.Chi2}, {"Redshift", x.Redshift}, {"Redshift, 16 %", x.Redshift1}, {"Redshift, 84 %", x.Redshift2}, {"Scale", x.Scale}} {
		if f.value != nil {
			s.Facts = append(s.Facts, [2]string{f.name, number(*f.value)})
		}
	}
	return s
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Direction says which spectra come first in an order.
func (p *repairedPage) Direction(sort string) string {
	return map[string]string{"p_value": ", lowest first", "chi2": ", highest first", "redshift": ", highest first"}[sort]
}

// Number returns a number that may be unknown.
func (p *repairedPage) Number(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
