package plan

import (
	"errors"
	"fmt"
	"io/fs"

	"sedlab/datasets"
	"sedlab/framework/spec"
	"sedlab/internal/yamlpos"
)

// Identify identifies the contents of files and of what is made.
type Identify struct {
	Data func(d *spec.Dataset, seed uint64) (datasets.Identity, error) // of a dataset section
	File func(path string) (sha256 string, err error)                  // of a prior that a training begins with
}

// Unidentified is an Identify that opens no file. The keys of a plan made with it
// are not those of a run.
var Unidentified = Identify{
	Data: func(*spec.Dataset, uint64) (datasets.Identity, error) { return datasets.Identity{}, nil },
	File: func(string) (string, error) { return "", nil },
}

// FileError is a problem with the file of a prior that a training begins with.
type FileError struct {
	Pos  yamlpos.Pos // of the key in the spec
	Key  string
	Path string
	Err  error
}

func (e *FileError) Error() string {
	err := e.Err
	if own := new(fs.PathError); errors.As(err, &own) && own.Path == e.Path {
		err = own.Err
	}
	return fmt.Sprintf("%s: %s: %s: %v", e.Pos, e.Key, e.Path, err)
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// FileError returns an error about the file that a prior's training begins with.
func (p *Plan) FileError(prior *spec.Prior, err error) error {
	path, key := prior.StartsFrom()
	return &FileError{p.File.Place(key), key, path, err}
}
