package web

import (
	"encoding/json"
	"net/http"
)

// spectrumData answers with a spectrum's fluxes.
func (s *Server) spectrumData(r *http.Request) (any, error) {
	run, err := s.folderOf(r)
	if err != nil {
		return nil, err
	}
	id, err := spectrumID(r.URL.Query())
	if err != nil {
		return nil, err
	}
	x, err := s.app.Spectrum(r.Context(), run.ID, id)
	if err != nil {
		return nil, err
	}
	return plotOf(run.ID, x), nil
}

// computed answers with a value as JSON, or with an error as text. As with computing, only a
// few are made at one time.
func (s *Server) computed(get func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := s.compute(r, get)
		if err != nil {
			http.Error(w, err.Error(), statusOf(err))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text) // the browser may have gone
	})
}

// compute returns a value as JSON. Its turn to compute ends before the answer is written, since
// a browser may take long to read it.
func (s *Server) compute(r *http.Request, get func(*http.Request) (any, error)) ([]byte, error) {
	var text []byte
	err := s.work(r, 1, func(r *http.Request) error {
		v, err := get(r)
		if err == nil {
			text, err = json.Marshal(v)
		}
		return err
	})
	return text, err
}
