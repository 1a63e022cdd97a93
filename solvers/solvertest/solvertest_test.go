package solvertest_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"sedlab/priors"
	"sedlab/solvers"
	"sedlab/solvers/solvertest"
)

// liar claims to ignore keys. Its estimates are those of regularization, plus Shift.
type liar struct {
	solvers.RegularizationConfig
	Shift float64 `spec:"shift" default:"0" example:"0.5" doc:"is added to every flux"`
	Level string  `spec:"level" default:"low" enum:"low|high" doc:"high adds 1 to every flux"`
	Spare float64 `spec:"spare" default:"0" range:"[0,10]" doc:"has no effect"`

	ignored []string
	cost    float64
}

func (l *liar) Ignores(priors.Config) []string { return l.ignored }
func (l *liar) Cost(priors.Cost) float64       { return l.cost }

func (l *liar) Solve(ctx context.Context, prior priors.Prior, ms []solvers.Measurement, seed uint64) ([]solvers.Estimate, error) {
	es, err := l.RegularizationConfig.Solve(ctx, prior, ms, seed)
	shift := float32(l.Shift)
	if l.Level == "high" {
		shift++
	}
	for _, e := range es {
		for i := range e.X {
			e.X[i] += shift
		}
	}
	return es, err
}

// recorder notes the errors of a suite instead of failing.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestSuiteFindsLies(t *testing.T) {
	for _, c := range []struct {
		ignored []string
		cost    float64
		want    string // in each error; empty for none
	}{
		{nil, 0, ""},
		{[]string{"spare"}, 1, ""},
		{[]string{"shift"}, 1, `ignored key "shift" changes`},
		{[]string{"level"}, 1, `ignored key "level" changes`},
		{[]string{solvers.Seed}, 1, `ignored key "seeds.solver" changes`},
		{[]string{"nosuch"}, 1, `ignored key "nosuch": found no other value`},
		{nil, -1, "Cost("},
		{nil, math.NaN(), "Cost("},
		{nil, math.Inf(1), "Cost("},
	} {
		k := solvers.Kind{Name: "liar", Doc: "lies", Version: 1, New: func() solvers.Config {
			return &liar{ignored: c.ignored, cost: c.cost}
		}}
		r := &recorder{TB: t}
		solvertest.Suite(r, k, solvertest.Config(t, k, "{steps: 20}"))
		if (len(r.errors) > 0) != (c.want != "") || slices.ContainsFunc(r.errors, func(e string) bool { return !strings.Contains(e, c.want) }) {
			t.Errorf("ignored %q, cost %g: errors %q, expected %q", c.ignored, c.cost, r.errors, c.want)
		}
	}
}
