package web

import "net/http"
import "sedlab/framework/app"

// runs shows the table of runs.
func (s *Server) runs(*http.Request) (*view, error) {
	list, err := s.app.List(app.ListOptions{Limit: 100})
	if err != nil {
		return nil, err
	}
	return &view{Template: "runs", Title: "Runs", Data: list}, nil
}
