package reports_test

import (
	"math"
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
)

// spread makes a cell of 100 signals with the median error m, spread about it by
// a factor.
func spread(cell string, m, factor float64, change func(s *record.Signal)) []record.Signal {
	return rows(cell, 100, func(i int, s *record.Signal) {
		s.Scores[0].Value = m * math.Pow(factor, (float64(i)-49.5)/50)
		change(s)
	})
}

func join(cells ...[]record.Signal) (all []record.Signal) {
	for _, c := range cells {
		all = append(all, c...)
	}
	return all
}

func on(prior, split string) func(*record.Signal) {
	return func(s *record.Signal) { s.Prior, s.PriorHash, s.Split = prior, prior, split }
}

func denoise(method string, noise float64) func(*record.Signal) {
	return func(s *record.Signal) {
		s.Operator, s.Method, s.MissingFraction, s.Level, s.NoiseL2 = "denoising", method, 0, noise, noise
		if method == "regularization" {
			s.Lambda = 0.01
		}
	}
}

func TestClaims(t *testing.T) {
	const low, test, concentrated = 0, 1, 2 // the claims, in their order
	tests := []struct {
		name      string
		claim     int
		normalize string
		signals   []record.Signal
		want      reports.Verdict
	}{
		{"low", low, "rms", spread("a", 0.001, 3, on("glo", "test")), reports.Holds},
		{"high", low, "rms", spread("a", 0.1, 3, on("glo", "test")), reports.DoesNotHold},
		{"87 of 100 low", low, "rms", rows("a", 100, func(i int, s *record.Signal) { s.Scores[0].Value = 0.0115 * float64(i+1) / 100 }), reports.Inconclusive},
		{"half failed", low, "rms", rows("a", 100, func(i int, s *record.Signal) {
			s.Scores[0].Value = 0.001
			if i%2 == 0 {
				s.Status, s.Scores[0].Value = "not finite", math.NaN()
			}
		}), reports.DoesNotHold},
		{"only much missing", low, "rms", spread("a", 0.001, 3, func(s *record.Signal) { s.MissingFraction = 0.5 }), reports.NotTested},
		{"only train", low, "rms", spread("a", 0.001, 3, on("glo", "train")), reports.NotTested},
		{"another norm", low, "max", spread("a", 0.001, 3, on("glo", "test")), reports.NotTested},
		{"another norm, and zero", low, "max", join(spread("a", 0.001, 3, on("glo", "test")), spread("b", 0.4, 1, on("zero", "test"))), reports.Holds},
		{"low, but not against zero", low, "max", join(spread("a", 0.001, 3, on("glo", "test")), spread("b", 0.01, 1, on("zero", "test"))), reports.DoesNotHold},
		{"only pca", low, "rms", spread("a", 0.001, 3, on("pca", "test")), reports.NotTested},

		{"same", test, "rms", join(spread("a", 0.001, 2, on("glo", "test")), spread("b", 0.001, 2, on("glo", "train"))), reports.Holds},
		{"twice", test, "rms", join(spread("a", 0.003, 1.2, on("glo", "test")), spread("b", 0.001, 1.2, on("glo", "train"))), reports.DoesNotHold},
		{"near the bound", test, "rms", join(spread("a", 0.0015, 3, on("glo", "test")), spread("b", 0.001, 3, on("glo", "train"))), reports.Inconclusive},
		{"no train", test, "rms", spread("a", 0.001, 2, on("glo", "test")), reports.NotTested},
		{"train of another prior", test, "rms", join(spread("a", 0.001, 2, on("glo", "test")), spread("b", 0.001, 2, on("pca", "train"))), reports.NotTested},

		{"narrower", concentrated, "rms", join(spread("a", 0.001, 4, denoise("projection", 1)), spread("b", 0.001, 1.5, denoise("regularization", 1))), reports.Holds},
		{"wider", concentrated, "rms", join(spread("a", 0.001, 1.5, denoise("projection", 1)), spread("b", 0.001, 4, denoise("regularization", 1))), reports.DoesNotHold},
		{"other noise", concentrated, "rms", join(spread("a", 0.001, 4, denoise("projection", 1)), spread("b", 0.001, 2, denoise("regularization", 2))), reports.NotTested},
		{"too few", concentrated, "rms", join(spread("a", 0.001, 4, denoise("projection", 1))[:3], spread("b", 0.001, 2, denoise("regularization", 1))[:3]), reports.NotTested},
	}
	for _, tt := range tests {
		_, s, text := write(t, reports.Run{Signals: tt.signals, Normalize: tt.normalize, Claims: []string{"glo"}, Kinds: map[string]string{"zero": "zero"}})
		c := s.Claims[tt.claim]
		if c.Verdict != tt.want {
			t.Errorf("%s: %s, want %s; %v", tt.name, c.Verdict, tt.want, c.Table)
		}
		if !strings.Contains(text, "### `glo`: "+string(tt.want)) {
			t.Errorf("%s: the report does not say %s", tt.name, tt.want)
		}
	}
}

// column returns the value in the first row of a table's column.
func column(t *testing.T, table [][]string, name string) string {
	t.Helper()
	for i, h := range table[0] {
		if h == name {
			return table[1][i]
		}
	}
	t.Fatalf("no column %q in %v", name, table[0])
	return ""
}

func TestClaimsGiveTheirNumbers(t *testing.T) {
	signals := join(spread("a", 0.002, 2, on("glo", "test")), spread("b", 0.001, 2, on("glo", "train")), spread("c", 0.004, 2, on("pca", "test")))
	_, s, _ := write(t, reports.Run{Signals: signals, Normalize: "rms", Claims: []string{"glo"}})
	low, train := s.Claims[0].Table, s.Claims[1].Table
	if r := column(t, low, "glo / pca"); !strings.HasPrefix(r, "0.50 [0.") { // paired: exactly half, signal by signal
		t.Errorf("glo / pca is %s", r)
	}
	if r := column(t, train, "test / train"); !strings.HasPrefix(r, "2.0 [1.") {
		t.Errorf("test / train is %s", r)
	}
}

func TestReportIsTheSameAgain(t *testing.T) {
	run := reports.Run{
		ID: "id", Name: "name", Question: "which | is\nbetter?", Normalize: "rms", Claims: []string{"glo"},
		Signals: join(spread("a", 0.002, 2, on("glo", "test")), spread("b", 0.001, 2, on("glo", "train"))),
		Figures: []reports.Figure{fake{name: "boxes"}},
	}
	_, _, first := write(t, run)
	_, _, second := write(t, run)
	if first != second {
		t.Error("two reports of one run differ")
	}
	if !strings.Contains(first, `which \| is better?`) {
		t.Error("a bar in the question breaks the report's tables")
	}
}

// A prior with its own solver is compared on the same problem, if it is clear by which of
// its cells.
func TestComparisonWithAPriorThatHasItsOwnSolver(t *testing.T) {
	ridge := func(lambda float64) func(*record.Signal) {
		return func(s *record.Signal) {
			on("ridge", "test")(s)
			s.Method, s.Lambda, s.Sweep = "regularization", lambda, map[string]any{"solver.lr": 0.5}
		}
	}
	glo := func(s *record.Signal) {
		on("glo", "test")(s)
		s.Sweep = map[string]any{"solver.lr": 0.1}
	}
	for _, tt := range []struct {
		rows []record.Signal
		want string
	}{
		{join(spread("a", 0.001, 3, glo), spread("b", 0.002, 3, ridge(0.1))), "0.50 [0."},
		{join(spread("a", 0.001, 3, glo), spread("b", 0.002, 3, ridge(0.1)), spread("c", 0.002, 3, ridge(1))), "–"},
	} {
		_, s, _ := write(t, reports.Run{Signals: tt.rows, Normalize: "rms", Claims: []string{"glo"}})
		if got := column(t, s.Claims[0].Table, "glo / ridge"); !strings.HasPrefix(got, tt.want) {
			t.Errorf("glo / ridge is %s, expected %s", got, tt.want)
		}
	}
}
