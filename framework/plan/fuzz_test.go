package plan_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"sedlab/framework/plan"
	"sedlab/internal/sealed"
)

// A plan's file is damaged, or it gives names and changes that can be shown.
func FuzzPlanFile(f *testing.F) {
	p := newPlan(f, base+"sweep: {problem.missing_fraction: [0.1, 0.2]}\n")
	for _, other := range []*plan.Plan{p, newPlan(f, generators)} {
		text, err := json.Marshal(other)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"trainings": [{"hash": "a", "inputs": {"prior": null, "data.x": [1e300], "data": {"x": 1}}}], "cells": [null]}`))
	path := filepath.Join(f.TempDir(), "plan.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		if !json.Valid(text) {
			t.Skip("nothing that was sealed")
		}
		file, err := sealed.Marshal(json.RawMessage(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file, 0o666); err != nil {
			t.Fatal(err)
		}
		if w, err := plan.ReadWritten(path); err == nil && w != nil {
			for _, c := range w.Cells {
				if c.Block == "" {
					t.Errorf("cell %q has no block", c.ID)
				}
			}
		}
		ids, err := plan.ReadIDs(path)
		if err != nil {
			return
		}
		for from, to := range ids.To(ids) {
			if from != to {
				t.Errorf("%q has the name %q in the same plan", from, to)
			}
		}
		changes, err := p.Since(path)
		if err != nil {
			return
		}
		if _, err := json.Marshal(changes); err != nil {
			t.Error(err)
		}
	})
}
