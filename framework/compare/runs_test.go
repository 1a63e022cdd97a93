package compare_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sedlab/framework/compare"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/settings"
)

var data = []store.Dataset{{Name: "synthetic", SHA256: "d338"}}

// run returns the results of a run over levels and seeds, with two priors and
// four signals, and an error of factor × (id + 1).
func run(levels []float64, seeds []uint64, factor float64) compare.Run {
	r := compare.Run{Datasets: data}
	for _, prior := range []string{"glo", "zero"} {
		for _, level := range levels {
			for _, seed := range seeds {
				for id := range int64(4) {
					r.Rows = append(r.Rows, record.Signal{
						CellID: settings.Text([]any{prior, level, seed}), Prior: prior, Operator: "inpainting", Method: "projection",
						Lambda: math.NaN(), Split: "test", SignalID: id, Level: level, MissingFraction: level, Seed: seed,
						Scores: []record.Score{{Name: "mse", Value: factor * float64(id+1)}}, Status: record.StatusOK, Sweep: map[string]any{},
					})
				}
			}
		}
	}
	return r
}

func ptr(v float64) *float64 { return &v }

// withoutValues leaves out what At shows as JSON.
var withoutValues = cmpopts.IgnoreFields(compare.Group{}, "Values")

func TestRunsOfTheSameResults(t *testing.T) {
	a, b := run([]float64{0.1, 0.5}, []uint64{0}, 1), run([]float64{0.5, 0.1}, []uint64{0}, 1)
	p := compare.Runs(a, b, "mse")
	if !p.Identical || p.Pairs != 16 || len(p.Groups) != 4 || len(p.Priors) != 2 || p.Priors[0].Pairs != 8 || len(p.LeftOut) != 0 {
		t.Errorf("pairing %+v", p)
	}
	want := compare.Group{
		Prior: "glo", At: []compare.Setting{{Column: "level", Value: "0.1"}}, Pairs: 4, Compared: 4,
		MedianA: ptr(2.5), MedianB: ptr(2.5), Difference: ptr(0), BetterInB: ptr(0), Identical: true,
	}
	if d := cmp.Diff(want, p.Groups[0], withoutValues); d != "" {
		t.Error(d)
	}
}

func TestRunsPairsSignals(t *testing.T) {
	a, b := run([]float64{0.1}, []uint64{0}, 1), run([]float64{0.1}, []uint64{0}, 1)
	for i, mse := range []float64{0.5, 1.5, 3.5, 4} {
		b.Rows[i].Scores[0].Value = mse
	}
	b.Rows[7].Scores[0].Value, b.Rows[7].Status = math.NaN(), "nothing observed"
	p := compare.Runs(a, b, "mse")
	want := []compare.Group{
		{Prior: "glo", At: []compare.Setting{}, Pairs: 4, Compared: 4,
			MedianA: ptr(2.5), MedianB: ptr(2.5), Difference: ptr(-0.25), BetterInB: ptr(0.5)},
		{Prior: "zero", At: []compare.Setting{}, Pairs: 4, Compared: 3,
			MedianA: ptr(2), MedianB: ptr(2), Difference: ptr(0), BetterInB: ptr(0)},
	}
	if d := cmp.Diff(want, p.Groups, withoutValues); d != "" {
		t.Error(d)
	}
	if p.Identical {
		t.Error("identical")
	}
}

func TestRunsChoosesWhatToPairOn(t *testing.T) {
	levels, seeds := []float64{0.1, 0.5}, []uint64{0}
	regularized := run(levels, seeds, 1)
	swept := run(levels, seeds, 1)
	for i := range swept.Rows {
		regularized.Rows[i].Method, regularized.Rows[i].Lambda = "regularization", 0.01
		swept.Rows[i].Sweep["priors.glo.code_dim"] = 50.0
		swept.Rows = append(swept.Rows, swept.Rows[i])
		swept.Rows[len(swept.Rows)-1].Sweep = map[string]any{"priors.glo.code_dim": 10.0}
	}
	base := run(levels, seeds, 1)
	base.Spec = settings.List{{Key: "priors.glo.code_dim", Value: 50.0}}
	noisy := func() compare.Run {
		r := run(levels, seeds, 1)
		for i := range r.Rows {
			r.Rows[i].NoiseL2 = float64(i) // measured of each signal
		}
		return r
	}
	noisier := noisy()
	for i := range noisier.Rows {
		noisier.Rows[i].NoiseL2 += 1e-9
	}
	for _, c := range []struct {
		name                string
		a, b                compare.Run
		leftOut             []string
		pairs, onlyA, onlyB int
		mostA               int
		identical           bool
	}{
		{"another method and lambda", run(levels, seeds, 1), regularized, []string{"method", "lambda"}, 16, 0, 0, 1, true},
		{"one more level", run(levels, seeds, 1), run([]float64{0.1, 0.5, 0.9}, seeds, 1), nil, 16, 0, 8, 1, false},
		{"one level less", run(levels, seeds, 1), run([]float64{0.1, 0.3}, seeds, 1), nil, 8, 8, 8, 1, false},
		{"other seeds", run(levels, []uint64{0, 1}, 1), run(levels, []uint64{2}, 1), []string{"seed"}, 16, 0, 0, 2, false},
		{"a key that the other spec fixes", swept, base, nil, 16, 16, 0, 1, false},
		{"noise measured of each signal", noisy(), noisier, nil, 16, 0, 0, 1, true},
	} {
		p := compare.Runs(c.a, c.b, "mse")
		var leftOut []string
		for _, l := range p.LeftOut {
			leftOut = append(leftOut, l.Column)
		}
		if !slices.Equal(leftOut, c.leftOut) || p.Pairs != c.pairs || p.OnlyA != c.onlyA || p.OnlyB != c.onlyB ||
			p.MostA != c.mostA || p.Identical != c.identical {
			t.Errorf("%s: left out %v, %d pairs, only %d and %d, most %d, identical %t; expected %+v",
				c.name, leftOut, p.Pairs, p.OnlyA, p.OnlyB, p.MostA, p.Identical, c)
		}
		if _, err := json.Marshal(p); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestRunsComparesTheMeansOfWhatIsLeftOut(t *testing.T) {
	a, b := run([]float64{0.1}, []uint64{0, 1}, 1), run([]float64{0.1}, []uint64{2}, 1)
	for i := range a.Rows {
		if a.Rows[i].Seed == 1 {
			a.Rows[i].Scores[0].Value *= 3
		}
	}
	if g := compare.Runs(a, b, "mse").Groups[0]; *g.MedianA != 5 || *g.MedianB != 2.5 || *g.BetterInB != 1 {
		t.Errorf("medians %g and %g, better %g", *g.MedianA, *g.MedianB, *g.BetterInB)
	}
}

func TestRunsDoesNotPairOtherSpectra(t *testing.T) {
	a, b := run([]float64{0.1}, []uint64{0}, 1), run([]float64{0.1}, []uint64{0}, 1)
	b.Datasets = []store.Dataset{{Name: "synthetic", SHA256: "beef"}}
	if p := compare.Runs(a, b, "mse"); p.Unpaired == "" || p.Identical || p.Pairs != 0 {
		t.Errorf("pairing %+v", p)
	}
	b.Datasets, b.Rows = data, nil
	if p := compare.Runs(a, b, "mse"); p.Unpaired == "" {
		t.Errorf("pairing %+v", p)
	}
}

func TestSpecs(t *testing.T) {
	a := settings.List{{Key: "b", Value: []any{1.0, 2.0}}, {Key: "c", Value: "x"}, {Key: "d", Value: true}}
	b := settings.List{{Key: "a", Value: nil}, {Key: "b", Value: []any{1.0, 2.0}}, {Key: "c", Value: "y"}}
	text := func(s string) *string { return &s }
	want := []compare.Change{
		{Key: "a", B: text("null")}, {Key: "c", A: text(`"x"`), B: text(`"y"`)}, {Key: "d", A: text("true")},
	}
	if d := cmp.Diff(want, compare.Specs(a, b)); d != "" {
		t.Error(d)
	}
}
