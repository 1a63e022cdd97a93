package spec_test

import (
	"testing"

	"sedlab/catalog"
	"sedlab/framework/spec"
	"sedlab/internal/kind/kindtest"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/priors/zero"
	"sedlab/reports/scores"
)

// filed is an operator with the path of a file among its keys.
type filed struct {
	operators.DenoisingConfig
	Deep struct {
		Path string `spec:"path" default:"\"\"" file:"true" doc:"a file"`
	} `spec:"deep" doc:"a section"`
}

// filedPrior is a prior with the path of a file among its keys, which no training begins with.
type filedPrior struct {
	zero.Config
	Path string `spec:"path" default:"\"\"" file:"true" doc:"a file"`
}

func TestWrongCataloguePanics(t *testing.T) {
	score := func(change func(k *scores.Kind)) func(c *spec.Catalog) {
		own := scores.MSE
		own.Name = "own"
		change(&own)
		return func(c *spec.Catalog) { c.Scores = append(c.Scores, own) }
	}
	named := func(name string) func(c *spec.Catalog) { return score(func(k *scores.Kind) { k.Name = name }) }
	parse := func(spoil func(c *spec.Catalog)) {
		c := catalog.Default()
		spoil(&c)
		text := "name: x\npriors: {zero: {kind: zero}}\nproblem: {operator: denoising}\n"
		if _, err := spec.Parse([]byte(text), "x.yaml", spec.Options{Catalog: c}); err != nil {
			t.Error(err)
		}
	}
	parse(named("own"))
	for what, spoil := range map[string]func(c *spec.Catalog){
		"a score that is there":           named("mse"),
		"a score named as another column": named("iterations"),
		"a score named as a swept key":    named("sweep.solver.lr"),
		"a score without a name":          named(""),
		"a score without a version":       score(func(k *scores.Kind) { k.Version = 0 }),
		"a score without a role":          score(func(k *scores.Kind) { k.Role = "" }),
		"a score that is not computed":    score(func(k *scores.Kind) { k.Score = nil }),
		"an operator with a file":         func(c *spec.Catalog) { c.Operators[2].New = func() operators.Config { return new(filed) } },
		"a prior with a file":             func(c *spec.Catalog) { c.Priors[0].New = func() priors.Config { return new(filedPrior) } },
	} {
		kindtest.Panics(t, what, func() { parse(spoil) })
	}
}
