package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"path"
	"slices"
	"strings"

	"sedlab/framework/app"
)

// Bounds of the spectra in a report.
const (
	reportSpectra = 60
	reportBytes   = 10 << 20 // of their JSON
)

// reportPage is a run's report as one file.
type reportPage struct {
	Title, Version string
	Policy         string
	Style          template.CSS
	Theme, Script  template.JS
	Body           template.HTML
	Priors         []string
	Sort           string // the error that is listed
	Spectra        []reportSpectrum
	Total          int // kept spectra
	Viewer         viewer
	Plots          []*plot
	Missing        string // why there are no spectra
}

// reportSpectrum is a spectrum of the report's list.
type reportSpectrum struct {
	app.SpectrumOf
	Summary *summary
	plot    *plot
}

// worstFirst compares errors, the greatest first and unknown ones last.
func worstFirst(a, b float64) int {
	return cmp.Compare(b, a) // which takes NaN as less than any
}

// WriteReport writes the report of a run as an HTML file that needs no other: report.md with
// its figures, and a viewer of some kept spectra.
func WriteReport(ctx context.Context, w io.Writer, a *app.App, run string) error {
	text, err := a.ReadReport(run)
	if err != nil {
		return err
	}
	p := &reportPage{Title: text.Name + " " + text.ID, Version: app.Version().Version}
	p.Style = template.CSS(static("style.css") + static("spectra.css"))
	p.Theme, p.Script = template.JS(static("theme.js")), template.JS(static("spectra.js"))
	p.Policy = fmt.Sprintf("default-src 'none'; script-src %s %s; style-src %s; img-src data:; base-uri 'none'; form-action 'none'",
		hash(string(p.Theme)), hash(string(p.Script)), hash(string(p.Style)))
	p.Body = template.HTML(markdown(text.Markdown, func(name string) string { return dataURI(text, name) })) // which escapes all text
	if err := p.addSpectra(ctx, a, text.ID, run); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.Missing = err.Error()
	}
	return templates["report"].ExecuteTemplate(w, "report", p)
}

// addSpectra adds some of a run's spectra.
func (p *reportPage) addSpectra(ctx context.Context, a *app.App, id, run string) error {
	rows, total, err := a.Remarkable(ctx, run, reportSpectra)
	if err != nil {
		return err
	}
	p.Total = total
	if len(rows) == 0 {
		return nil
	}
	list, err := a.Spectra(ctx, run, app.SpectraQuery{Limit: 1})
	if err != nil {
		return err
	}
	p.Priors, p.Sort = list.Priors, list.Query.Sort
	p.Viewer = viewer{Curves: curves(list.Priors, firstCurves(list))}
	left := reportBytes
	for _, row := range rows {
		x, err := a.Spectrum(ctx, run, row.SpectrumID)
		if err != nil {
			return err
		}
		drawn := plotOf(id, x)
		text, err := json.Marshal(drawn)
		if err != nil {
			return err
		}
		if left -= len(text); left < 0 {
			break
		}
		drawn.Title = id + " " + strings.ToLower(drawn.Title)
		p.Spectra = append(p.Spectra, reportSpectrum{row, summaryOf(x), drawn})
	}
	slices.SortStableFunc(p.Spectra, func(a, b reportSpectrum) int { return worstFirst(a.Errors[0], b.Errors[0]) })
	for i := range p.Spectra {
		p.Spectra[i].Summary.Source = fmt.Sprintf("#%d", i)
		p.Plots = append(p.Plots, p.Spectra[i].plot)
	}
	return nil
}

// static returns one of the program's own files.
func static(name string) string {
	text, err := staticFiles.ReadFile("static/" + name)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// hash names a script or a style in a content security policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// dataURI returns a file of a report as an address that needs no file, or "" if there is none.
func dataURI(r *app.ReportText, name string) string {
	data, err := r.File(name)
	if err != nil {
		return ""
	}
	kind, _, _ := strings.Cut(mediaTypes[path.Ext(name)], ";")
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data)
}
