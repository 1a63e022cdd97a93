package web

import (
	"embed"
	"errors"
	"net/http"

	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/sums"
)

// routes lists every page. {run} is the id of a run.
func (s *Server) routes() *http.ServeMux {
	m := http.NewServeMux()
	m.Handle("GET /{$}", http.RedirectHandler("/runs", http.StatusSeeOther))
	m.Handle("GET /runs", s.page(s.runs))
	m.Handle("GET /runs/{run}/spectra", s.computing(s.spectra))
	m.Handle("GET /runs/{run}/spectra/data", s.computed(s.spectrumData))
	m.Handle("GET /repaired/{output}", s.computing(s.repaired))
	m.Handle("GET /repaired/{output}/data", s.computed(s.repairedData))
	m.Handle("GET /runs/{run}", s.computing(s.run))
	m.Handle("GET /runs/{run}/log", s.page(s.log))
	m.Handle("GET /runs/{run}/events", http.HandlerFunc(s.events))
	m.Handle("GET /runs/{run}/files/{name...}", http.HandlerFunc(s.file))
	m.Handle("GET /compare", s.alone(s.compare))
	m.Handle("POST /runs/{run}/tags", s.editing("tags", s.setTags))
	m.Handle("POST /runs/{run}/note", s.editing("note", s.setNote))
	m.Handle("GET /runs/{run}/draw", s.computing(s.draw))
	m.Handle("GET /runs/{run}/draw/{file}", http.HandlerFunc(s.drawFile))
	m.Handle("GET /runs/{run}/search", s.computing(s.search))
	m.Handle("GET /experiments", s.page(s.experiments))
	m.Handle("GET /experiments/{name...}", s.computing(s.experiment))
	m.Handle("GET /static/{file}", http.HandlerFunc(s.static))
	m.Handle("/", s.page(func(*http.Request) (*view, error) { return nil, errNoPage }))
	return m
}

//go:embed static
var staticFiles embed.FS

// static answers with one of the program's own files. Pages name them with their version.
func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "max-age=31536000, immutable")
	http.ServeFileFS(w, r, staticFiles, "static/"+r.PathValue("file"))
}

var errNoPage = errors.New("there is no such page")

// statusOf returns the HTTP status for an error.
func statusOf(err error) int {
	switch {
	case errors.Is(err, errNoPage), errors.As(err, new(*store.FindError)), errors.As(err, new(*app.NotKeptError)), errors.As(err, new(*app.NoSpectraError)):
		return http.StatusNotFound
	case errors.As(err, new(*app.QueryError)), errors.As(err, new(*badRequest)), errors.As(err, new(*store.TagError)), errors.As(err, new(*store.NoteError)):
		return http.StatusBadRequest
	case errors.Is(err, errBusy), errors.Is(err, errSlow), errors.As(err, new(*sums.BusyError)):
		return http.StatusServiceUnavailable
	case errors.As(err, new(*http.MaxBytesError)):
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusInternalServerError
}

// lostPage says what there is in place of a page that there is not.
type lostPage struct{ error }

// Is makes it an errNoPage.
func (e *lostPage) Is(target error) bool { return target == errNoPage }

// badRequest reports a request that no page makes, or a value that a person mistyped.
type badRequest struct{ error }

// Unwrap returns the cause.
func (e *badRequest) Unwrap() error { return e.error }
