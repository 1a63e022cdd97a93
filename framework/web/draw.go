package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sedlab/framework/app"
	"sedlab/framework/spec"
)

// drawPage is a form for figures of a run, and the figure that is asked for.
type drawPage struct {
	runPage
	Kinds   []option
	Doc     string // of the kind
	Fields  []drawField
	Filters []drawField
	Own     []ownFigure

	Unfiltered string // the path of the same figure without a filter; empty if there is none
	Drawing    *app.Drawing
	Files      []drawFile
	Alt        string // of the picture
	Numbers    []bool // for each column of the drawing's table, whether it holds numbers
	Problem    string // why there is no figure
	Waiting    bool   // the problem is that the run has not ended
}

// drawField is a key of a figure in the form.
type drawField struct {
	app.FigureKey
	Query   string // the field's name in a query
	Value   string
	Options []option // nil if any text may be given
	Error   string   // what is wrong with the value
}

// option is a choice of a list.
type option struct {
	Value, Label string
	Chosen       bool
}

// drawFile is the figure in one format.
type drawFile struct{ Format, Name, Path string }

// ownFigure is a link to a figure of the run's report.
type ownFigure struct {
	Line, Path string
	Here       bool
}

// draw shows the form for figures of a run, and the figure that is asked for.
func (s *Server) draw(r *http.Request) (*view, error) {
	p := drawPage{}
	var err error
	if p.runPage, err = s.runOf(r); err != nil {
		return nil, err
	}
	v := &view{Template: "draw", Title: "Figures of " + p.ID, Data: &p, Scripts: []string{"copy.js", "ask.js"}}
	form, err := s.app.FigureForm(p.Dir)
	if err != nil {
		p.Problem = err.Error()
		return v, nil
	}
	a, err := askedIn(r.URL.Query(), form)
	if err != nil {
		return nil, err
	}
	p.fill(form, a)
	p.draw(r.Context(), s.app, a)
	return v, r.Context().Err()
}

// draw draws the figure, or notes why it cannot be drawn.
func (p *drawPage) draw(ctx context.Context, a *app.App, figure askedFigure) {
	d, err := a.Draw(ctx, p.Dir, a.FigureItem(figure.kind, figure.keys))
	if err != nil {
		p.refuse(err)
		return
	}
	p.Drawing, p.Numbers = d, numbersIn(d.Table)
	p.Alt = strings.Join(append([]string{d.Heading + "."}, d.Caption...), " ")
	for _, format := range d.Formats() {
		p.Files = append(p.Files, drawFile{format, p.ID + "-" + d.Kind + "." + format, runPath(p.ID) + "/draw/figure." + format + "?" + figure.query()})
	}
}

// numbersIn says which columns of a table with a header hold numbers. A user's own kind may
// have rows of any length.
func numbersIn(table [][]string) (numbers []bool) {
	for i, row := range table {
		for k, text := range row {
			if k == len(numbers) {
				numbers = append(numbers, true)
			}
			_, err := strconv.ParseFloat(text, 64)
			numbers[k] = numbers[k] && (i == 0 || err == nil || text == "–")
		}
	}
	return numbers
}

// refuse puts the errors beside their fields, and the rest above the form.
func (p *drawPage) refuse(err error) {
	wrong := new(spec.Errors)
	if !errors.As(err, &wrong) {
		p.Problem, p.Waiting = err.Error(), errors.As(err, new(*app.UnfinishedError))
		return
	}
	var rest []string
	for _, e := range wrong.All() {
		fits := func(f drawField) bool { return f.Query == e.Key }
		if i := slices.IndexFunc(p.Fields, fits); i >= 0 {
			p.Fields[i].Error = e.Problem
		} else if i := slices.IndexFunc(p.Filters, fits); i >= 0 {
			p.Filters[i].Error = e.Problem
		}
		rest = append(rest, strings.TrimPrefix(e.Key+": "+e.Problem, ": "))
	}
	p.Problem = strings.Join(rest, "\n")
}

// Picture returns the path of the picture that the page shows; empty if there are only data.
func (p *drawPage) Picture() string {
	for _, f := range p.Files {
		if f.Format == "svg" {
			return f.Path
		}
	}
	return ""
}

// drawFile answers with the figure that a query asks for, in the format that the path names.
func (s *Server) drawFile(w http.ResponseWriter, r *http.Request) {
	format, ok := strings.CutPrefix(r.PathValue("file"), "figure.")
	if !ok || !slices.Contains(figureFormats, format) {
		s.fail(w, r, errNoPage)
		return
	}
	var out bytes.Buffer
	if err := s.work(r, 1, func(r *http.Request) error { return s.figure(&out, r, format) }); err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", mediaTypes["."+format])
	_, _ = w.Write(out.Bytes()) // the browser may have gone
}

// figureFormats are those in which a figure can be asked for.
var figureFormats = []string{"svg", "png", "pdf", "csv"}

// figure writes the figure that a query asks for, in a format.
func (s *Server) figure(out io.Writer, r *http.Request, format string) error {
	p, err := s.folderOf(r)
	if err != nil {
		return err
	}
	form, err := s.app.FigureForm(p.Dir)
	if err != nil {
		return err
	}
	a, err := askedIn(r.URL.Query(), form)
	if err != nil {
		return err
	}
	d, err := s.app.Draw(r.Context(), p.Dir, s.app.FigureItem(a.kind, a.keys))
	if errors.As(err, new(*spec.Errors)) || errors.As(err, new(*app.DrawError)) {
		return &badRequest{err}
	}
	if err != nil {
		return err
	}
	return d.Write(out, format)
}
