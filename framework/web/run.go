package web

import (
	"net/http"
	"net/url"
)

// runPage is what each page of a run has.
type runPage struct {
	ID, Dir string
	Tabs    []tab
}

// tab is a link to a page of a run.
type tab struct {
	Name, Path string
	Here       bool
}

// runTabs are the pages of a run, below its own address. Only a run that searches has Search.
var runTabs = [][2]string{{"Run", ""}, {"Figures", "/draw"}, {"Spectra", "/spectra"}, {"Search", "/search"}, {"Log", "/log"}}

// folderOf returns the run that a request is about, without Tabs.
func (s *Server) folderOf(r *http.Request) (runPage, error) {
	id := r.PathValue("run")
	dir, err := s.app.Folder(id)
	return runPage{ID: id, Dir: dir}, err
}

// runOf returns what the page of a run has that a request is about. To know the tabs, it reads
// the run's settings.
func (s *Server) runOf(r *http.Request) (runPage, error) {
	p, err := s.folderOf(r)
	for _, t := range runTabs {
		if t[0] == "Search" && (err != nil || !s.app.Searches(p.Dir)) {
			continue
		}
		path := p.Path() + t[1]
		p.Tabs = append(p.Tabs, tab{t[0], path, path == r.URL.EscapedPath()})
	}
	return p, err
}

// runPath returns the address of a run.
func runPath(id string) string { return "/runs/" + url.PathEscape(id) }
