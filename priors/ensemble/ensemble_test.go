package ensemble_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"sedlab/internal/kind/kindtest"
	"sedlab/priors"
	"sedlab/priors/baseline"
	"sedlab/priors/ensemble"
	"sedlab/priors/gaussian"
	"sedlab/priors/priortest"
	"sedlab/priors/zero"
)

// recorded is what testdata/record.py wrote.
type recorded struct {
	Flux    [][]float32
	X       [][][]float32 // of each member and signal
	Counts  [][]bool
	Weights []float64
	Loss    float64
	Mixture struct {
		Weights, Mean, Deviation, Left []float64
		Sigma, Noise                   [][]float32
	}
	Evidence, Posterior []float64
}

func read(t *testing.T) (r recorded) {
	t.Helper()
	text, err := os.ReadFile("testdata/scipy.json")
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// says is a prior that infers what it is told, by signal.
type says []priors.Inferred

func (s says) Dim() int       { return len(s[0].X) }
func (s says) AtRandom() bool { return false }
func (s says) Infer(_ context.Context, ms []priors.Measurement, _ uint64) ([]priors.Inferred, error) {
	var found []priors.Inferred
	for _, m := range ms {
		found = append(found, s[m.Signal])
	}
	return found, nil
}

// saying returns a prior that infers these fluxes, sure of them.
func saying(x [][]float32) (s says) {
	for _, row := range x {
		s = append(s, priors.Inferred{X: row, Scale: 1, Evidence: math.NaN(), Iterations: 2, Converged: true})
	}
	return s
}

// broken is a prior that must not be asked.
type broken struct{ says }

func (broken) Infer(context.Context, []priors.Measurement, uint64) ([]priors.Inferred, error) {
	return nil, errors.New("asked")
}

func compose(t *testing.T, weights string, members ...priors.Inferrer) *ensemble.Prior {
	t.Helper()
	c := &ensemble.Config{Weights: weights}
	return c.Compose(members).(*ensemble.Prior)
}

func inferOne(t *testing.T, p priors.Inferrer) priors.Inferred {
	t.Helper()
	found, err := p.Infer(t.Context(), []priors.Measurement{{}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return found[0]
}

func near(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for j, v := range got {
		if math.Abs(float64(v)-want[j]) > 2e-6*math.Max(1, math.Abs(want[j])) {
			t.Errorf("%s of flux %d is %g, want %g", what, j, v, want[j])
		}
	}
}

func TestContract(t *testing.T) {
	config := &ensemble.Config{Of: []string{"a", "b", "c"}, Weights: "evidence"}
	kindtest.Check(t, ensemble.Kind, priors.Config(config))
	var members []priors.Inferrer
	for _, c := range []priors.Config{
		&gaussian.FactorAnalysisConfig{Factors: gaussian.Factors{CodeDim: 3, Iterations: 20}},
		&gaussian.PPCAConfig{Factors: gaussian.Factors{CodeDim: 2, Iterations: 20}}, &gaussian.MeanConfig{},
	} {
		p, err := c.Train(t.Context(), priortest.Data())
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, p.(priors.Inferrer))
	}
	for _, weights := range []string{"equal", "evidence"} {
		priortest.RunInferrer(t, config, compose(t, weights, members...))
	}
	if _, err := config.Train(t.Context(), priortest.Data()); err == nil {
		t.Error("an ensemble was trained")
	}
}

// Mean and deviation are those of the mixture, to the recorded numbers.
func TestMixture(t *testing.T) {
	r := read(t)
	// Ten members, of which 5, 3 and 2 say the same, have the recorded weights.
	first, second, third := saying(r.X[0][:1]), saying(r.X[1][:1]), saying(r.X[2][:1])
	first[0].Sigma, third[0].Sigma = r.Mixture.Sigma[0], r.Mixture.Sigma[1]
	first[0].Noise, second[0].Noise = r.Mixture.Noise[0], r.Mixture.Noise[1]
	third[0].Converged = false
	all := []priors.Inferrer{first, first, first, first, first, second, second, second, third, third}
	got := inferOne(t, compose(t, "equal", all...))
	near(t, "mean", got.X, r.Mixture.Mean)
	near(t, "deviation", got.Sigma, r.Mixture.Deviation)
	near(t, "noise", got.Noise, r.Mixture.Left)
	if math.Abs(got.Scale-1) > 1e-12 || got.Iterations != 20 || got.Converged || got.Code != nil || !math.IsNaN(got.Evidence) {
		t.Errorf("got %+v", got)
	}
	if sure := inferOne(t, compose(t, "equal", saying(r.X[0]), second)); sure.Sigma != nil {
		t.Error("members without deviations give some")
	}
}

// s·X is the mean of the members' s·X, whatever the scales in which they say it.
func TestMixtureOfScales(t *testing.T) {
	r := read(t)
	members := func(a, b float64) *ensemble.Prior {
		first, second := saying(r.X[0][:1]), saying(r.X[1][:1])
		for i, s := range []float64{a, b} {
			f := &[]says{first, second}[i][0]
			f.Scale, f.X, f.Sigma = s, priors.Scale(f.X, s), priors.Scale(r.Mixture.Sigma[0], s)
		}
		return compose(t, "equal", first, second)
	}
	want, got := inferOne(t, members(1, 1)), inferOne(t, members(2, 0.5))
	if got.Scale != 1.25 {
		t.Errorf("the scale is %g", got.Scale)
	}
	for j, v := range want.X {
		if math.Abs(got.Scale*float64(got.X[j])-float64(v)) > 1e-6 || math.Abs(got.Scale*float64(got.Sigma[j])-float64(want.Sigma[j])) > 1e-6 {
			t.Errorf("flux %d: %g ± %g times %g, want %g ± %g", j, got.X[j], got.Sigma[j], got.Scale, v, want.Sigma[j])
		}
	}
}

// The weights of each measurement are the posterior probabilities of its members.
func TestEvidence(t *testing.T) {
	r := read(t)
	var members []priors.Inferrer
	want := make([]float64, len(r.X[0][0]))
	for k, e := range r.Evidence {
		s := saying(r.X[k][:1])
		s[0].Evidence = e
		members = append(members, s)
		for j, v := range r.X[k][0] {
			want[j] += r.Posterior[k] * float64(v)
		}
	}
	near(t, "mean", inferOne(t, compose(t, "evidence", members...)).X, want)
	members = append(members, saying(r.X[3]))
	if _, err := compose(t, "evidence", members...).Infer(t.Context(), []priors.Measurement{{Signal: 0}}, 1); err == nil || !strings.Contains(err.Error(), "member 4") {
		t.Errorf("a member without evidence: %v", err)
	}
}

func known(r recorded) (list []priors.Known) {
	for i, flux := range r.Flux {
		list = append(list, priors.Known{Measurement: priors.Measurement{Signal: i}, Flux: flux, Counts: r.Counts[i]})
	}
	return list
}

func fit(t *testing.T, p priors.Fitter, list []priors.Known) *ensemble.Prior {
	t.Helper()
	fitted, err := p.Fit(t.Context(), list, 1)
	if err != nil {
		t.Fatal(err)
	}
	return fitted.(*ensemble.Prior)
}

// The weights have the recorded loss. Of the members, one shares its errors with a better one.
func TestStacking(t *testing.T) {
	r := read(t)
	var members []priors.Inferrer
	for _, x := range r.X {
		members = append(members, saying(x))
	}
	p := fit(t, compose(t, "validation", members...), known(r))
	sum, loss := 0.0, 0.0
	for k, w := range p.Weights() {
		sum += w
		if math.Abs(w-r.Weights[k]) > 1e-4 || w < 0 {
			t.Errorf("the weight of member %d is %g, want %g", k, w, r.Weights[k])
		}
	}
	for i, flux := range r.Flux {
		square, count := 0.0, 0.0
		for j, v := range flux {
			if r.Counts[i][j] {
				e := -float64(v)
				for k, w := range p.Weights() {
					e += w * float64(r.X[k][i][j])
				}
				square, count = square+e*e, count+1
			}
		}
		loss += square / count / float64(len(r.Flux))
	}
	if math.Abs(sum-1) > 1e-12 || loss > r.Loss+1e-9 {
		t.Errorf("a loss of %.12g with weights of %g in all; SciPy finds %.12g", loss, sum, r.Loss)
	}
	// Fluxes that do not count, and signals of which none does or that a member cannot reconstruct, change nothing.
	list := known(r)
	for i := range list {
		list[i].Flux = slices.Clone(list[i].Flux)
		for j, counts := range list[i].Counts {
			if !counts {
				list[i].Flux[j] = 1e9
			}
		}
	}
	members[1] = append(slices.Clone(members[1].(says)), priors.Inferred{X: slices.Repeat([]float32{float32(math.NaN())}, 8), Scale: 1})
	for k := range members {
		if k != 1 {
			members[k] = append(slices.Clone(members[k].(says)), members[k].(says)[0])
		}
	}
	lost := priors.Known{Measurement: priors.Measurement{Signal: len(list)}, Flux: list[0].Flux, Counts: list[0].Counts}
	list = append(list, priors.Known{Flux: list[0].Flux, Counts: make([]bool, 8)}, lost)
	if again := fit(t, compose(t, "validation", members...), list); !slices.Equal(again.Weights(), p.Weights()) {
		t.Errorf("weights %v, and %v with what does not count", p.Weights(), again.Weights())
	}
}

// All weight goes to a member that is right, in whatever scale it says so, and others are not
// asked any more. Equal members share their weight.
func TestStackingOfExtremes(t *testing.T) {
	r := read(t)
	right := saying(r.Flux)
	for i := range right {
		right[i].Scale, right[i].X = 4, priors.Scale(right[i].X, 4)
	}
	p := fit(t, compose(t, "validation", saying(r.X[0]), right, saying(r.X[1])), known(r))
	if !slices.Equal(p.Weights(), []float64{0, 1, 0}) {
		t.Errorf("weights %v", p.Weights())
	}
	for _, w := range fit(t, compose(t, "validation", saying(r.X[0]), saying(r.X[0])), known(r)).Weights() {
		if w != 0.5 {
			t.Errorf("a weight of %g of two equal members", w)
		}
	}
	if _, err := compose(t, "validation", right, right).Fit(t.Context(), nil, 1); err == nil {
		t.Error("weights without a signal")
	}
	if _, err := compose(t, "validation", right, broken{right}).Fit(t.Context(), known(r), 1); err == nil || err.Error() != "asked" {
		t.Errorf("error %v", err)
	}
}

func TestChecks(t *testing.T) {
	for _, c := range []struct {
		of   []string
		want string // part of the problem with the key of
	}{{[]string{"a", "b"}, ""}, {[]string{"a"}, "names 1"}, {nil, "names 0"}, {[]string{"a", "b", "a"}, "names a twice"}} {
		errs := (&ensemble.Config{Of: c.of, Weights: "equal"}).Check(0, 0)
		switch {
		case c.want == "" && len(errs) == 0:
		case len(errs) != 1 || errs[0].Key != "of" || c.want == "" || !strings.Contains(errs[0].Problem, c.want):
			t.Errorf("%v: %v", c.of, errs)
		}
	}
	members := []priors.Config{new(gaussian.MeanConfig), new(baseline.NearestConfig), new(zero.Config)}
	for weights, want := range map[string]int{"equal": 0, "validation": 0, "evidence": 1} {
		errs := (&ensemble.Config{Of: []string{"a", "b", "c"}, Weights: weights}).CheckMembers(members)
		if len(errs) != want || want > 0 && (errs[0].Key != "weights" || !strings.Contains(errs[0].Problem, "but b cannot compute the evidence")) {
			t.Errorf("%s: %v", weights, errs)
		}
	}
}
