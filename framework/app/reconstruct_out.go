package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sedlab/framework/repaired"
	"sedlab/internal/disk"
	"sedlab/internal/durable"
	"sedlab/internal/record"
	"sedlab/reports/draw"
)

// sinks make the Sink of a file by its ending.
var sinks = map[string]func(io.Writer) repaired.Sink{
	".parquet": repaired.NewParquet, ".csv": repaired.NewCSV, ".fits": repaired.NewFITS,
}

// isFolder reports whether a path to write is that of a folder: it is one, or has no ending.
func isFolder(out string) bool {
	info, err := os.Stat(out)
	return err == nil && info.IsDir() || strings.HasSuffix(out, "/") || filepath.Ext(out) == ""
}

// checkOut refuses a path of which the format is unknown.
func checkOut(out string) error {
	if out == "" {
		return &QueryError{fmt.Errorf("no file to write is named; expected .parquet, .csv, .fits, or a folder for FITS files")}
	}
	if sinks[filepath.Ext(out)] == nil && !isFolder(out) {
		return &QueryError{fmt.Errorf("%s: unknown ending; expected .parquet, .csv, .fits, or a folder for FITS files", out)}
	}
	return nil
}

// keepInputs refuses to replace what is read.
func (s *stream) keepInputs(inputs []string) error {
	var err error
	if out := s.order.Out; isFolder(out) {
		err = keepFolder(inputs, out, ".fits")
	} else {
		err = keepInputs(inputs, out)
	}
	return errors.Join(err, keepInputs(inputs, s.order.SavePrior), keepFolder(inputs, s.order.Plots, ".csv", ".png", ".svg"))
}

// write writes all results and figures in the order of the spectra, and removes the parts.
func (s *stream) write(ctx context.Context) error {
	out := s.order.Out
	s.result.Out = out
	err := error(nil)
	if isFolder(out) {
		folder := &folderSink{dir: out, names: fileNames{}}
		if err = disk.MkdirAll(out, 0o777); err == nil {
			err = s.copy(ctx, folder)
		}
	} else {
		err = durable.WriteFile(out, func(w io.Writer) error {
			sink := sinks[filepath.Ext(out)](w)
			if err := s.copy(ctx, sink); err != nil {
				return err
			}
			return sink.Close()
		})
	}
	if err == nil {
		err = s.conclude(time.Now())
	}
	if err != nil {
		return err
	}
	return s.parts.Remove()
}

// copy copies all parts to a sink, counts what became of the spectra, and draws them.
func (s *stream) copy(ctx context.Context, to repaired.Sink) error {
	counted := &counting{Sink: to, stream: s, plots: fileNames{}}
	for number := range s.chunks {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.parts.Copy(number, counted); err != nil {
			return err
		}
	}
	return nil
}

// counting counts and draws the spectra that go to a sink.
type counting struct {
	repaired.Sink
	*stream
	plots fileNames
}

func (c *counting) Add(x *repaired.Spectrum) error {
	r := c.result
	r.Spectra++
	if x.Status == record.StatusOK {
		r.Repaired++
	} else {
		r.Failed[x.Status]++
	}
	if x.Unlike {
		r.Unlike = append(r.Unlike, x.Name)
	}
	if between := c.order.RedshiftRange; between != nil && x.Redshift1 != nil && c.model.AtEdge(*x.Redshift, *between) {
		r.AtEdge = append(r.AtEdge, x.Name)
	}
	if picture, ok := x.Picture(); ok && c.order.Plots != "" {
		if err := disk.MkdirAll(c.order.Plots, 0o777); err != nil {
			return err
		}
		if _, err := picture.Save(draw.WriteFile, filepath.Join(c.order.Plots, c.plots.fresh(x.Name)), false); err != nil {
			return err
		}
	}
	return c.Sink.Add(x)
}

// folderSink writes a FITS file for each spectrum.
type folderSink struct {
	dir   string
	names fileNames
}

func (f *folderSink) Add(x *repaired.Spectrum) error {
	return durable.WriteFile(filepath.Join(f.dir, f.names.fresh(x.Name)+".fits"), func(w io.Writer) error { return repaired.WriteFITS(w, x) })
}

func (f *folderSink) Close() error { return nil }

// fileNames are the names of files that are taken.
type fileNames map[string]bool

// fresh returns a name for a file that is not taken yet: with - for what names of files may
// not have, and a number if need be.
func (n fileNames) fresh(name string) string {
	base := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) || r == 0x7f {
			return '-'
		}
		return r
	}, strings.ToValidUTF8(name, "-"))
	base = strings.TrimLeft(base, ".")
	if len(base) > 200 {
		base = strings.ToValidUTF8(base[:200], "")
	}
	if base == "" {
		base = "spectrum"
	}
	for i := 1; ; i++ {
		try := base
		if i > 1 {
			try = fmt.Sprintf("%s-%d", base, i)
		}
		if !n[strings.ToLower(try)] {
			n[strings.ToLower(try)] = true
			return try
		}
	}
}
