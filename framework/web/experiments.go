package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/internal/escape"
)

// experiments lists the specs that ship with the program.
func (s *Server) experiments(*http.Request) (*view, error) {
	return &view{Template: "experiments", Title: "Experiments", Data: app.Experiments()}, nil
}

// experimentPage is a shipped spec, with a form to override its keys.
type experimentPage struct {
	*app.Experiment
	Base    bool // it cannot be run: others extend it
	Groups  []keyGroup
	Checked *app.Checked // with the edits
	Wrong   []string     // what is wrong with no key of the form
	Command string       // that runs the spec with the edits; empty if they are wrong
	Plan    *app.Planned // nil unless asked for
	Cached  int          // cells of it
	Query   string       // of the edits, with that for the plan
}

// keyGroup is a part of the form.
type keyGroup struct {
	Name string
	Open bool
	Keys []overrideKey
}

// overrideKey is a key of the spec in the form.
type overrideKey struct {
	app.Key
	Query            string // the field's name in a query
	Now, From        string // its value, and where that is written
	Range            string
	Default          string
	Edit             string // the value that it is given
	Error            string
	Written          bool
	Fixed            bool // it cannot be overridden here
	Unit, ID, ListID string
}

// Limits of a query with edits.
const (
	mostEdits   = 100
	editPrefix  = "set."
	fileRefusal = "names a file: set it on the command line"
)

// experiment shows a shipped spec, and writes the command line that runs it with the edits of
// a query.
func (s *Server) experiment(r *http.Request) (*view, error) {
	e, err := app.FindExperiment(r.PathValue("name"))
	if errors.As(err, new(*app.QueryError)) {
		return nil, &lostPage{err}
	}
	if err != nil {
		return nil, err
	}
	p := &experimentPage{Experiment: e, Base: strings.HasPrefix(e.Name, "base/")}
	v := &view{Template: "experiment", Title: "Experiment " + e.Name, Data: p, Scripts: []string{"copy.js", "ask.js"}}
	if p.Base {
		return v, nil
	}
	q := r.URL.Query()
	edits, err := editsIn(q)
	if err != nil {
		return nil, err
	}
	if err := p.override(s.app, edits); err != nil {
		return nil, err
	}
	if q.Get("plan") != "" && p.Checked.OK && len(p.Wrong) == 0 {
		p.Plan, err = s.app.Plan(r.Context(), app.SpecRef{Name: e.Name, Edits: p.accepted(edits)}, app.PlanOptions{})
		if err != nil {
			return nil, &badRequest{err}
		}
		p.Cached = p.Plan.CountCached(p.Plan.Cells)
	}
	return v, r.Context().Err()
}

// editsIn returns the edits of a query, sorted by key.
func editsIn(q url.Values) (edits []spec.KeyText, err error) {
	for name := range q {
		key, ok := strings.CutPrefix(name, editPrefix)
		text := strings.TrimSpace(q.Get(name))
		if !ok || text == "" {
			continue
		}
		if len(edits) == mostEdits || len(text) > longestText || len(key) > longestText {
			return nil, &badRequest{fmt.Errorf("the form takes up to %d values of up to %d bytes", mostEdits, longestText)}
		}
		edits = append(edits, spec.KeyText{Key: key, Text: text})
	}
	slices.SortFunc(edits, func(a, b spec.KeyText) int { return strings.Compare(a.Key, b.Key) })
	return edits, nil
}

// override fills in the form: the keys that the spec has with the edits, and what is wrong
// with these. Only keys of the form are edited, and none that names a file, so that no
// request decides which files are read.
func (p *experimentPage) override(a *app.App, edits []spec.KeyText) error {
	ref := app.SpecRef{Name: p.Name}
	keys, err := a.Keys(ref, false)
	if err != nil {
		return err
	}
	// An edit that chooses another kind brings keys of that kind, which further edits can set.
	for n := -1; n < len(ref.Edits); {
		n = len(ref.Edits)
		ref.Edits = editsOf(keys, edits)
		if more, err := a.Keys(ref, false); err == nil {
			keys = more
		}
	}
	if p.Checked, err = a.Check(ref); err != nil {
		return err
	}
	if err := p.group(a, keys, edits); err != nil {
		return err
	}
	for _, e := range edits {
		switch k := p.find(e.Key); {
		case k == nil:
			p.Wrong = append(p.Wrong, e.Key+": is not a key of this form")
		case k.Fixed:
			k.Error = fileRefusal
			p.Wrong = append(p.Wrong, e.Key+": "+fileRefusal)
		}
	}
	p.refuse()
	if p.Checked.OK && len(p.Wrong) == 0 {
		words := []string{"sedlab", "run", p.Name}
		for _, e := range ref.Edits {
			words = append(words, "--set", e.Text)
		}
		for i, w := range words {
			words[i] = escape.Shell(w)
		}
		p.Command = strings.Join(words, " ")
	}
	q := url.Values{"plan": {"1"}}
	for _, e := range edits {
		q.Set(editPrefix+e.Key, e.Text)
	}
	p.Query = q.Encode()
	return nil
}

// editsOf returns those edits whose keys a form has, apart from those of files.
func editsOf(keys []app.Key, edits []spec.KeyText) (list []spec.Edit) {
	for _, e := range edits {
		if slices.ContainsFunc(keys, func(k app.Key) bool { return k.Key == e.Key && !k.File }) {
			list = append(list, spec.Edit{Origin: "--set", Text: e.Key + "=" + e.Text})
		}
	}
	return list
}

// accepted returns the edits that were checked.
func (p *experimentPage) accepted(edits []spec.KeyText) (list []spec.Edit) {
	for _, g := range p.Groups {
		for _, k := range g.Keys {
			list = append(list, editsOf([]app.Key{k.Key}, edits)...)
		}
	}
	return list
}

// refuse puts the errors of the check beside their keys.
func (p *experimentPage) refuse() {
	for _, e := range p.Checked.Errors.All() {
		for _, key := range []string{e.Key, editedKey(e.Pos.Origin)} {
			if k := p.find(key); k != nil && k.Edit != "" {
				k.Error = e.Problem
				break
			}
		}
		p.Wrong = append(p.Wrong, strings.TrimPrefix(e.Key+": "+e.Problem, ": "))
	}
}

// editedKey returns the key of the edit that an error is about, if it is about one.
func editedKey(origin string) string {
	text, ok := strings.CutPrefix(origin, "--set ")
	key, _, _ := strings.Cut(text, "=")
	if !ok {
		return ""
	}
	return key
}

// find returns a key of the form, or nil.
func (p *experimentPage) find(key string) *overrideKey {
	for _, g := range p.Groups {
		for i := range g.Keys {
			if g.Keys[i].Key.Key == key {
				return &g.Keys[i]
			}
		}
	}
	return nil
}
