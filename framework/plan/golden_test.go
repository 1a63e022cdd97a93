package plan_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/experiments"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/internal/yamlpos"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/priors/glo"
	"sedlab/reports/scores"
)

var update = flag.Bool("update", false, "write testdata/keys.txt")

const goldenKeys = "testdata/keys.txt"

// shippedKeys writes the keys of all trainings and of the first cells of the
// shipped specs, and those of their ensembles at the first point, on a made-up machine with made-up data.
func shippedKeys(t *testing.T, c spec.Catalog) string {
	t.Helper()
	var b strings.Builder
	for _, name := range experiments.Names() {
		f, err := spec.Load(name, spec.Options{Catalog: c})
		if err != nil {
			t.Fatal(err)
		}
		p, err := plan.New(f, f.Points(), machine, plan.Identify{Data: identify})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, name)
		for _, training := range p.Trainings {
			fmt.Fprintf(&b, "  training %s %s %s\n", training.Key, training.Name, training.Continued)
		}
		for i, cell := range p.Cells {
			if i < 3 || i < len(f.Base.Priors) && cell.Prior.Composer() != nil {
				fmt.Fprintf(&b, "  cell %s %s\n", cell.Key, cell.Prior.Name)
			}
		}
	}
	return b.String()
}

// The keys of what ships stay: caches keep their worth. Where results change, a
// version is raised, and -update records the new keys.
func TestKeysOfShippedSpecs(t *testing.T) {
	got := shippedKeys(t, options().Catalog)
	if *update {
		if err := os.WriteFile(goldenKeys, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenKeys)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("keys have moved: -want +got\n%s", diff)
	}
}

// grown is glo with one more key, which has a default.
type grown struct {
	glo.Config
	Momentum float64 `spec:"momentum" default:"0.9" range:"[0,1)" doc:"a key that glo does not have"`
}

// New keys with defaults, new kinds and new columns move no key, and a key that is
// set moves its own.
func TestKeysSurviveGrowth(t *testing.T) {
	c := options().Catalog
	for i, k := range c.Priors {
		if k.Name == glo.Kind.Name {
			k.New = func() priors.Config { return new(grown) }
			c.Priors[i] = k
		}
	}
	blur := operators.Denoising
	blur.Name = "blur"
	c.Operators = append([]operators.Kind{blur}, c.Operators...)
	worst := scores.MSE
	worst.Name = "worst"
	c.Scores = append(c.Scores, worst)
	if fields := yamlpos.Fields(new(grown)); len(fields) != len(yamlpos.Fields(new(glo.Config)))+1 {
		t.Fatalf("glo has not grown: %d keys", len(fields))
	}
	if diff := cmp.Diff(shippedKeys(t, options().Catalog), shippedKeys(t, c)); diff != "" {
		t.Errorf("keys have moved: -without +with what is new\n%s", diff)
	}
	key := func(set string) string {
		f, err := spec.Load("ablations/code-dim", spec.Options{Catalog: c, Edits: []spec.Edit{{Origin: "--set", Text: set}}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := plan.New(f, f.Points(), machine, plan.Identify{Data: identify})
		if err != nil {
			t.Fatal(err)
		}
		return string(p.Trainings[0].Key)
	}
	if key("priors.glo.momentum=0.9") != key("name=x") || key("priors.glo.momentum=0.8") == key("name=x") {
		t.Error("the key is not that of what differs from the defaults")
	}
}

// BenchmarkPlan plans 100,000 cells of 3 trainings, its spec included.
func BenchmarkPlan(b *testing.B) {
	const priors = "name: x\npriors: {a: {kind: pca, code_dim: 5}, b: {kind: pca, code_dim: 6}, c: {kind: pca, code_dim: 7}}\n"
	const one = "name: x\npriors: {a: {kind: pca}}\n"
	for name, text := range map[string]string{
		"three priors": priors + "problem: {operator: inpainting}\nsweep: {problem.missing_fraction: {from: 0, to: 0.9, count: 333}, problem.noise.l2: {from: 0, to: 9, count: 100}}\n",
		"three sizes":  one + "problem: {operator: inpainting}\nsweep: {priors.a.code_dim: [5, 6, 7], problem.missing_fraction: {from: 0, to: 0.9, count: 333}, problem.noise.l2: {from: 0, to: 9, count: 100}}\n",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f, err := spec.Parse([]byte(text), "f.yaml", options())
				if err != nil {
					b.Fatal(err)
				}
				p, err := plan.New(f, f.Points(), machine, plan.Identify{Data: identify})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(p.Cells)), "cells")
			}
		})
	}
}
