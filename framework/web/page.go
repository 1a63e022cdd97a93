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

// computing is like page, for pages that read tables or draw: only a few are made at a time, and
// none takes longer than pageTime.
func (s *Server) computing(get func(*http.Request) (*view, error)) http.Handler {
	return s.page(func(r *http.Request) (v *view, err error) {
		err = s.work(r, 1, func(r *http.Request) (err error) {
			v, err = get(r)
			return err
		})
		return v, err
	})
}

// alone is like computing, for pages that take so much memory that nothing else is computed
// meanwhile.
func (s *Server) alone(get func(*http.Request) (*view, error)) http.Handler {
	return s.page(func(r *http.Request) (v *view, err error) {
		err = s.work(r, mostWorking, func(r *http.Request) (err error) {
			v, err = get(r)
			return err
		})
		return v, err
	})
}

// patience is how long a request waits for its turn to compute, and pageTime the time from its start
// until it gives up computing. They leave time to answer within writeTime.
const (
	patience = 20 * time.Second
	pageTime = 25 * time.Second
)

// errBusy is the answer to a request whose turn does not come, and errSlow to one that takes too long.
var (
	errBusy = errors.New("the server is busy with other requests; try again in a minute")
	errSlow = errors.New("this takes longer than a page may; the command line has no such limit")
)

// work waits until a request has its turns to compute, and calls compute with a request that ends
// when pageTime has passed.
func (s *Server) work(r *http.Request, turns int, compute func(*http.Request) error) error {
	ctx, stop := context.WithTimeout(r.Context(), s.pageTime)
	defer stop()
	done, err := s.turns(ctx, turns)
	if err != nil {
		return cmp.Or(r.Context().Err(), err)
	}
	defer done()
	err = compute(r.WithContext(ctx))
	if r.Context().Err() == nil && ctx.Err() != nil { // what was made may lack a part
		return errSlow
	}
	return err
}

// turns waits for some of the turns, and returns the function that ends them. Only one request waits
// for its turns at a time, so that two do not each have what the other needs.
func (s *Server) turns(ctx context.Context, n int) (done func(), err error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	select {
	case s.waiting <- struct{}{}:
		defer func() { <-s.waiting }()
	case <-ctx.Done():
		return nil, errBusy
	}
	have := 0
	done = func() {
		for range have {
			<-s.working
		}
	}
	for have < n {
		select {
		case s.working <- struct{}{}:
			have++
		case <-ctx.Done():
			done()
			return nil, errBusy
		}
	}
	return done, nil
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
