package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"sedlab/datasets"
	"sedlab/datasets/spectra"
	"sedlab/framework/plan"
	"sedlab/internal/f32"
	"sedlab/internal/machine"
)

// Survey is what a reconstruction in parts is expected to take.
type Survey struct {
	Prior   string  `json:"prior"`      // its file, or the folder of the run and the name: RUN:NAME
	File    bool    `json:"prior_file"` // whether Prior is a file, which is calibrated
	Files   int     `json:"files"`
	Bytes   int64   `json:"bytes"`   // of the files
	Spectra float64 `json:"spectra"` // estimated; 0 if nothing was measured
	Seconds float64 `json:"seconds"` // that one processor is expected to take for all spectra; 0 if nothing was measured
	Pieces  int     `json:"pieces"`  // the most parts of which each has spectra
	// Calibrate is the memory [bytes] that the calibration of a run's prior is expected to take.
	Calibrate float64 `json:"calibrate_bytes"`
	// Calibrated says that a run's prior has been calibrated here, so that Save can write it.
	Calibrated bool   `json:"calibrated"`
	Input      string `json:"input"`  // the hash of all but the prior that determines the results
	Kernel     string `json:"kernel"` // that of all parts
	// Inputs are the files that are read.
	Inputs []string `json:"-"`
	// Caches are the folders of the cache that a run's prior is calibrated with.
	Caches []string `json:"-"`

	source *datasets.SpectraConfig
	files  []string
	out    string
	model  *Prior // nil if it is not known
}

// Survey looks at a reconstruction that is to be done in parts, and refuses what Reconstruct would
// refuse. If parts is 0, as their number is not known yet, or if the prior is a file, the first spectra
// are repaired to see how long they take. A run's prior is calibrated for that or, if there are parts
// already, to see whether they were made with it. mostParts bounds the number of parts to come. The
// error is as that of Reconstruct.
func (a *App) Survey(ctx context.Context, r Reconstruction, parts, mostParts int, e Events) (*Survey, error) {
	restore, err := setKernel(r.Kernel)
	if err != nil {
		return nil, &QueryError{fmt.Errorf("a survey keeps to one kernel, and %w", err)}
	}
	defer restore()
	ctx, e = a.withMemory(ctx), orQuiet(e)
	s := &stream{order: r, whole: r.Out, events: e, result: &Reconstructed{Failed: map[string]int{}}}
	if err := s.look(ctx, a); err != nil {
		return nil, err
	}
	x := &Survey{Prior: r.Prior, File: isPriorFile(r.Prior), Input: s.input, Kernel: f32.Kernel(), source: s.dataset.Source.Config.(*datasets.SpectraConfig), out: r.Out}
	for _, p := range s.pieces {
		x.files, x.Files, x.Bytes = append(x.files, p.file), x.Files+1, x.Bytes+p.bytes
	}
	if x.Inputs = x.files; x.source.Table != "" {
		x.Inputs = append([]string{x.source.Table}, x.files...)
	}
	s.pieces = piecesOf(x.source, x.files, mostParts)
	x.Pieces = len(s.pieces)
	if !x.File {
		if err := a.lookAtPrior(ctx, x, e); err != nil {
			return nil, err
		}
	}
	if parts > 0 && !x.File {
		if done, _, err := partFiles(x.out, parts); err != nil || len(done) == 0 {
			return x, err
		}
	}
	m, err := a.Prior(ctx, x.Prior, e)
	if err != nil {
		return nil, err
	}
	x.model, x.Calibrated = m, !x.File
	if parts > 0 && !x.File {
		return x, nil
	}
	s.model = m
	each, perByte, err := s.measure(ctx)
	x.Spectra = perByte * float64(x.Bytes)
	x.Seconds = each * x.Spectra
	return x, err
}

// lookAtPrior names the prior by the folder of its run, as latest may soon be another one, and
// notes the caches and the memory that its calibration is expected to take.
func (a *App) lookAtPrior(ctx context.Context, x *Survey, e Events) (err error) {
	run, name := splitPrior(x.Prior)
	r, err := a.recorded(run, nil)
	if err != nil {
		return err
	}
	caches := a.cachesOf(r)
	x.Caches = caches.list()
	c, err := caches.open(ctx, e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	cell, t, err := priorIn(ctx, r, name, c)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(r.dir)
	x.Prior = dir + ":" + cell.Prior.Name
	x.Calibrate = (&plan.Plan{File: r.file, Trainings: []plan.Training{t}}).Memory(sizes(ctx))
	return err
}

// measure reads the first spectra and repairs up to a chunk of them. It returns the processor time
// [s] that a spectrum takes, and how many there are in a byte of the files; both are 0 if there are
// none.
func (s *stream) measure(ctx context.Context) (each, perByte float64, err error) {
	var first []*spectra.Spectrum
	steps, count, bytes, began := s.dataset.SpectrumSteps(), 0, int64(0), machine.ProcessorTime()
	add := func(x *spectra.Spectrum) error {
		count++
		if len(first) == chunk {
			return nil
		}
		failed, err := prepare(x, steps)
		if failed == nil && err == nil {
			first = append(first, x)
		}
		return err
	}
	for _, p := range s.pieces {
		if err := s.readPiece(ctx, p, add, func(datasets.Dropped) {}); err != nil {
			return 0, 0, err
		}
		if bytes += p.bytes; len(first) == chunk {
			break
		}
	}
	if len(first) == 0 {
		return 0, 0, nil
	}
	reading := (machine.ProcessorTime() - began).Seconds()
	began = machine.ProcessorTime()
	if _, err := s.model.Reconstruct(ctx, first, s.order.Options); err != nil {
		return 0, 0, err
	}
	repairing := (machine.ProcessorTime() - began).Seconds()
	return reading/float64(count) + repairing/float64(len(first)), float64(count) / float64(bytes), nil
}

// Share returns the largest share of the bytes that one of n parts has.
func (x *Survey) Share(n int) float64 {
	list, most := piecesOf(x.source, x.files, n), int64(0)
	for part := range n {
		bytes := int64(0)
		for _, p := range dealt(list, part, n) {
			bytes += p.bytes
		}
		most = max(most, bytes)
	}
	return float64(most) / float64(max(1, x.Bytes))
}

// What a process that repairs spectra takes, besides what it reads at a time: the program, the prior,
// and for each goroutine a chunk of spectra and its results.
const (
	repairBytes = 200e6
	chunkBytes  = 40e6
)

// Memory returns the memory [bytes] that a part of n is expected to take on some processors: it
// holds one row group of a Parquet file, or one file, at a time.
func (x *Survey) Memory(n, processors int) float64 {
	largest := int64(0)
	for _, p := range piecesOf(x.source, x.files, n) {
		largest = max(largest, p.bytes)
	}
	return repairBytes + chunkBytes*float64(processors) + 4*float64(largest)
}

// Save writes the prior, which is Calibrated, to a file.
func (x *Survey) Save(path string) error { return x.model.save(path) }

// Done returns which of a number of parts are done, by the rule of Reconstruct: their results are
// whole, and are those of this work. The error is a *QueryError if a part is of other spectra,
// options, priors, kernels or versions, or of another number of parts.
func (x *Survey) Done(parts int) (map[int]bool, error) {
	list, divided, err := partFiles(x.out, parts)
	if err == nil {
		err = undivided(divided, x.out)
	}
	if err != nil || x.model == nil { // none was there
		return nil, err
	}
	work, err := x.model.work(x.Input)
	if err != nil {
		return nil, err
	}
	done := map[int]bool{}
	for _, p := range list {
		m, err := readManifest(p.manifest)
		if err == nil && m != nil {
			err = m.compare(p.manifest, work, x.Input, x.Kernel, x.out)
		}
		if err != nil {
			return nil, err
		}
		done[p.number] = m != nil && m.describes(p.out)
	}
	return done, nil
}

// PartResults returns what became of the parts of results that are done, by their numbers. input is
// that of their Survey: whole parts with another one are only counted. It needs neither the spectra nor
// the prior.
func PartResults(out string, parts int, input string) (done map[int]*Reconstructed, others int, err error) {
	list, _, err := partFiles(out, parts)
	if err != nil {
		return nil, 0, err
	}
	done = map[int]*Reconstructed{}
	for _, p := range list {
		m, err := readManifest(p.manifest)
		switch {
		case err != nil:
			return nil, 0, err
		case m == nil || !m.describes(p.out):
		case m.Input == input:
			done[p.number] = m.Result
		default:
			others++
		}
	}
	return done, others, nil
}
