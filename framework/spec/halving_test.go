package spec_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/framework/spec"
)

// chosen completes a spec with a select over its sweep.
const chosen = "\nevaluate: {split: validation}\ndataset: {split: {train: 0.8, validation: 0.1}}\nselect: {prior: glo}"

func TestHalving(t *testing.T) {
	f := swept(t, `
  random: {count: 3, space: {priors.glo.train.lr_codes: {choice: [0.1, 0.2, 0.3, 0.4, 0.5]}}}
  problem.missing_fraction: [0.1, 0.2]
  halving: {resource: priors.glo.train.epochs, from: 10, to: 90}`+chosen)
	want := &spec.Halving{Resource: "priors.glo.train.epochs", From: 10, To: 90, Factor: 3}
	if got := f.Halving(); got.Resource != want.Resource || !slices.Equal(got.Rungs(), []int{10, 30, 90}) {
		t.Errorf("got %+v, rungs %v", got, got.Rungs())
	}
	if len(f.Points()) != 3*2*3 {
		t.Errorf("%d points, expected settings × fractions × rungs", len(f.Points()))
	}
	if diff := cmp.Diff([]string{"priors.glo.train.lr_codes"}, f.SettingKeys()); diff != "" {
		t.Errorf("the keys of a setting: -want +got\n%s", diff)
	}
	if r := again(t, f); points(r) != points(f) || r.Hash() != f.Hash() || *r.Base.Select != *f.Base.Select {
		t.Errorf("the resolved spec gives\n%s", points(r))
	}
	if f := swept(t, "{solver.steps: [5, 6]}"+chosen); f.Halving() != nil || len(f.SettingKeys()) != 1 {
		t.Errorf("without halving: %+v, settings of %v", f.Halving(), f.SettingKeys())
	}
}

func TestSelectTakesTheOnlyPrior(t *testing.T) {
	f := swept(t, "{solver.steps: [5, 6]}"+strings.Replace(chosen, "prior: glo", "statistic: mean", 1), "priors={glo: {kind: glo}}")
	if want := (spec.Select{Prior: "glo", Metric: "mse", Statistic: "mean"}); *f.Base.Select != want {
		t.Errorf("got %+v, want %+v", *f.Base.Select, want)
	}
}

func TestSetOfHalving(t *testing.T) {
	sweep := "{priors.glo.code_dim: [2, 3], halving: {resource: priors.glo.train.epochs, from: 10, to: 90}}" + chosen
	if f := swept(t, sweep, "sweep.halving.to=30", "select.metric=mse_missing"); f.Halving().To != 30 || f.Base.Select.Metric != "mse_missing" {
		t.Errorf("got %+v, %+v", f.Halving(), f.Base.Select)
	}
	text := good[:strings.Index(good, "sweep:")] + "sweep: " + sweep
	_, err := spec.Parse([]byte(text), "f.yaml", options("priors.glo.train.epochs=5"))
	if err == nil || !strings.Contains(err.Error(), "is swept by this spec; set sweep.halving.from and sweep.halving.to instead") {
		t.Errorf("got %v", err)
	}
}
