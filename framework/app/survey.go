package app

import (
	"context"
	"errors"
	"path/filepath"

	"sedlab/datasets"
	"sedlab/datasets/spectra"
	"sedlab/framework/plan"
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

	source *datasets.SpectraConfig
	files  []string
}

// Survey looks at a reconstruction that is to be done in parts, and refuses what Reconstruct would
// refuse. If measure is set or the prior is a file, the first spectra are repaired to see how long
// they take, for which a run's prior is calibrated. mostParts bounds the number of parts to come. The
// error is as that of Reconstruct.
func (a *App) Survey(ctx context.Context, r Reconstruction, measure bool, mostParts int, e Events) (*Survey, error) {
	ctx, e = a.withMemory(ctx), orQuiet(e)
	s := &stream{order: r, whole: r.Out, events: e, result: &Reconstructed{Failed: map[string]int{}}}
	if err := s.look(ctx, a); err != nil {
		return nil, err
	}
	x := &Survey{Prior: r.Prior, File: isPriorFile(r.Prior), source: s.dataset.Source.Config.(*datasets.SpectraConfig)}
	for _, p := range s.pieces {
		x.files, x.Files, x.Bytes = append(x.files, p.file), x.Files+1, x.Bytes+p.bytes
	}
	s.pieces = piecesOf(x.source, x.files, mostParts)
	x.Pieces = len(s.pieces)
	if !x.File {
		if err := a.lookAtPrior(ctx, x, e); err != nil {
			return nil, err
		}
	}
	if !measure && !x.File {
		return x, nil
	}
	m, err := a.Prior(ctx, r.Prior, e)
	if err != nil {
		return nil, err
	}
	s.model = m
	each, perByte, err := s.measure(ctx)
	x.Spectra = perByte * float64(x.Bytes)
	x.Seconds = each * x.Spectra
	return x, err
}

// lookAtPrior names the prior by the folder of its run, as latest may soon be another one, and
// notes the memory that its calibration is expected to take.
func (a *App) lookAtPrior(ctx context.Context, x *Survey, e Events) (err error) {
	run, name := splitPrior(x.Prior)
	r, err := a.recorded(run, nil)
	if err != nil {
		return err
	}
	c, err := a.cachesOf(r).open(ctx, e)
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

// PartResults returns what became of the parts of results, in order: nil for one that is not done.
func PartResults(out string, parts int) (list []*Reconstructed, err error) {
	for i := range parts {
		path := (&Reconstruction{Part: i, Parts: parts}).ofPart(out)
		m, err := readManifest(manifestPath(path))
		if err != nil {
			return nil, err
		}
		if m == nil || !m.describes(path) {
			list = append(list, nil)
			continue
		}
		list = append(list, m.Result)
	}
	return list, nil
}
