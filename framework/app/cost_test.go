package app_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/framework/store"
)

// The work of each use case grows with the number of cells or of runs, not with its square.
// It is counted in allocations, because times are those of the machine.
func TestCostGrowsWithWork(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	const few, many = 40, 400
	small, large := newSized(t, few), newSized(t, many)
	for _, c := range []struct {
		name string
		do   func(s sized) error
	}{
		{"check", func(s sized) error {
			c, err := s.Check(s.ref)
			if err == nil && !c.OK {
				err = c.Errors
			}
			return err
		}},
		{"plan", func(s sized) error { _, err := s.Plan(t.Context(), s.ref, app.PlanOptions{}); return err }},
		{"plan --why", func(s sized) error { _, err := s.Plan(t.Context(), s.other, app.PlanOptions{Why: true}); return err }},
		{"run, cached", func(s sized) error { _, err := s.Run(t.Context(), s.ref, app.RunOptions{}); return err }},
		{"report", func(s sized) error { _, err := s.Report(t.Context(), s.run, false); return err }},
		{"show", func(s sized) error { _, err := s.Show(t.Context(), s.run); return err }},
		{"diff", func(s sized) error { _, err := s.Diff(t.Context(), s.run, s.run, "mse"); return err }},
		{"verify", func(s sized) error { _, err := s.Verify(t.Context(), 1, s.run); return err }},
		{"ls", func(s sized) error { _, err := s.many.List(app.ListOptions{}); return err }},
		{"ls again", func(s sized) error { _, err := s.many.List(app.ListOptions{}); return err }},
		{"verify --all", func(s sized) error {
			_, err := s.many.Verify(t.Context(), 1)
			return err
		}},
		{"export", func(s sized) error {
			_, err := s.many.Export(t.Context(), store.Query{}, filepath.Join(t.TempDir(), "runs.csv"))
			return err
		}},
	} {
		a, b := allocations(t, c.do, small), allocations(t, c.do, large)
		t.Logf("%-12s %8d allocations for %d, %9d for %d: %.1f times", c.name, a, few, b, many, float64(b)/float64(a))
		if ratio := float64(b) / float64(a); ratio > 1.3*many/few {
			t.Errorf("%s: ten times the work takes %.1f times the allocations", c.name, ratio)
		}
	}
}

// sized is an App with a run of n cells, and another with n runs.
type sized struct {
	*app.App
	ref, other app.SpecRef // the spec of the run, and one with other cells
	run        string
	many       *app.App
}

func newSized(t *testing.T, n int) (s sized) {
	t.Helper()
	text := `name: sized
dataset: {source: synthetic, size: 40}
priors: {zero: {kind: zero}}
problem: {operator: inpainting}
evaluate: {signals: 1, keep: 0}
sweep: {problem.noise.l2: {from: 0, to: 0.%03d, step: 0.001}}
`
	s.App, s.ref = open(t, fmt.Sprintf(text, n-1))
	r, err := s.Run(t.Context(), s.ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Cells.Total != n {
		t.Fatalf("%d cells, expected %d", r.Cells.Total, n)
	}
	s.run, s.other = r.Dir, s.ref
	s.other.Edits = []spec.Edit{{Origin: "--set", Text: "problem.missing_fraction=0.5"}}

	one, ref := open(t, fmt.Sprintf(text, 1))
	if r, err = one.Run(t.Context(), ref, app.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	for i := range n {
		if err := os.CopyFS(filepath.Join(root, fmt.Sprintf("run-%03d", i)), os.DirFS(r.Dir)); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-time.Hour) // the index has no runs that have just changed
	err = filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chtimes(path, past, past))
	})
	if err != nil {
		t.Fatal(err)
	}
	s.many = app.Open(root, catalog.Default())
	return s
}

// allocations returns how often do allocates memory.
func allocations(t *testing.T, do func(sized) error, s sized) uint64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := do(s)
	runtime.ReadMemStats(&after)
	if err != nil && !errors.As(err, new(*app.DoneError)) {
		t.Fatal(strings.TrimSpace(err.Error()))
	}
	return after.Mallocs - before.Mallocs
}

// So does that of a sweep with many blocks, or with long lists.
func TestCostOfLongSpecs(t *testing.T) {
	const base = "name: l\ndataset: {source: synthetic, size: 400}\npriors: {glo: {kind: glo}, zero: {kind: zero}}\nproblem: {operator: inpainting}\n" +
		"evaluate: {signals: 1}\nsweep:\n"
	for name, text := range map[string]func(n int) string{
		"blocks": func(n int) (text string) {
			for i := range n {
				text += fmt.Sprintf("  - problem.missing_fraction: [0.%05d]\n", i)
			}
			return text
		},
		"lists": func(n int) string {
			list := strings.Repeat("8, ", 199) + "8"
			return fmt.Sprintf("  priors.glo.hidden: [%s[8]]\n  seed: {from: 1, to: 20, step: 1}\n", strings.Repeat("["+list+"], ", n/10))
		},
	} {
		check := func(n int) uint64 {
			a, ref := open(t, base+text(n))
			return allocations(t, func(s sized) error {
				c, err := s.Check(ref)
				if err == nil && !c.OK {
					err = c.Errors
				}
				return err
			}, sized{App: a})
		}
		few, many := check(100), check(1000)
		t.Logf("%s: %d allocations, %d for ten times as many: %.1f times", name, few, many, float64(many)/float64(few))
		if float64(many) > 13*float64(few) {
			t.Errorf("%s: ten times as many take %.1f times the allocations", name, float64(many)/float64(few))
		}
	}
}
