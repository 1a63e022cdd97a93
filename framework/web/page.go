package web

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"encoding/hex"
	"errors"
	"hash/fnv"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"sedlab/framework/app"
)

// view is a page to show: the name of its template, its title, and what the template is
// executed with.
type view struct {
	Template string // pages/<Template>.html, which defines "main"
	Title    string
	Data     any
	Scripts  []string // files in static
	Styles   []string // files in static, after style.css
}

// shown is what the layout is executed with.
type shown struct {
	*view
	Version  string // of the program
	Section  string // the part of the site that the page belongs to
	CSRF     string
	ReadOnly bool
	Repaired bool // there are repaired spectra to show
}

// page returns a handler that shows a view, or an error.
func (s *Server) page(get func(*http.Request) (*view, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := get(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.write(w, r, http.StatusOK, v)
	})
}

// computing is like page, for pages that read tables or draw: only a few are made at a time.
func (s *Server) computing(get func(*http.Request) (*view, error)) http.Handler {
	return s.page(func(r *http.Request) (*view, error) {
		done, err := s.work(r)
		if err != nil {
			return nil, err
		}
		defer done()
		return get(r)
	})
}

// patience is how long a request waits for its turn to compute. It leaves time to answer within
// writeTime.
const patience = 20 * time.Second

// errBusy is the answer to a request whose turn does not come.
var errBusy = errors.New("the server is busy with other requests; try again in a minute")

// work waits until a request may compute, and returns the function that ends its turn.
func (s *Server) work(r *http.Request) (done func(), err error) {
	turn, stop := context.WithTimeout(r.Context(), patience)
	defer stop()
	select {
	case s.working <- struct{}{}:
		return func() { <-s.working }, nil
	case <-turn.Done():
		return nil, cmp.Or(r.Context().Err(), errBusy)
	}
}

// fail shows an error as a page.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody is there to read it
	}
	status := statusOf(err)
	s.write(w, r, status, &view{Template: "error", Title: http.StatusText(status), Data: err.Error()})
}

func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, v *view) {
	var out bytes.Buffer
	err := templates[v.Template].ExecuteTemplate(&out, "layout", shown{
		view: v, Version: app.Version().Version, Section: section(r.URL.Path), CSRF: s.csrf, ReadOnly: s.opt.ReadOnly,
		Repaired: len(s.opt.Repaired) > 0,
	})
	if err != nil { // a mistake in a template
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the browser may have gone
}

// section returns the first part of a path.
func section(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

//go:embed pages
var pageFiles embed.FS

// templates holds a template for each page, with the layout.
var templates = parsePages()

func parsePages() map[string]*template.Template {
	layout := template.Must(template.New("").Funcs(helpers).ParseFS(pageFiles, "pages/layout.html", "pages/part_*.html"))
	all := map[string]*template.Template{}
	names, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		panic(err)
	}
	for _, path := range names {
		name := path[len("pages/") : len(path)-len(".html")]
		if name != "layout" {
			all[name] = template.Must(template.Must(layout.Clone()).ParseFS(pageFiles, path))
		}
	}
	return all
}

// asset returns the address of a file in static, with its version, so that browsers can
// keep it.
func asset(name string) string {
	text, err := staticFiles.ReadFile("static/" + name)
	if err != nil {
		panic(err)
	}
	h := fnv.New64a()
	_, _ = h.Write(text) // a hash takes anything
	return "/static/" + name + "?v=" + hex.EncodeToString(h.Sum(nil))
}
