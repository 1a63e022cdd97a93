package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sedlab/framework/app"
	"sedlab/framework/store"
)

// Bounds of what a request for runs may ask for.
const (
	mostColumns = 20
	mostRows    = 100
	fewRows     = 50
)

// asked is what an address of the page of runs asks for.
type asked struct {
	Filter  string   // as in store.ParseQuery
	Columns []string // beside the id: names as in runs ls, and trainingColumn
	Sort    string
	Reverse bool
	Page    int // from 1
	Rows    int // of a page
}

// trainingColumn is the one that only the page has. It cannot be sorted by.
const trainingColumn = "training"

// usualColumns are shown if no others are chosen.
var usualColumns = []string{"status", "started", "seconds", "cells", "mse", "claims", "training", "tags", "note"}

// ask reads the values of an address, or a form's copy of them.
func ask(v url.Values) (asked, error) {
	a := asked{Filter: strings.TrimSpace(v.Get("q")), Sort: v.Get("sort"), Reverse: v.Get("reverse") != "", Page: 1, Rows: fewRows}
	if a.Sort == "" {
		a.Sort = "started"
	}
	if n, err := strconv.Atoi(v.Get("rows")); err == nil && n > fewRows {
		a.Rows = mostRows
	}
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 1 {
		a.Page = n
	}
	for _, text := range v["columns"] {
		for name := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
			if !slices.Contains(a.Columns, name) && name != "id" {
				a.Columns = append(a.Columns, name)
			}
		}
	}
	if len(a.Columns) == 0 {
		a.Columns = usualColumns
	}
	if len(a.Columns) > mostColumns {
		err := fmt.Errorf("%d columns are too many; at most %d can be shown", len(a.Columns), mostColumns)
		a.Columns = a.Columns[:mostColumns]
		return a, err
	}
	return a, nil
}

// query returns what ask reads, without what is usual.
func (a asked) query() url.Values {
	v := url.Values{}
	set := func(name, value string, usual bool) {
		if !usual {
			v.Set(name, value)
		}
	}
	set("q", a.Filter, a.Filter == "")
	set("columns", strings.Join(a.Columns, ","), slices.Equal(a.Columns, usualColumns))
	set("sort", a.Sort, a.Sort == "started")
	set("reverse", "1", !a.Reverse)
	set("page", strconv.Itoa(a.Page), a.Page == 1)
	set("rows", strconv.Itoa(a.Rows), a.Rows == fewRows)
	return v
}

// address returns the address that asks for the same.
func (a asked) address() string {
	if q := a.query().Encode(); q != "" {
		return "/runs?" + q
	}
	return "/runs"
}

// sorted returns the address of the first page in another order.
func (a asked) sorted(by string, reverse bool) string {
	a.Sort, a.Reverse, a.Page = by, reverse, 1
	return a.address()
}

// at returns the address of another page.
func (a asked) at(page int) string {
	a.Page = page
	return a.address()
}

// runsPage is what the page of runs shows.
type runsPage struct {
	asked
	FilterError, ColumnError string
	Total                    int // runs in the folder
	Found                    int // runs that the filter lets through
	Heads                    []head
	List                     []row
	Live                     bool // a run of the page is in progress
	Old                      bool // there may soon be a newer list
	First, Previous          string
	Next, Last               string // addresses of pages; empty for none
	Pages                    int
	Folder                   string
	Choices                  []choice
	OtherColumns             string   // those that are no choice
	Names                    []string // of all columns
}

// Back is the page's own address, for forms to come back to.
func (p *runsPage) Back() string { return p.address() }

// ColumnsAsked returns the columns, unless they are the usual ones.
func (p *runsPage) ColumnsAsked() string { return p.query().Get("columns") }

// Shown says which of the runs the page has.
func (p *runsPage) Shown() string {
	from := (p.Page-1)*p.Rows + 1
	text := plural(p.Found, "run")
	if p.Found != p.Total {
		text = fmt.Sprintf("%d of %s", p.Found, plural(p.Total, "run"))
	}
	if p.FilterError != "" {
		text += "; the filter is not applied"
	}
	if p.Pages > 1 {
		text += fmt.Sprintf(", %d to %d shown", from, from+len(p.List)-1)
	}
	return text
}

// head is the head of a column.
type head struct {
	Name, Title string
	Small       string // what more there is to say about it
	Number      bool   // its values are numbers
	Address     string // that sorts by it; empty if nothing can
	Order       string // that it is sorted in, as aria-sort has it
}

// choice is a column that a box chooses.
type choice struct {
	Name, Title string
	Chosen      bool
}

// runs shows the table of runs.
func (s *Server) runs(r *http.Request) (*view, error) { return s.runsView(r, r.URL.Query(), nil) }

// runsView shows the runs that an address asks for, and an edit that failed, if any.
func (s *Server) runsView(r *http.Request, v url.Values, failed *edit) (*view, error) {
	all, err := s.roster.List(r.Context())
	if err != nil {
		return nil, err
	}
	p := &runsPage{Total: len(all.Runs), Old: all.Old(), Folder: plain(s.app.Runs)}
	if p.asked, err = ask(v); err != nil {
		p.ColumnError = err.Error()
	}
	list, columns := s.choose(all, p)
	p.turn(len(list))
	list = list[(p.Page-1)*p.Rows : min(p.Page*p.Rows, len(list))]
	w := rower{s, p.Columns, columns, s.app.Metrics(), failed}
	for i := range list {
		p.List = append(p.List, w.row(r.Context(), list[i]))
		p.Live = p.Live || list[i].Status == store.Running
	}
	p.heads(s.app.Metrics())
	p.choices(s.app.Metrics())
	p.Names = all.Names()
	return &view{Template: "runs", Title: "Runs", Data: p, Scripts: []string{"runs.js"}}, r.Context().Err()
}

// choose returns the runs and columns that a page asks for. What the page mistook is left out and
// said.
func (s *Server) choose(all *app.Listing, p *runsPage) ([]*store.Summary, map[string]store.Column) {
	query, err := store.ParseQuery(p.Filter, time.Now())
	var list []*store.Summary
	if err == nil {
		list, err = query.Find(all.Runs)
	}
	if err != nil {
		p.FilterError = plain(err.Error())
		list, _ = store.Query{}.Find(all.Runs) // which wants all
	}
	found := map[string]store.Column{}
	find := func(name string) bool {
		c, err := store.FindColumn(all.Runs, s.app.Metrics(), name)
		if err != nil && p.ColumnError == "" {
			p.ColumnError = plain("column " + err.Error())
		}
		found[name] = c
		return err == nil
	}
	p.Columns = slices.DeleteFunc(slices.Clone(p.Columns), func(name string) bool { return name != trainingColumn && !find(name) })
	if !find(p.Sort) {
		p.Sort, p.Reverse = "started", false
		find(p.Sort)
	}
	store.Order(list, found[p.Sort], p.Reverse)
	return list, found
}

// turn chooses the page of so many runs, and the addresses of others.
func (p *runsPage) turn(found int) {
	p.Found, p.Pages = found, max(1, (found+p.Rows-1)/p.Rows)
	p.Page = min(p.Page, p.Pages)
	if p.Page > 1 {
		p.First, p.Previous = p.at(1), p.at(p.Page-1)
	}
	if p.Page < p.Pages {
		p.Next, p.Last = p.at(p.Page+1), p.at(p.Pages)
	}
}

// titles are the heads of columns whose names do not say it.
var titles = map[string]string{"seconds": "took", "replay_of": "replay of", "training": "training loss"}

func titleOf(name string) string {
	if title := titles[name]; title != "" {
		return title
	}
	return plain(name)
}

func (p *runsPage) heads(metrics []string) {
	for _, name := range append([]string{"id"}, p.Columns...) {
		h := head{Name: name, Title: titleOf(name), Number: numeric(name, metrics)}
		switch {
		case name == "id":
			h.Title = "run"
		case name == "claims":
			h.Small = "of the paper"
		case slices.Contains(metrics, name):
			h.Small = "median, best prior"
		}
		if name != trainingColumn {
			h.Address = p.sorted(name, p.Sort == name && !p.Reverse)
		}
		if p.Sort == name {
			h.Order = "ascending"
			if p.Reverse != (name == "started") { // which has the newest first
				h.Order = "descending"
			}
		}
		p.Heads = append(p.Heads, h)
	}
}

// numeric reports whether a column has numbers, which stand below each other.
func numeric(name string, metrics []string) bool {
	metric, _, _ := strings.Cut(name, ".")
	return name == "seconds" || name == "cells" || slices.Contains(metrics, metric)
}

// choices lists the columns that every run may have.
func (p *runsPage) choices(metrics []string) {
	var names []string
	for _, name := range slices.Concat(usualColumns, store.Properties(), metrics) {
		if name != "id" && !slices.Contains(names, name) {
			names = append(names, name)
			p.Choices = append(p.Choices, choice{name, titleOf(name), slices.Contains(p.Columns, name)})
		}
	}
	others := slices.DeleteFunc(slices.Clone(p.Columns), func(c string) bool { return slices.Contains(names, c) })
	p.OtherColumns = strings.Join(others, ", ")
}
