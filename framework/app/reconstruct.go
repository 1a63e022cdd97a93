package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"sedlab/datasets"
	"sedlab/datasets/spectra"
	"sedlab/framework/reconstruct"
	"sedlab/framework/repaired"
	"sedlab/framework/spec"
)

// Reconstruction says which spectra are repaired, and how.
type Reconstruction struct {
	Prior     string      // RUN, RUN:NAME, or a file that SavePrior wrote
	Files     []string    // files, folders and patterns
	Edits     []spec.Edit // of a section dataset of source spectra
	Out       string      // a .parquet, .csv or .fits file, or a folder for a FITS file of each spectrum
	Plots     string      // a folder for a figure of each spectrum; "" for none
	SavePrior string      // a file to write the prior to; "" for none
	Workers   int         // 0 for all processors
	Kernel    string      // as in RunOptions, of what the spectra take; a run's prior is calibrated with that of its run
	// Part of Parts, counted from 0, is the share of the spectra that is to be done; Parts is 0 for
	// all in one. Out and Plots then get the number of the part: out-00003-of-00016.parquet.
	Part, Parts int
	// Shared says that one process writes the prior's file and others wait for it. The one with SavePrior
	// leaves a note beside that file if there will be no prior. Others get a *LaterError until Prior is
	// there, or an error with that note.
	Shared bool
	reconstruct.Options
}

// Reconstructed says what became of the spectra.
type Reconstructed struct {
	Out      string         `json:"out,omitempty"`
	Prior    string         `json:"prior"` // the run and the name, or the file
	Files    int            `json:"files"`
	Spectra  int            `json:"spectra"`
	Repaired int            `json:"repaired"`
	Unlike   []string       `json:"unlike"`               // names of spectra that are unlike the training spectra
	AtEdge   []string       `json:"at_edge,omitempty"`    // names of spectra of which the redshift is at an end of RedshiftRange
	Failed   map[string]int `json:"not_repaired"`         // by status
	Resumed  int            `json:"resumed,omitempty"`    // spectra that an interrupted call had done
	Dropped  []Dropped      `json:"dropped,omitempty"`    // files that were left out
	Saved    string         `json:"prior_file,omitempty"` // where the prior was written
	Manifest string         `json:"manifest,omitempty"`   // says how the results came about, and how fast
	Part     int            `json:"part"`
	Parts    int            `json:"parts,omitempty"`       // 0 for all in one
	Before   bool           `json:"done_before,omitempty"` // the part was done already
	Workers  int            `json:"workers"`               // goroutines that computed
	Seconds  float64        `json:"seconds"`               // that the spectra took which were not Resumed
	Rate     float64        `json:"spectra_per_second"`    // of those, by all workers together
}

// reconstructionSpec is the spec that reads the spectra.
const reconstructionSpec = `name: reconstruct
dataset:
  source: spectra
  prepare: [{step: mask}]
priors: {zero: {kind: zero}}
problem: {operator: denoising}
`

// chunk is the number of spectra that are repaired together, and kept together.
const chunk = 64

// Reconstruct completes and denoises spectra with a prior. They stream through: memory does not
// grow with their number. An interrupted call leaves the folder Out.part, from which the next one
// with the same files and options goes on. The error may be a *store.FindError, a *QueryError, an
// *InputError, a *PausedError, a *spec.Errors, or a *LaterError if the disk or another process is
// in the way, or if this machine lacks a kernel.
func (a *App) Reconstruct(ctx context.Context, r Reconstruction, e Events) (*Reconstructed, error) {
	restore, err := setKernel(r.Kernel)
	if err != nil {
		return nil, &LaterError{&UnfitError{err}}
	}
	defer restore()
	ctx, e = a.withMemory(ctx), orQuiet(e)
	s := &stream{order: r, whole: r.Out, events: e, began: time.Now()}
	s.order.Workers = cmp.Or(r.Workers, runtime.GOMAXPROCS(0))
	s.result = &Reconstructed{Failed: map[string]int{}, Part: r.Part, Parts: r.Parts, Workers: s.order.Workers}
	if r.Shared && r.SavePrior == "" {
		if err := awaited(r.Prior); err != nil {
			return nil, err
		}
	}
	if len(r.Files) > 0 { // before the prior, which may take a minute to calibrate
		if err := s.look(ctx, a); err != nil {
			return nil, err
		}
	}
	m, err := a.Prior(ctx, r.Prior, e)
	if err == nil && r.SavePrior != "" {
		err = m.save(r.SavePrior)
	}
	if err != nil {
		return nil, r.noted(ctx, later(err))
	}
	s.model, s.result.Prior, s.result.Saved = m, m.String(), r.SavePrior
	if len(r.Files) == 0 {
		return s.result, nil
	}
	if err := s.run(ctx); err != nil {
		if ctx.Err() != nil && s.done > 0 {
			err = &PausedError{spectraCount(s.done), partOf(s.order.Out), err}
		}
		return nil, later(err)
	}
	noteUnread(s.dataset, s.result.Dropped, e)
	noteUnmatched(s.dataset, s.reader, r.Parts == 0, e)
	return s.result, nil
}

// stream repairs spectra chunk by chunk.
type stream struct {
	order   Reconstruction // with the paths of the part
	whole   string         // the path to write, without the part
	model   *Prior
	dataset *spec.Dataset
	pieces  []piece // of the part
	reader  *datasets.RawReader
	input   string // names what all parts read, the options and the kernel
	work    string // names what determines the results of all parts: the input and the prior
	began   time.Time
	events  Events
	result  *Reconstructed

	parts  *repaired.Parts
	chunks int // in all
	mu     sync.Mutex
	done   int // spectra
}

// look notes what is to be read, and refuses what cannot be read or written.
func (s *stream) look(ctx context.Context, a *App) (err error) {
	if err := checkOut(s.order.Out); err != nil {
		return err
	}
	if s.dataset, err = a.spectraOf(reconstructionSpec, "", s.order.Files, s.order.Edits); err != nil {
		return err
	}
	source := s.dataset.Source.Config.(*datasets.SpectraConfig)
	s.order.Out, s.order.Plots = s.order.ofPart(s.order.Out), s.order.ofPart(s.order.Plots)
	files, err := filesOf(source, s.order.Out)
	if err != nil {
		return err
	}
	s.pieces = dealt(piecesOf(source, files, s.order.Parts), s.order.Part, max(1, s.order.Parts))
	var mine []string
	for _, p := range s.pieces {
		mine = append(mine, p.file)
	}
	if err := checkInputs(source, mine, s.order.Out); err != nil {
		return err
	}
	if err := s.keepInputs(append([]string{source.Table, s.order.Prior}, mine...)); err != nil {
		return err
	}
	s.result.Files = len(mine)
	if s.reader, err = source.Reader(ctx); err != nil {
		return err
	}
	read, err := workOf(ctx, s.dataset, files)
	if err != nil {
		return err
	}
	options, err := json.Marshal(s.order.Options)
	s.input = hashed(read, string(options), thisMachine().Kernel)
	return err
}

// run repairs the spectra, and writes the results.
func (s *stream) run(ctx context.Context) (err error) {
	if s.work, err = s.model.work(s.input); err != nil {
		return err
	}
	if r, err := s.finished(); r != nil || err != nil {
		if r != nil {
			r.Before, s.result = true, r
		}
		return err
	}
	if s.parts, err = s.open(); err != nil {
		return err
	}
	defer func() {
		if err != nil && s.parts.Empty() {
			err = errors.Join(err, s.parts.Remove())
		}
		err = errors.Join(err, s.parts.Close())
	}()
	began := time.Now()
	if err := s.repairAll(ctx); err != nil {
		return err
	}
	s.result.Seconds = max(1e-6, time.Since(began).Seconds())
	s.result.Rate = float64(s.done-s.result.Resumed) / s.result.Seconds
	if s.chunks == 0 && s.order.Parts == 0 { // every file was left out
		return &InputError{Source: s.dataset.Source.Kind.Name, Err: errors.New(datasets.DroppedNote(s.result.Dropped))}
	}
	if err := s.beside(); err != nil { // what was done elsewhere meanwhile
		return err
	}
	return s.write(ctx)
}

// repairAll reads the spectra, repairs those that no part has yet, and keeps the results in parts.
func (s *stream) repairAll(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	batches := make(chan *batch)
	var workers sync.WaitGroup
	for range s.order.Workers {
		workers.Go(func() {
			for b := range batches {
				if err := s.repair(ctx, b); err != nil {
					cancel(err)
				}
			}
		})
	}
	err := s.read(ctx, batches)
	close(batches)
	workers.Wait()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// work names what determines the results of all parts: the prior, and the input of the stream.
func (m *Prior) work(input string) (string, error) {
	id, err := m.id()
	return hashed(input, id), err
}

// open opens the folder of what is done of this part.
func (s *stream) open() (*repaired.Parts, error) {
	parts, removed, err := repaired.OpenParts(partOf(s.order.Out), s.work)
	if removed > 0 {
		s.events.Note(fmt.Sprintf("%s: was about other data or options, or by another version; starting over", partOf(s.order.Out)))
	}
	noteResumed(s.order.Out, err == nil && !parts.Empty(), s.events)
	return parts, err
}

// repair repairs a batch and keeps the results.
func (s *stream) repair(ctx context.Context, b *batch) error {
	var open []*spectra.Spectrum
	for i, x := range b.spectra {
		if b.results[i] == nil {
			open = append(open, x)
		}
	}
	list, err := s.model.Reconstruct(ctx, open, s.order.Options)
	if err != nil {
		return err
	}
	for i := range b.results {
		if b.results[i] == nil {
			b.results[i], list = list[0], list[1:]
		}
	}
	if err := s.parts.Save(b.number, b.results); err != nil {
		return err
	}
	s.count(len(b.results))
	return nil
}

// count counts spectra that are done.
func (s *stream) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done += n
	s.events.Counted("spectra", s.done, 0)
}

func spectraCount(n int) string {
	if n == 1 {
		return "1 spectrum"
	}
	return fmt.Sprintf("%d spectra", n)
}
