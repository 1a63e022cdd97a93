package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/spec"
	"sedlab/internal/disk"
	"sedlab/internal/durable"
	"sedlab/internal/regular"
	"sedlab/internal/safetensors"
)

// Conversion says which spectra are made into a data set, and how.
type Conversion struct {
	Files []string    // files, folders and patterns
	Spec  string      // a spec whose section dataset, of source spectra, says how; "" for the default steps
	Edits []spec.Edit // of the spec
	Out   string      // the file to write: .npz or .parquet
}

// Converted describes a data set that was made from spectra.
type Converted struct {
	Out     string             `json:"out"`
	Files   int                `json:"files"`
	Signals int                `json:"signals"`
	Fluxes  int                `json:"fluxes_per_signal"`
	From    float64            `json:"from_angstrom"`
	To      float64            `json:"to_angstrom"`
	Missing float64            `json:"missing_share"` // of the fluxes, before they were infilled
	Dropped []datasets.Dropped `json:"dropped"`
	Resumed int                `json:"resumed_files,omitempty"` // files that an interrupted conversion had read
}

// Dropped is a spectrum that was left out.
type Dropped = datasets.Dropped

// UnreadFile marks a file that was left out.
const UnreadFile = datasets.UnreadFile

// conversionSpec is the spec of a conversion without one: the default steps, which end on the grid
// of astroML's SDSS spectra.
const conversionSpec = `name: convert
dataset:
  source: spectra
priors: {zero: {kind: zero}}
problem: {operator: denoising}
`

// Convert makes a data set from spectra. Every signal counts as a training signal for the steps
// that learn from signals. An interrupted conversion leaves Out.part, from which the next
// one of the same files goes on. The error may be a *QueryError, a *spec.Errors or an *InputError.
func (a *App) Convert(ctx context.Context, c Conversion, e Events) (*Converted, error) {
	ctx = a.withMemory(ctx)
	write, err := writerFor(c.Out)
	if err != nil {
		return nil, err
	}
	d, err := a.spectraOf(conversionSpec, c.Spec, c.Files, c.Edits)
	if err != nil {
		return nil, err
	}
	g, result, err := gather(ctx, d, c.Out, orQuiet(e))
	if err != nil {
		return nil, err
	}
	set, err := g.Set()
	if err != nil {
		return nil, &InputError{Source: d.Source.Kind.Name, Err: err}
	}
	set.Name = filepath.Base(c.Out)
	orQuiet(e).Loading("the steps of dataset.preprocess")
	set, model, err := preprocess(ctx, set, d)
	if err != nil {
		return nil, err
	}
	result.describe(set, c.Out)
	if err := durable.WriteFile(c.Out, func(w io.Writer) error { return write(set, model, w) }); err != nil {
		return nil, err
	}
	noteUnread(d, result.Dropped, orQuiet(e))
	return result, removeIfThere(partOf(c.Out))
}

// writerFor returns the function that writes a data set in the format of a file's ending.
func writerFor(path string) (func(*datasets.Set, *datasets.PCA, io.Writer) error, error) {
	switch ext := filepath.Ext(path); ext {
	case ".npz":
		return func(s *datasets.Set, m *datasets.PCA, w io.Writer) error { return s.WriteNPZ(w, m) }, nil
	case ".parquet":
		return func(s *datasets.Set, _ *datasets.PCA, w io.Writer) error { return s.WriteParquet(w) }, nil
	default:
		return nil, &QueryError{fmt.Errorf("%s: unknown ending %q; expected .npz or .parquet", path, ext)}
	}
}

// spectraOf returns the section dataset of the named spec, or of the given text if none is named.
// It says how files are read. The files are not passed as edits, because a list in a spec has at
// most 1000 elements.
func (a *App) spectraOf(text, name string, files []string, edits []spec.Edit) (*spec.Dataset, error) {
	first, err := json.Marshal(files[0])
	if err != nil {
		return nil, err
	}
	opt := a.options(SpecRef{Edits: slices.Concat([]spec.Edit{{Origin: "FILE", Text: "dataset.path=" + string(first)}}, edits)})
	var file *spec.File
	if name != "" {
		file, err = spec.Load(name, opt)
	} else {
		file, err = spec.Parse([]byte(text), "FILE", opt)
	}
	if err != nil {
		return nil, err
	}
	d := file.Base.Dataset
	source, ok := d.Source.Config.(*datasets.SpectraConfig)
	if !ok {
		return nil, &QueryError{fmt.Errorf("dataset.source is %s; expected spectra", d.Source.Kind.Name)}
	}
	source.Path, source.Paths, source.More = "", nil, files
	return d, nil
}

// partOf returns the file in which a conversion keeps what it has read.
func partOf(out string) string { return out + ".part" }

// saveEvery is the time after which a conversion saves what it has read.
const saveEvery = 20 * time.Second

// gather reads the spectra, and goes on from what an interrupted conversion has read.
func gather(ctx context.Context, d *spec.Dataset, out string, e Events) (*datasets.Gatherer, *Converted, error) {
	source := d.Source.Config.(*datasets.SpectraConfig)
	files, err := source.Files()
	if err != nil {
		return nil, nil, &InputError{Source: d.Source.Kind.Name, Err: err}
	}
	reader, err := source.Reader(ctx)
	if err != nil {
		return nil, nil, err
	}
	work, err := workOf(ctx, d, files)
	if err != nil {
		return nil, nil, err
	}
	g := datasets.NewGatherer(d.SpectrumSteps())
	if reader.Sums, err = restore(g, out, work); err != nil {
		e.Note(fmt.Sprintf("%s: not used: %v", partOf(out), err))
	}
	done := len(reader.Sums)
	result := &Converted{Files: len(files), Resumed: done}
	save := func() error {
		state, err := g.State(work, reader.Sums)
		if err != nil || g.Len() == 0 {
			return err
		}
		return durable.WriteFile(partOf(out), func(w io.Writer) error { return safetensors.Write(w, state) })
	}
	saved := time.Now()
	for ; done < len(files); done++ {
		e.Counted("files", done, len(files))
		signals, dropped := g.Len(), g.Dropped()
		if err := reader.Read(ctx, files[done], g.Add, g.Drop); err != nil {
			if ctx.Err() != nil {
				g.Truncate(signals, dropped) // to what there was before this file
				return nil, nil, errors.Join(err, save())
			}
			return nil, nil, err
		}
		if time.Since(saved) > saveEvery {
			if err := save(); err != nil {
				return nil, nil, err
			}
			saved = time.Now()
		}
	}
	e.Counted("files", done, len(files))
	return g, result, nil
}

// restore reads what the same conversion left when it was interrupted, if it was.
func restore(g *datasets.Gatherer, out, work string) (sums []string, err error) {
	text, err := regular.Read(partOf(out), math.MaxInt64>>1)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	state, err := safetensors.Parse(text)
	if err != nil {
		return nil, err
	}
	return g.Restore(state, work)
}

// workOf names what is read: by the program, the steps, the content of the table, and the files
// with their sizes and times.
func workOf(ctx context.Context, d *spec.Dataset, files []string) (string, error) {
	source := d.Source.Config.(*datasets.SpectraConfig)
	all := sha256.New()
	program, err := json.Marshal(Version())
	if err != nil {
		return "", err
	}
	fmt.Fprintf(all, "%s\n%s\n", program, d.JSON())
	if table := source.Table; table != "" {
		sum, err := cache.HashFile(ctx, table)
		if err != nil {
			return "", &InputError{Source: d.Source.Kind.Name, Path: table, Err: err}
		}
		fmt.Fprintln(all, sum)
	}
	for _, path := range files {
		if source.Skips(path) {
			fmt.Fprintf(all, "%q\n", path) // if it can be opened next time, the work is another one
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return "", &InputError{Source: d.Source.Kind.Name, Path: path, Err: err}
		}
		fmt.Fprintf(all, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

// noteUnread counts what was skipped, where the spec asks for that.
func noteUnread(d *spec.Dataset, dropped []datasets.Dropped, e Events) {
	if text := datasets.UnreadNote(dropped); text != "" && d.Source.Config.(*datasets.SpectraConfig).SkipBroken {
		e.Note(text)
	}
}

// preprocess applies the steps of a data set to all its signals. model is that of the last
// step, if it is a PCA.
func preprocess(ctx context.Context, set *datasets.Set, d *spec.Dataset) (_ *datasets.Set, model *datasets.PCA, err error) {
	all := make([]int, set.Len())
	for i := range all {
		all[i] = i
	}
	for _, step := range d.Preprocess {
		before := set
		model = nil
		if m, ok := step.Config.(datasets.Modeler); ok {
			set, model, err = m.Model(ctx, set, all, 0)
		} else {
			set, err = step.Config.Apply(ctx, set, all, 0)
		}
		if err != nil {
			return nil, nil, err
		}
		set.Inherit(before)
	}
	return set, model, nil
}

func removeIfThere(path string) error {
	if err := disk.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// describe notes what there is in the set.
func (c *Converted) describe(set *datasets.Set, out string) {
	c.Out, c.Signals, c.Fluxes, c.Dropped = out, set.Len(), set.Dim(), set.Dropped
	c.From, c.To = set.Wavelength[0], set.Wavelength[set.Dim()-1]
	missing := 0
	for _, m := range set.Infilled {
		if m {
			missing++
		}
	}
	c.Missing = float64(missing) / float64(len(set.Flux))
}
