package yamlpos

import (
	"encoding/json"
	"strings"
)

// errorJSON is an error for programs to read. A value from the command line has no
// file, and its origin is the flag.
type errorJSON struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Key     string `json:"key,omitempty"`
	Message string `json:"message"`
	Origin  string `json:"origin,omitempty"`
}

// MarshalJSON returns the errors as a list of objects with file, line, column, key,
// message and origin, which is the flag or the place that extends the file.
func (e *Errors) MarshalJSON() ([]byte, error) {
	list := []errorJSON{}
	for _, err := range e.All() {
		j := errorJSON{
			File: err.Pos.Origin, Line: err.Pos.Line, Column: err.Pos.Column, Key: err.Key, Message: err.Problem,
		}
		if strings.HasPrefix(j.File, "--") {
			j.File, j.Origin = "", j.File
		}
		if at, extended := e.via[err.Pos.Origin]; extended {
			j.Origin = "extended from " + at.String()
		}
		list = append(list, j)
	}
	return json.Marshal(list)
}
