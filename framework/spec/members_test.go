package spec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/catalog"
	"sedlab/framework/spec"
)

const together = `name: together
dataset: {split: {train: 0.8, validation: 0.1, test: 0.1}}
priors:
  all: {kind: ensemble, of: [glo, mean]}
  glo: {kind: glo, code_dim: 4, solver: {method: regularization, lambda: 0.5}}
  mean: {kind: mean}
problem: {operator: inpainting}
`

func parseTogether(t *testing.T, text string, sets ...string) (*spec.File, error) {
	t.Helper()
	o := options(sets...)
	o.Catalog = catalog.Default()
	return spec.Parse([]byte(text), "f.yaml", o)
}

// Members are the spec's own priors, with their solvers, and those of the point. They may come
// after the ensemble.
func TestMembers(t *testing.T) {
	f, err := parseTogether(t, together+"sweep: {priors.glo.code_dim: [4, 5], priors.all.weights: [equal, validation]}\n")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[*spec.Prior]bool{}
	for _, p := range f.Points() {
		all, glo, mean := p.Spec.Priors[0], p.Spec.Priors[1], p.Spec.Priors[2]
		if len(all.Members) != 2 || all.Members[0] != glo || all.Members[1] != mean || all.Composer() == nil || glo.Composer() != nil {
			t.Fatalf("%v: the members are %v", p.Values, all.Members)
		}
		if parts := all.Parts(); len(parts) != 2 || parts[0].Solver.Kind.Name != "regularization" || len(glo.Parts()) != 1 || glo.Parts()[0] != glo {
			t.Errorf("%v: the parts are %v", p.Values, parts)
		}
		seen[all] = true
		if !all.SolvedAtRandom() || mean.SolvedAtRandom() {
			t.Error("an ensemble reads the seed that its members read")
		}
	}
	if len(f.Points()) != 4 || len(seen) != 4 {
		t.Errorf("%d ensembles at %d points", len(seen), len(f.Points()))
	}
	sameFile(t, f, mustYAML(t, f))
}

func mustYAML(t *testing.T, f *spec.File) []byte {
	t.Helper()
	text, err := f.YAML()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWrongMembers(t *testing.T) {
	for set, want := range map[string]string{
		"priors.all.of=[glo, maen]":                    `priors.all.of: got "maen", which is not a prior of this spec; did you mean "mean"?`,
		"priors.all.of=[glo, other]":                   `priors.all.of: got "other", which is not a prior of this spec; expected one of glo, mean`,
		"priors.all.of=[glo, all]":                     "priors.all.of: an ensemble cannot be its own member; expected one of glo, mean",
		"priors.all.of=[glo]":                          "priors.all.of: names 1 of the spec's priors; expected at least two",
		"priors.all.of=[glo, glo]":                     "priors.all.of: names glo twice; expected each prior once",
		"priors.all.weights=evidence":                  "priors.all.weights: got evidence, but glo cannot compute the evidence p(y) of a measurement",
		"priors.all.weights=median":                    `priors.all.weights: got text "median"; expected one of equal, evidence, validation`,
		"priors.all.solver={lr: 1}":                    "priors.all.solver: has no effect, because each member has its own",
		"priors.two={kind: ensemble, of: [all, mean]}": "priors.two.of: names all, which is itself an ensemble; expected one of glo, mean",
		"priors.two={kind: ensemble}":                  "priors.two.of: missing",
		"sweep={priors.all.solver.lr: [1]}":            "priors.all.solver: has no effect",
		"sweep={priors.all.of: [[glo, mean]]}":         "priors.all.of: cannot be swept",
	} {
		_, err := parseTogether(t, together, set)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--set %s:\ngot  %v\nwant %s", set, err, want)
		}
	}
	_, err := parseTogether(t, together, "priors.mean.solver={method: regularization, lambda: 2}", "solver.method=regularization", "sweep.solver.lambda=[1, 2]")
	if err == nil || !strings.Contains(err.Error(), "solver.lambda: is swept in vain") {
		t.Errorf("a key that the solvers of all members fix: %v", err)
	}
	_, err = parseTogether(t, strings.Replace(together, "[glo, mean]", "[glo,\n    mena]", 1))
	if err == nil || !strings.HasPrefix(err.Error(), "f.yaml:5:5: priors.all.of: ") {
		t.Errorf("the error is not at the name: %v", err)
	}
}

// Keys of members are settings of an ensemble that is selected.
func TestSelectOfAnEnsemble(t *testing.T) {
	const choice = "evaluate: {split: validation}\nselect: {prior: all}\n"
	f, err := parseTogether(t, together+choice+"sweep: {priors.glo.code_dim: [4, 5], priors.all.weights: [equal, validation], problem.missing_fraction: [0.1, 0.2]}\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"priors.glo.code_dim", "priors.all.weights"}, f.SettingKeys()); diff != "" {
		t.Errorf("the keys of a setting: -want +got\n%s", diff)
	}
	_, err = parseTogether(t, together+choice+"sweep: {priors.glo.code_dim: [4, 5], halving: {resource: priors.glo.train.epochs, from: 1, to: 3}}\n", "priors.glo.train.schedule=constant")
	if err == nil || !strings.Contains(err.Error(), "training of a prior of kind ensemble cannot go on") {
		t.Errorf("halving of an ensemble: %v", err)
	}
}
