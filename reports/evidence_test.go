package reports_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
)

// claims returns the claims of a run about glo, of those that it tests.
func claims(t *testing.T, signals []record.Signal) (tested []reports.Claim) {
	t.Helper()
	columns := append(record.SignalColumns(), record.Column{Name: "sweep.solver.steps", Title: "solver.steps", Key: "solver.steps"})
	_, s, _ := write(t, reports.Run{Signals: signals, Normalize: "rms", Claims: []string{"glo"}, Columns: columns})
	for _, c := range s.Claims {
		if c.Verdict != reports.NotTested {
			tested = append(tested, c)
		}
	}
	return tested
}

// swept sets a swept key on top of another change.
func swept(key string, value any, change func(*record.Signal)) func(*record.Signal) {
	return func(s *record.Signal) {
		change(s)
		sweep := map[string]any{key: value}
		for k, v := range s.Sweep {
			sweep[k] = v
		}
		s.Sweep = sweep
	}
}

func TestRepeatsAreNoConditions(t *testing.T) {
	var signals []record.Signal
	for r := range 5 {
		change := swept("repeat", float64(r), func(s *record.Signal) { s.Seed = uint64(r) })
		signals = append(signals, spread(fmt.Sprint("a", r), 0.001, 3, change)...)
	}
	got := claims(t, signals)
	if len(got) != 1 || len(got[0].Conditions) != 1 || got[0].Conditions[0].Repeats != 5 || got[0].Setting != "" {
		t.Fatalf("claims %+v", got)
	}
	if got[0].Detail != "holds at 1 of 1 condition, over 5 repeats" {
		t.Error(got[0].Detail)
	}
}

// One repeat that goes wrong in five makes a claim uncertain, however many signals each has.
func TestRepeatsAreEvidenceOnTheExperiment(t *testing.T) {
	var signals []record.Signal
	for r := range 5 {
		test := map[bool]float64{true: 0.004, false: 0.001}[r == 4]
		for split, m := range map[string]float64{"test": test, "train": 0.001} {
			change := swept("repeat", float64(r), func(s *record.Signal) { s.Seed, s.Split = uint64(r), split })
			signals = append(signals, spread(split+fmt.Sprint(r), m, 1.1, change)...)
		}
	}
	got := claims(t, signals)
	v := got[len(got)-1].Conditions[0].Estimate
	if got[len(got)-1].Verdict != reports.Inconclusive || !(v.Low < 1.1 && v.High > 2) {
		t.Errorf("%+v", got[len(got)-1])
	}
}

func TestSettingsHaveVerdictsOfTheirOwn(t *testing.T) {
	penalty := func(lambda float64) func(*record.Signal) {
		return swept("solver.lambda", lambda, func(s *record.Signal) {
			denoise("regularization", 1)(s)
			s.Lambda = lambda
		})
	}
	project := func(lambda float64) func(*record.Signal) {
		return swept("solver.lambda", lambda, denoise("projection", 1))
	}
	got := claims(t, join(
		spread("a", 0.001, 4, project(0.01)), spread("b", 0.001, 1.5, penalty(0.01)),
		spread("c", 0.001, 4, project(1)), spread("d", 0.001, 40, penalty(1))))
	if len(got) != 2 || got[0].Setting != "λ = 0.01" || got[0].Verdict != reports.Holds || got[1].Setting != "λ = 1" || got[1].Verdict != reports.DoesNotHold {
		t.Fatalf("claims %+v", got)
	}
	got = claims(t, join(
		spread("a", 0.001, 3, swept("solver.method", "projection", on("glo", "test"))),
		spread("b", 0.002, 3, swept("solver.method", "regularization", func(s *record.Signal) {
			on("glo", "test")(s)
			s.Method, s.Lambda = "regularization", 0.5
		}))))
	if len(got) != 2 || got[0].Setting != "projection" || got[1].Setting != "regularization" {
		t.Errorf("methods: %+v", got)
	}
	steps := func(n float64) func(*record.Signal) { return swept("solver.steps", n, on("glo", "test")) }
	got = claims(t, join(spread("a", 0.001, 3, steps(10)), spread("b", 0.1, 3, steps(20))))
	if len(got) != 2 || got[0].Setting != "solver.steps = 10" || got[0].Verdict != reports.Holds || got[1].Verdict != reports.DoesNotHold {
		t.Errorf("claims %+v", got)
	}
}

func TestOfDuplicatesOneCounts(t *testing.T) {
	other := func(dim float64) func(*record.Signal) { return swept("priors.pca.code_dim", dim, on("glo", "test")) }
	got := claims(t, join(spread("a", 0.001, 3, other(5)), spread("b", 0.001, 3, other(10))))
	if len(got) != 1 || len(got[0].Conditions) != 1 || got[0].Conditions[0].Repeats != 1 || got[0].Setting != "" {
		t.Errorf("another prior's settings: %+v", got)
	}
	own := func(steps float64) func(*record.Signal) { return swept("solver.steps", steps, on("glo", "test")) }
	got = claims(t, join(spread("a", 0.001, 3, own(5)), spread("b", 0.001, 3, own(10))))
	if len(got) != 1 {
		t.Errorf("a prior with its own solver: %+v", got)
	}
}

// Many conditions on the same signals are no more evidence than one.
func TestConditionsThatShareSignalsHoldAtOnce(t *testing.T) {
	noisy := func(n int) (signals []record.Signal) {
		for k := range n {
			change := func(i int, method string, s *record.Signal) {
				denoise(method, float64(k+1))(s)
				width := 1.0
				if method == "regularization" {
					width = 0.75 + 0.1*math.Sin(float64(7*i))
				}
				s.Scores[0].Value = math.Exp(width * math.Sin(float64(i*i)))
			}
			for _, method := range []string{"projection", "regularization"} {
				signals = append(signals, rows(fmt.Sprint(method, k), 40, func(i int, s *record.Signal) { change(i, method, s) })...)
			}
		}
		return signals
	}
	one, ten := claims(t, noisy(1))[0].Conditions[0].Estimate, claims(t, noisy(10))[0].Conditions
	for _, c := range ten {
		if math.Abs(c.Estimate.Low-one.Low) > 0.03 || math.Abs(c.Estimate.High-one.High) > 0.03 || c.Estimate.Value != one.Value {
			t.Errorf("with ten copies of a condition: %v; with one %v", c.Estimate, one)
		}
	}
}

func TestTooFewSignalsAreSaidSo(t *testing.T) {
	got := claims(t, spread("a", 0.0001, 1.1, on("glo", "test"))[:20])
	if got[0].Verdict != reports.Inconclusive || !strings.HasSuffix(got[0].Detail, "; it can hold only with 35 signals or more") {
		t.Errorf("%s: %s", got[0].Verdict, got[0].Detail)
	}
	if got := claims(t, spread("a", 0.0001, 1.1, on("glo", "test"))[:35]); got[0].Verdict != reports.Holds {
		t.Errorf("35 signals: %s, %v", got[0].Verdict, got[0].Conditions)
	}
}

func TestClaimsAsJSON(t *testing.T) {
	failed := rows("a", 20, func(i int, s *record.Signal) { s.Status, s.Scores[0].Value = "not finite", math.NaN() })
	text, err := json.Marshal(claims(t, join(failed, spread("b", 0, 1, on("glo", "train")))))
	if err != nil {
		t.Fatal(err)
	}
	if want := `"estimate":{"value":0,"low":0,"high":`; !strings.Contains(string(text), want) {
		t.Errorf("%s lacks %s", text, want)
	}
}

// Of repeats that split the same spectra anew, each spectrum counts once.
func TestSpectraOfSeveralSplitsCountOnce(t *testing.T) {
	var signals []record.Signal
	for r := range 5 {
		change := swept("seed", float64(r), func(s *record.Signal) { s.Seed = uint64(r) })
		part := spread(fmt.Sprint("a", r), 0.001, 3, change)[10*r : 50+10*r] // signals 10r to 10r+49
		signals = append(signals, part...)
	}
	for same, want := range map[bool]int{true: 90, false: 250} {
		_, s, _ := write(t, reports.Run{Signals: signals, Normalize: "rms", Claims: []string{"glo"}, SameData: same})
		if got := s.Claims[0].Conditions[0].Signals; got != want {
			t.Errorf("same data %v: %d signals; want %d", same, got, want)
		}
	}
}

// A condition at which all samples are equal does not widen the intervals of others.
func TestADegenerateConditionWidensNothing(t *testing.T) {
	at := func(missing float64, split string) func(*record.Signal) {
		return func(s *record.Signal) { s.MissingFraction, s.Level, s.Split = missing, missing, split }
	}
	one := join(spread("a", 0.001, 3, at(0.4, "test")), spread("b", 0.001, 3, at(0.4, "train")))
	two := join(one, spread("c", 0.002, 1, at(0.2, "test")), spread("d", 0.002, 1, at(0.2, "train")))
	alone, beside := claims(t, one)[1].Conditions[0].Estimate, claims(t, two)[1].Conditions[1].Estimate
	if math.Abs(alone.Low-beside.Low) > 0.02 || math.Abs(alone.High-beside.High) > 0.02 {
		t.Errorf("alone %v, beside a degenerate one %v", alone, beside)
	}
}
