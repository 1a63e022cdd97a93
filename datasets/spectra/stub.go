package spectra

import (
	"context"
	"io"
	"iter"
)

type Options struct {
	Unit  string `spec:"unit" default:"angstrom" enum:"angstrom|nm|um" doc:"u"`
	Frame string `spec:"frame" default:"auto" enum:"auto|vacuum|air" doc:"f"`
}
type BadSpectrum struct {
	Name   string
	Row    int
	Reason string
}

func (*BadSpectrum) Error() string        { return "" }
func Expand(p []string) ([]string, error) { return p, nil }
func ReadFrom(ctx context.Context, path string, r io.ReaderAt, size int64, o Options) iter.Seq2[*Spectrum, error] {
	return nil
}
