package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/reconstruct"
	"sedlab/framework/runner"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/durable"
	"sedlab/internal/safetensors"
	"sedlab/priors"
)

// calibrate takes a prior's calibration from the cache, or makes it on the validation signals,
// or on the test signals if there are none. p is the spec's prior.
func (a *App) calibrate(ctx context.Context, c *cache.Cache, m *Prior, p *spec.Prior, t plan.Training, trained *runner.Trained, e Events) error {
	inputs := map[string]any{
		"step": "calibrate", "version": calibrationVersion, "training": t.Key, "method": m.about.Method, "method_version": p.Solver.Kind.Version,
		"solver": m.about.Solver, "seed": m.about.Seed,
	}
	if search := p.SearchKeys(); search != nil {
		inputs["search"] = search
	}
	key, ingredients, err := cache.KeyOf(inputs)
	if err != nil {
		return err
	}
	entry, err := c.Get(cache.Calibrations, key)
	if damaged := new(cache.DamagedError); err != nil && !errors.As(err, &damaged) {
		return err
	}
	if entry != nil {
		f, err := safetensors.Parse(entry.File(calibrationFile))
		if err == nil {
			err = m.SetTensors(f)
		}
		if err == nil {
			return nil
		}
		e.Note(fmt.Sprintf("calibration of %s: made again: %v", m, err))
	}
	if err := m.Learn(ctx, signals(trained, trained.Split.Train)); err != nil {
		return &InputError{Source: t.Dataset.Source.Kind.Name, Err: err}
	}
	if err := m.Calibrate(ctx, validation(trained), func(n, of int) { e.Counted("calibrations", n, of) }); err != nil {
		return &InputError{Source: t.Dataset.Source.Kind.Name, Err: err}
	}
	meta := cache.Meta{Ingredients: ingredients, Program: store.Version().Version, Note: map[string]string{"prior": m.about.Name}}
	put := c.Put
	if entry != nil { // it is there, but cannot be used
		put = c.Replace
	}
	return put(cache.Calibrations, key, meta, func(dir string) error {
		return durable.WriteFile(filepath.Join(dir, calibrationFile), func(w io.Writer) error {
			return safetensors.Write(w, &safetensors.File{Tensors: m.Tensors()})
		})
	})
}

// validation returns the signals to calibrate by.
func validation(t *runner.Trained) reconstruct.Signals {
	if len(t.Split.Validation) > 0 {
		return signals(t, t.Split.Validation)
	}
	return signals(t, t.Split.Test)
}

// signals returns those of a split that are whole, each divided by its root mean square, whatever
// dataset.normalize is.
func signals(t *runner.Trained, ids []int) (v reconstruct.Signals) {
	for _, id := range ids {
		rms := priors.Unit(func(yield func([]float32) bool) { yield(t.Set.Signal(id)) })
		if t.Set.Bad(id) != "" {
			continue
		}
		v.Flux, v.Infilled = append(v.Flux, priors.Scale(t.Set.Signal(id), rms)), append(v.Infilled, t.Set.InfilledRow(id))
		ivar := t.Set.IvarRow(id)
		if ivar != nil {
			ivar = priors.Scale(ivar, 1/rms/rms)
		}
		v.Ivar = append(v.Ivar, ivar)
	}
	return v
}
