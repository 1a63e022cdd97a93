package app_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/record/recordtest"
)

const longer = `name: longer
dataset: {source: synthetic, size: 60}
priors: {glo: {kind: glo, code_dim: 3, hidden: [8, 8], train: {epochs: 6, batch_size: 16, lr_generator: 0.01}}}
problem: {operator: inpainting, missing_fraction: 0.3}
solver: {steps: 20}
evaluate: {signals: all}
`

// extended runs longer with a number of epochs, and returns the run's rows and epochs.
func extended(t *testing.T, a *app.App, ref app.SpecRef, edits ...string) (r *app.RunResult, rows []record.Signal, epochs []record.Training) {
	t.Helper()
	for _, e := range edits {
		ref.Edits = append(ref.Edits, spec.Edit{Origin: "--set", Text: e})
	}
	r, err := a.Run(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if rows, err = recordtest.Read[record.Signal](filepath.Join(r.Dir, store.SignalsFile)); err != nil {
		t.Fatal(err)
	}
	if epochs, err = recordtest.Read[record.Training](filepath.Join(r.Dir, store.TrainingFile)); err != nil {
		t.Fatal(err)
	}
	return r, rows, epochs
}

func goesOn(t *testing.T, r *app.RunResult, want string) {
	t.Helper()
	log, err := os.ReadFile(filepath.Join(r.Dir, store.LogFile))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), want) {
		t.Errorf("the log lacks %s:\n%s", want, log)
	}
}

// A longer training goes on from a shorter one, bit for bit, as long as the shorter one is
// in the cache.
func TestALongerTrainingGoesOn(t *testing.T) {
	a, ref := open(t, longer)
	_, want, losses := extended(t, a, ref, "priors.glo.train.epochs=10")
	a.Runs = t.TempDir()
	extended(t, a, ref)
	extended(t, a, ref, "priors.glo.train.epochs=3") // a shorter one cannot
	plan := func(edits ...string) *app.Planned {
		planned := ref
		for _, e := range edits {
			planned.Edits = append(planned.Edits, spec.Edit{Origin: "--set", Text: e})
		}
		p, err := a.Plan(t.Context(), planned, app.PlanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := plan("priors.glo.train.epochs=10"); p.From[p.Trainings[0].Key] != 6 {
		t.Errorf("the plan goes on from %v", p.From)
	}
	if p := plan("priors.glo.train.epochs=5"); p.From[p.Trainings[0].Key] != 3 {
		t.Errorf("the plan of a shorter one goes on from %v", p.From)
	}
	for _, edit := range []string{"priors.glo.train.lr_codes=0.02", "priors.glo.train.schedule=cosine", "seed=1"} {
		if p := plan("priors.glo.train.epochs=10", edit); len(p.From) != 0 {
			t.Errorf("%s: goes on from %v", edit, p.From)
		}
	}
	r, got, epochs := extended(t, a, ref, "priors.glo.train.epochs=10")
	goesOn(t, r, `"msg":"goes on","prior":"glo"`)
	goesOn(t, r, `"epochs":4,`)
	goesOn(t, r, `"resumed":true`)
	for i := range got {
		if a, b := got[i].Score("mse"), want[i].Score("mse"); math.Float64bits(a) != math.Float64bits(b) {
			t.Errorf("signal %d: mse %g; in one go %g", got[i].SignalID, a, b)
		}
	}
	if len(epochs) != 10 || epochs[9].Loss != losses[9].Loss || epochs[9].KeptLoss != losses[9].KeptLoss {
		t.Errorf("epochs %+v; in one go %+v", epochs, losses)
	}

	// Within a run, too.
	a.Runs = t.TempDir()
	r, got, _ = extended(t, a, ref, "sweep={priors.glo.train.epochs: [6, 10]}")
	goesOn(t, r, `"msg":"goes on","prior":"glo"`)
	if last := got[len(got)-1].Score("mse"); last != want[len(want)-1].Score("mse") {
		t.Errorf("in a sweep: mse %g; in one go %g", last, want[len(want)-1].Score("mse"))
	}
}

// A training that stopped early is the whole of one of more epochs, too.
func TestAStoppedTrainingGoesOn(t *testing.T) {
	a, ref := open(t, longer)
	stops := []string{"dataset.split={train: 0.6, validation: 0.2, test: 0.2}", "priors.glo.train.validation={every: 2, patience: 1}", "priors.glo.train.lr_generator=0.3"}
	first, want, losses := extended(t, a, ref, append(stops, "priors.glo.train.epochs=60")...)
	end := losses[len(losses)-1]
	if end.Epoch >= 60 || math.IsNaN(end.KeptLoss) {
		t.Fatalf("the training did not stop: %+v", end)
	}
	r, got, epochs := extended(t, a, ref, append(stops, "priors.glo.train.epochs=90")...)
	goesOn(t, r, `"msg":"goes on","prior":"glo"`)
	goesOn(t, r, `"epochs":0,`)
	goesOn(t, r, `"validation_loss":`)
	if e := epochs[len(epochs)-1]; len(epochs) != len(losses) || e.Epoch != end.Epoch || e.Loss != end.Loss || e.ValidationLoss != end.ValidationLoss || e.KeptLoss != end.KeptLoss {
		t.Errorf("of at most 90 epochs the last is %+v; of at most 60 %+v", e, end)
	}
	for i := range got {
		if a, b := got[i].Score("mse"), want[i].Score("mse"); a != b {
			t.Errorf("signal %d: mse %g; of at most 60 epochs %g", got[i].SignalID, a, b)
		}
	}
	shown, err := a.Show(t.Context(), first.Dir)
	if err != nil {
		t.Fatal(err)
	}
	best, _ := record.BestEpoch(losses)
	if s := shown.Training[0]; s.Epochs != int(end.Epoch) || s.BestEpoch != int(best.Epoch) || *s.ValidationLoss != best.ValidationLoss || s.BestEpoch != s.Epochs-2 {
		t.Errorf("shown as %+v; the best is %+v", s, best)
	}
}

// Prune removes a prior and its state together; a damaged state is noted.
func TestStatesLiveAsLongAsPriors(t *testing.T) {
	a, ref := open(t, longer)
	_, want, _ := extended(t, a, ref, "priors.glo.train.epochs=10")
	a.Runs = t.TempDir()
	extended(t, a, ref)
	extended(t, a, ref, "priors.glo.train.epochs=3")
	r, _, _ := extended(t, a, ref, "priors.glo.train.epochs=10")
	from := func() int {
		planned := ref
		planned.Edits = []spec.Edit{{Origin: "--set", Text: "priors.glo.train.epochs=12"}}
		p, err := a.Plan(t.Context(), planned, app.PlanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return p.From[p.Trainings[0].Key]
	}
	if _, err := a.Remove(r.Dir); err != nil {
		t.Fatal(err)
	}
	if _, err := a.EmptyTrash(); err != nil {
		t.Fatal(err)
	}
	removed, err := a.CachePrune(t.Context(), app.PruneOptions{})
	if err != nil || len(removed) != 3 {
		t.Errorf("pruned %+v, %v; want the prior, its state and its cell", removed, err)
	}
	states, _ := filepath.Glob(filepath.Join(a.CacheDir(), "checkpoints", "*.checkpoint"))
	if len(states) != 2 || from() != 6 {
		t.Errorf("after the prune: states %v, the plan goes on from %v", states, from())
	}

	// A damaged state is noted, and the training starts over.
	for _, path := range states {
		text, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, bytes.Replace(text, []byte("sha256"), []byte("sha255"), 1), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	r, got, _ := extended(t, a, ref, "priors.glo.train.epochs=10")
	if len(r.Notes) != 2 || !strings.Contains(r.Notes[0], "checkpoint is damaged") || got[0].Score("mse") != want[0].Score("mse") {
		t.Errorf("notes %q", r.Notes)
	}
}

// A search removes the states of settings that it drops, but not those of trainings that
// were made for themselves.
func TestASearchKeepsTheStatesOfOthers(t *testing.T) {
	a, ref := open(t, longer)
	for _, lr := range []string{"0.01", "0.02", "0.03"} {
		extended(t, a, ref, "priors.glo.train.lr_codes="+lr)
	}
	halving := []string{
		"select={prior: glo, metric: mse}",
		"dataset.split={train: 0.5, validation: 0.3, test: 0.2}", "evaluate.split=validation",
	}
	search := "sweep={priors.glo.train.lr_codes: [0.01, 0.02, 0.03], halving: {resource: priors.glo.train.epochs, from: 6, to: 18}}"
	for _, lr := range []string{"0.01", "0.02", "0.03"} {
		extended(t, a, ref, append([]string{"priors.glo.train.lr_codes=" + lr}, halving[1])...)
	}
	extended(t, a, ref, append(halving, search)...)
	for _, lr := range []string{"0.01", "0.02", "0.03"} {
		planned := ref
		for _, e := range []string{"priors.glo.train.epochs=20", "priors.glo.train.lr_codes=" + lr, halving[1]} {
			planned.Edits = append(planned.Edits, spec.Edit{Origin: "--set", Text: e})
		}
		p, err := a.Plan(t.Context(), planned, app.PlanOptions{})
		if err != nil || p.From[p.Trainings[0].Key] < 6 {
			t.Errorf("lr_codes %s: goes on from %v, %v", lr, p.From, err)
		}
	}
}
