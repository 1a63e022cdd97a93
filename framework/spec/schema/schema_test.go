package schema_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"sedlab/catalog"
	"sedlab/experiments"
	"sedlab/framework/spec"
	"sedlab/framework/spec/schema"
)

func options() spec.Options { return spec.Options{Catalog: catalog.Default()} }

// compiled is the schema in an independent validator.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(schema.New(catalog.Default()))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("spec.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("spec.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate validates a text, which must be YAML.
func validate(s *jsonschema.Schema, text []byte) error {
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		return err
	}
	return s.Validate(v)
}

func TestShippedSpecsAreValid(t *testing.T) {
	s := compiled(t)
	for _, name := range experiments.Names() {
		text, err := experiments.FS.ReadFile(name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(s, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		f, err := spec.Load(name, options())
		if err != nil {
			t.Fatal(err)
		}
		resolved, err := f.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(s, resolved); err != nil {
			t.Errorf("%s, resolved: %v", name, err)
		}
	}
}

const head = "name: x\npriors: {glo: {kind: glo}, p: {kind: pca}}\nproblem: {operator: inpainting}\n"

func TestValid(t *testing.T) {
	s := compiled(t)
	tests := map[string]bool{
		head: true,
		head + "evaluate: {signals: all, keep: all}":                                      true,
		head + "evaluate: {signals: some}":                                                false,
		head + "sweep: {problem.missing_fraction: {from: 0.1, to: 0.9, step: 0.1}}":       true,
		head + "sweep: {problem.missing_fraction: {from: 0.1, to: 0.9}}":                  false,
		head + "sweep: {problem.missing_fraction: [0.1, 1.5]}":                            false,
		head + "sweep: {zip: {seed: [1, 2], priors.p.code_dim: [3, 4]}, repeat: 3}":       true,
		head + "sweep: {zip: {seed: [1, 2], priors.p.code_dimension: [3, 4]}}":            false,
		head + "sweep: [{points: [{seed: 1, solver.lr: 0.1}]}, {repeat: [1, 2]}]":         true,
		head + "sweep: {points: [{seed: x}]}":                                             false,
		head + "sweep: {random: {count: 3, space: {solver.lr: {uniform: [1, 2]}}}}":       true,
		head + "sweep: {random: {count: 3, space: {solver.lr: {uniform: [1, 2, 3]}}}}":    false,
		head + "sweep: {random: {count: 3, space: {solver.lr: {normal: [1, 2]}}}}":        false,
		head + "sweep: {solver.lr: [1, 2], halving: {resource: x, from: 1, to: 2}}":       true,
		head + "sweep: {solver.lr: [1, 2], halving: {resource: x, from: 1, factor: 3}}":   false,
		head + "select: {prior: glo, statistic: mean}":                                    true,
		head + "select: {prior: glo, split: test}":                                        false,
		head + "sweep: {select.prior: [glo, p]}":                                          false,
		head + "report: [{figure: training}, {figure: boxplot, x: prior}]":                true,
		head + "report: [{figure: boxplot}]":                                              false,
		head + "report: [{figure: training, x: prior}]":                                   false,
		"extends: quickstart\npriors: {glo: {train: {epochs: 3}}}":                        true,
		"extends: [quickstart, a.yaml]\nunset: sweep":                                     true,
		"extends: quickstart\npriors: {glo: {train: {epoch: 3}}}":                         false,
		"name: x\npriors: {glo: {train: {epochs: 3}}}\nproblem: {operator: denoising}":    false,
		"name: x\npriors: {z: {kind: zero, code_dim: 3}}\nproblem: {operator: denoising}": false,
	}
	for text, want := range tests {
		if err := validate(s, []byte(text)); (err == nil) != want {
			t.Errorf("valid %v, want %v: %v\n%s", err == nil, want, err, text)
		}
	}
}

// unseen are the broken specs that the schema cannot refuse: the fault is not in the type
// or range of a single key, or it is one of YAML that the validator's reader ignores.
var unseen = []string{
	"code-dim-beyond-data", "corrupt-nothing-left", "corrupt-share-alone", "denoising-with-missing", "extends-circle", "extends-folder",
	"extends-incomplete", "extends-no-file", "extends-swept", "extends-unknown", "figure-axis-not-swept", "figure-keep",
	"halving-blocks", "halving-cannot-continue", "halving-from-to", "halving-nothing-to-choose", "halving-resource-no-integer",
	"halving-resource-other", "halving-resource-unknown", "halving-schedule", "halving-swept-twice", "halving-to",
	"halving-without-select", "merge-key", "npz-without-path", "path-with-synthetic", "preprocess-check", "prior-check", "prior-solver-dead-key", "random-beside-points",
	"random-fractions", "random-huge", "range-ends", "range-huge", "range-scale", "repeat-beside-seed", "second-document",
	"select-missing-of-nothing", "select-of-fixed-key", "select-nothing", "select-on-test", "select-on-test-written", "select-on-train-swept",
	"select-prior-missing", "select-unequal",
	"seeds-in-vain", "signals-beyond-split", "sphere-swept", "sphere-with-projection", "split-empty", "split-no-training", "split-sum", "split-without-signals", "sweep-cross-check", "sweep-in-vain",
	"sweep-lambda-of-projection", "sweep-too-many", "sweep-two-noises", "tag", "unset-alone", "yaml11-octal",
	"yaml11-underscore", "zip-twice", "zip-two-noises", "zip-unequal",
}

func TestBadSpecsAreRefused(t *testing.T) {
	s := compiled(t)
	files, err := filepath.Glob("../testdata/bad/*.yaml")
	if err != nil || len(files) < 60 {
		t.Fatalf("found %d bad specs: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if refused := validate(s, text) != nil; refused == slices.Contains(unseen, name) {
			t.Errorf("%s: refused is %v", name, refused)
		}
	}
}
