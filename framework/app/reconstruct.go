package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"

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

// Reconstruct completes and denoises spectra with a prior. They stream through: memory does
// not grow with their number. An interrupted call leaves the folder Out.part, from which the
// next one with the same files and options goes on. The error may be a *store.FindError, a
// *QueryError, an *InputError, a *PausedError, or a *spec.Errors.
func (a *App) Reconstruct(ctx context.Context, r Reconstruction, e Events) (*Reconstructed, error) {
	ctx, e = a.withMemory(ctx), orQuiet(e)
	s := &stream{order: r, events: e, result: &Reconstructed{Failed: map[string]int{}}}
	if len(r.Files) > 0 { // before the prior, which may take a minute to calibrate
		if err := s.look(ctx, a); err != nil {
			return nil, err
		}
	}
	m, err := a.Prior(ctx, r.Prior, e)
	if err != nil {
		return nil, err
	}
	s.model, s.result.Prior = m, m.String()
	if r.SavePrior != "" {
		if err := m.save(r.SavePrior); err != nil {
			return nil, err
		}
		s.result.Saved = r.SavePrior
	}
	if len(r.Files) == 0 {
		return s.result, nil
	}
	if err := s.run(ctx); err != nil {
		if ctx.Err() != nil && s.done > 0 {
			err = &PausedError{spectraCount(s.done), partOf(r.Out), err}
		}
		return nil, err
	}
	noteUnread(s.dataset, s.result.Dropped, e)
	noteUnmatched(s.dataset, s.reader, true, e)
	return s.result, nil
}

// stream repairs spectra chunk by chunk.
type stream struct {
	order   Reconstruction
	model   *Prior
	dataset *spec.Dataset
	files   []string
	reader  *datasets.RawReader
	work    string // names what is read
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
	if s.files, err = inputsOf(source, s.order.Out); err != nil {
		return err
	}
	if err := s.keepInputs(append([]string{source.Table, s.order.Prior}, s.files...)); err != nil {
		return err
	}
	s.result.Files = len(s.files)
	if s.reader, err = source.Reader(ctx); err != nil {
		return err
	}
	s.work, err = workOf(ctx, s.dataset, s.files)
	return err
}

// run repairs the spectra, and writes the results.
func (s *stream) run(ctx context.Context) (err error) {
	if s.parts, err = s.open(); err != nil {
		return err
	}
	defer func() {
		if err != nil && s.parts.Empty() {
			err = errors.Join(err, s.parts.Remove())
		}
		err = errors.Join(err, s.parts.Close())
	}()
	if err := s.repairAll(ctx); err != nil {
		return err
	}
	if s.chunks == 0 { // every file was left out
		return &InputError{Source: s.dataset.Source.Kind.Name, Err: errors.New(datasets.DroppedNote(s.result.Dropped))}
	}
	return s.write(ctx)
}

// repairAll reads the spectra, repairs those that no part has yet, and keeps the results in parts.
func (s *stream) repairAll(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	batches := make(chan *batch)
	var workers sync.WaitGroup
	for range cmp.Or(s.order.Workers, runtime.GOMAXPROCS(0)) {
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

// open opens the folder of parts.
func (s *stream) open() (*repaired.Parts, error) {
	options, err := json.Marshal(s.order.Options)
	if err != nil {
		return nil, err
	}
	id, err := s.model.id()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(s.work + id + string(options)))
	parts, removed, err := repaired.OpenParts(partOf(s.order.Out), hex.EncodeToString(sum[:]))
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
