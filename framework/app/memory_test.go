package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/spec"
)

// What needs more memory than there is, or makes too many rows, is refused before anything
// is computed, with the key that asks for it.
func TestWhatNeedsTooMuchIsRefused(t *testing.T) {
	const text = `
name: large
dataset: {source: synthetic, size: 1000}
priors: {zero: {kind: zero}}
problem: {operator: inpainting}
`
	for _, test := range []struct {
		memory    int64
		edits     []string
		key, says string
	}{
		{0, nil, "", ""},
		{100e6, nil, "", ""},
		{42e6, nil, "dataset", "1000 signals of 1000 fluxes: the run would take at least 0.0"},
		{60e6, []string{"problem.operator=compressed_sensing"}, "", ""},
		{46e6, []string{"problem.operator=compressed_sensing", "problem.missing_fraction=0.1"}, "dataset", "at least"},
		{48e6, []string{"problem.operator=compressed_sensing", "dataset.size=100"}, "", ""},
		{42e6, []string{"problem.operator=compressed_sensing", "dataset.size=100"}, "problem.operator", "compressed_sensing of 1000 fluxes"},
		{500e6, []string{"priors.glo={kind: glo, hidden: [5000, 5000]}"}, "priors.glo", "the training on 1000 fluxes"},
		{1e15, []string{"dataset.size=1000000", "evaluate.signals=all", "sweep.problem.missing_fraction={from: 0, to: 0.99, step: 0.01}"}, "evaluate.signals", "about 1e+07 rows"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "s.yaml")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		a := app.Open(filepath.Join(dir, "runs"), catalog.Default())
		a.MaxMemory = test.memory
		ref := app.SpecRef{Name: path}
		for _, e := range test.edits {
			ref.Edits = append(ref.Edits, spec.Edit{Origin: "--set", Text: e})
		}
		c, err := a.Check(ref)
		if err != nil {
			t.Fatal(err)
		}
		_, planErr := a.Plan(t.Context(), ref, app.PlanOptions{})
		if test.key == "" {
			if !c.OK || planErr != nil {
				t.Errorf("%v in %d bytes: refused: %v, %v", test.edits, test.memory, c.Errors, planErr)
			}
			continue
		}
		_, runErr := a.Run(t.Context(), ref, app.RunOptions{})
		for name, err := range map[string]error{"check": c.Errors, "plan": planErr, "run": runErr} {
			var wrong *spec.Errors
			if !errors.As(err, &wrong) || len(wrong.All()) != 1 || wrong.All()[0].Key != test.key || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s of %v in %d bytes: %v; expected %s: %s", name, test.edits, test.memory, err, test.key, test.says)
			}
		}
		if _, err := os.Stat(a.Runs); err == nil {
			if list, err := a.List(app.ListOptions{}); err != nil || len(list) > 0 {
				t.Errorf("%v: left %v, %v", test.edits, list, err)
			}
		}
	}
}
