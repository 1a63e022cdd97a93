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
// *QueryError, an *InputError, or a *spec.Errors.
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
		return nil, err
	}
	noteUnread(s.dataset, s.result.Dropped, e)
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
	if s.files, err = source.Files(); err != nil {
		return &InputError{Source: s.dataset.Source.Kind.Name, Err: err}
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
	defer func() { err = errors.Join(err, s.parts.Close()) }()
	if err := s.repairAll(ctx); err != nil {
		return err
	}
	if s.chunks == 0 { // every file was left out
		err := &InputError{Source: s.dataset.Source.Kind.Name, Err: errors.New(datasets.DroppedNote(s.result.Dropped))}
		return errors.Join(err, s.parts.Remove())
	}
	return s.write(ctx)
}

// batch is a chunk to be repaired. Spectra that cannot be used are in place already.
type batch struct {
	number  int
	spectra []*spectra.Spectrum
	results []*repaired.Spectrum // nil where a spectrum is to be repaired
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
	return errors.Join(err, ctx.Err())
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
	return parts, err
}

// read cuts the spectra of the files into batches.
func (s *stream) read(ctx context.Context, to chan<- *batch) error {
	steps := s.dataset.SpectrumSteps()
	b := &batch{}
	flush := func() error {
		if len(b.spectra) == 0 {
			return nil
		}
		full := b
		s.chunks++
		b = &batch{number: s.chunks}
		return s.send(ctx, full, to)
	}
	put := func(x *spectra.Spectrum, failed *repaired.Spectrum) error {
		b.spectra, b.results = append(b.spectra, x), append(b.results, failed)
		if len(b.spectra) < chunk {
			return nil
		}
		return flush()
	}
	var putErr error
	for _, file := range s.files {
		err := s.reader.Read(ctx, file, func(x *spectra.Spectrum) error {
			failed, err := prepare(x, steps)
			if err != nil {
				return err
			}
			return put(x, failed)
		}, func(d datasets.Dropped) {
			if d.Unread == datasets.UnreadFile {
				s.result.Dropped = append(s.result.Dropped, d)
				return
			}
			putErr = errors.Join(putErr, put(nil, failedSpectrum(d)))
		})
		if err := errors.Join(err, putErr); err != nil {
			return err
		}
	}
	return flush()
}

// send passes on a batch, unless a part has its results.
func (s *stream) send(ctx context.Context, b *batch, to chan<- *batch) error {
	if s.parts.Has(b.number) {
		s.count(len(b.spectra))
		s.result.Resumed += len(b.spectra)
		return nil
	}
	select {
	case to <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// prepare applies steps to a spectrum. It returns the result of one that they leave out.
func prepare(x *spectra.Spectrum, steps []spectra.Step) (failed *repaired.Spectrum, err error) {
	for _, step := range steps {
		err := step.Apply(x)
		if reason := new(spectra.Drop); errors.As(err, &reason) {
			return failedSpectrum(datasets.Dropped{Name: x.Name, File: x.File, Row: x.Row, Reason: reason.Reason}), nil
		}
		if err != nil {
			return nil, fmt.Errorf("spectrum %s: %w", x.Name, err)
		}
	}
	return nil, nil
}

func failedSpectrum(d datasets.Dropped) *repaired.Spectrum {
	return &repaired.Spectrum{Name: d.Name, File: d.File, Row: int64(d.Row), Status: d.Reason}
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
