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
// shows the runs that the form was on; if the text cannot be saved, with the reason beside it.
func (s *Server) editing(field string, save func(run, text string) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := s.runOf(r)
		text := strings.ReplaceAll(r.PostForm.Get(field), "\r\n", "\n") // browsers send lines so
		back, _ := url.ParseQuery(r.PostForm.Get("back"))               // what cannot be read asks for nothing
		if err == nil {
			err = save(p.Dir, text)
		}
		var v *view
		switch {
		case err == nil:
			s.overview.Changed()
			http.Redirect(w, r, (&url.URL{Path: "/runs", RawQuery: back.Encode()}).String(), http.StatusSeeOther)
			return
		case errors.As(err, new(*store.TagError)), errors.As(err, new(*store.NoteError)), errors.As(err, new(*badRequest)):
			v, err = s.runsView(r, back, &edit{Run: p.ID, Field: field, Value: text, Error: plain(err.Error())})
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.write(w, r, http.StatusOK, v)
	})
}

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
	return err
}

// setNote makes a text the note of the run in a folder.
func (s *Server) setNote(dir, text string) error { return s.app.SetNote(dir, text) }
