package app

import (
	"context"
	"errors"
	"fmt"

	"sedlab/datasets"
	"sedlab/datasets/spectra"
	"sedlab/framework/repaired"
)

// batch is a chunk to be repaired. Spectra that cannot be used are in place already.
type batch struct {
	number  int
	spectra []*spectra.Spectrum
	results []*repaired.Spectrum // nil where a spectrum is to be repaired
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
	add := func(x *spectra.Spectrum) error {
		failed, err := prepare(x, steps)
		if err != nil {
			return err
		}
		return put(x, failed)
	}
	drop := func(d datasets.Dropped) {
		if d.Unread == datasets.UnreadFile {
			s.result.Dropped = append(s.result.Dropped, d)
			return
		}
		putErr = errors.Join(putErr, put(nil, failedSpectrum(d)))
	}
	for _, p := range s.pieces {
		if err := errors.Join(s.readPiece(ctx, p, add, drop), putErr); err != nil {
			return err
		}
	}
	return flush()
}

// readPiece calls add for each spectrum of a piece, and drop for each that cannot be used.
func (s *stream) readPiece(ctx context.Context, p piece, add func(*spectra.Spectrum) error, drop func(datasets.Dropped)) error {
	if p.groups == (spectra.GroupRange{}) {
		return s.reader.Read(ctx, p.file, add, drop)
	}
	return s.reader.ReadGroups(ctx, p.file, p.groups, add, drop)
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
