package web

import "time"

// Number writes a number as pages do.
var Number = number

// SetPageTime changes how long requests may compute.
func (s *Server) SetPageTime(t time.Duration) { s.pageTime = t }
