package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sedlab/framework/store"
)

// mostTags is the number of tags that a form may give a run.
const mostTags = 50

// editing returns the handler of a form that changes the tags or the note of a run. Afterwards it
// shows the list of runs that the form was on, if any, or else the run. If the text cannot be
// saved, the list has the reason beside it.
func (s *Server) editing(field string, save func(dir, text string) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := s.folderOf(r)
		text := strings.ReplaceAll(r.PostForm.Get(field), "\r\n", "\n") // browsers send lines so
		if err == nil {
			err = save(p.Dir, text)
		}
		back, _ := url.Parse(r.PostForm.Get("back"))
		listed := back != nil && back.Path == "/runs"
		switch {
		case err == nil && listed:
			s.roster.Changed()
			http.Redirect(w, r, (&url.URL{Path: "/runs", RawQuery: back.Query().Encode()}).String(), http.StatusSeeOther)
		case err == nil:
			s.roster.Changed()
			http.Redirect(w, r, runPath(p.ID), http.StatusSeeOther)
		case listed && mistyped(err):
			s.page(func(r *http.Request) (*view, error) {
				return s.runsView(r, back.Query(), &edit{Run: p.ID, Field: field, Value: text, Error: plain(err.Error())})
			}).ServeHTTP(w, r)
		default:
			s.fail(w, r, err)
		}
	})
}

// mistyped reports whether an error is about what a person typed.
func mistyped(err error) bool { return statusOf(err) == http.StatusBadRequest }

// setTags makes the words of a text the tags of the run in a folder.
func (s *Server) setTags(dir, text string) error {
	wanted := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\t' })
	if len(wanted) > mostTags {
		return &badRequest{fmt.Errorf("%d tags are too many; a run can have %d", len(wanted), mostTags)}
	}
	have, err := s.app.Tag(dir)
	if err != nil {
		return err
	}
	var changes []string
	for _, tag := range wanted {
		changes = append(changes, "+"+tag)
	}
	for _, tag := range have {
		if !slices.Contains(wanted, tag) {
			changes = append(changes, "-"+tag)
		}
	}
	_, err = s.app.Tag(dir, changes...)
	if wrong := new(store.TagError); errors.As(err, &wrong) {
		return &badRequest{fmt.Errorf("tag %q: expected up to 64 letters, digits and . _ : / -, a letter or digit first", strings.TrimPrefix(wrong.Change, "+"))}
	}
	return err
}

// setNote makes a text the note of the run in a folder.
func (s *Server) setNote(dir, text string) error { return s.app.SetNote(dir, text) }
