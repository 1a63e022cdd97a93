package record_test

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"sedlab/internal/record"
	"sedlab/internal/record/recordtest"
)

var columns = record.SignalColumns(record.Column{Name: "mse", Title: "MSE", Role: record.Error}, record.Column{Name: "depth", Title: "χ²", Role: record.Diagnostic})

func TestResolve(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "problem.missing_fraction": "missing_fraction", "missing_fraction": "missing_fraction", "evaluate.split": "split",
		"seed": "seed", "mse": "mse", "prior": "prior", "repeat": "sweep.repeat", "priors.glo.code_dim": "sweep.priors.glo.code_dim",
		"sweep.seed": "sweep.sweep.seed",
	} {
		if got := columns.Resolve(name); got != want {
			t.Errorf("%q is shown by %q, want %q", name, got, want)
		}
	}
	if c, known := columns.Find("sweep.priors.glo.code_dim"); !known || c.Title != "priors.glo.code_dim" || c.Key != c.Title || c.Role != record.Setting {
		t.Errorf("a swept key's column is %+v, %v", c, known)
	}
	if _, known := columns.Find("mising"); known {
		t.Error("a column that is not there is known")
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct{ got, want []string }{
		{columns.Names(record.Error, record.Diagnostic), []string{"norm", "mse", "depth", "chi2", "sigma_scale", "iterations", "converged", "status", "seconds"}},
		{columns.Numbers().Names(record.Error, record.Diagnostic), []string{"norm", "mse", "depth", "chi2", "sigma_scale", "iterations", "seconds"}},
		{columns.Names(record.Condition), []string{"operator", "method", "split", "level", "missing_fraction", "noise_l2"}},
		{columns.Names(record.Setting), []string{"lambda", "seed"}},
		{columns.Names(), []string{"run_id", "cell_id", "prior", "prior_hash", "operator", "method", "lambda", "split", "signal_id", "level",
			"missing_fraction", "noise_l2", "norm", "seed", "mse", "depth", "chi2", "sigma_scale", "iterations", "converged", "status", "seconds"}},
	} {
		if d := cmp.Diff(tt.want, tt.got); d != "" {
			t.Error(d)
		}
	}
}

func TestKeysAreEqualIfValuesAre(t *testing.T) {
	nan := math.NaN()
	lists := [][]any{
		{}, {nil}, {nil, nil}, {""}, {"", ""}, {"n"}, {"a", "b"}, {"a b"}, {"a\" \"b"}, {true}, {"true"}, {0}, {math.Copysign(0, -1)}, {1}, {"1"},
		{math.Nextafter(1, 2)}, {1, 2}, {12}, {uint64(math.MaxUint64)}, {uint64(math.MaxUint64 - 1)}, {[]int{1, 2}}, {math.Inf(1)},
	}
	seen := map[record.Key][]any{}
	for _, list := range lists {
		key := record.KeyOf(list...)
		if other, ok := seen[key]; ok {
			t.Errorf("%v and %v have the same key", list, other)
		}
		seen[key] = list
	}
	for _, same := range [][2][]any{{{1}, {1.0}}, {{nan}, {nil}}, {{int64(5), "x"}, {uint8(5), "x"}}, {{[]int{1, 2}}, {"[1,2]"}}} {
		if record.KeyOf(same[0]...) != record.KeyOf(same[1]...) {
			t.Errorf("%v and %v have different keys", same[0], same[1])
		}
	}
}

// TestScoresOfSeveralPrograms checks that rows with other scores share a table, in
// the order of each, and that a score that a row lacks is null.
func TestScoresOfSeveralPrograms(t *testing.T) {
	rows := signals(3)
	score := func(name string, v float64) record.Score { return record.Score{Name: name, Value: v} }
	rows[0].Scores = []record.Score{score("a", 1), score("c", 2)}
	rows[1].Scores = []record.Score{score("a", 3), score("b", 4), score("c", 5)}
	rows[2].Scores = []record.Score{score("d", 6)}
	path := filepath.Join(t.TempDir(), "signals.parquet")
	if err := recordtest.Write(path, rows); err != nil {
		t.Fatal(err)
	}
	got, err := recordtest.Read[record.Signal](path)
	if err != nil {
		t.Fatal(err)
	}
	if names := record.ScoreNames(got); !slices.Equal(names, []string{"d", "a", "b", "c"}) {
		t.Errorf("scores %v", names)
	}
	if got[1].Score("b") != 4 || !math.IsNaN(got[0].Score("b")) || got[2].Score("d") != 6 || !math.IsNaN(got[2].Score("e")) {
		t.Errorf("scores %v", got)
	}
	if v, ok := got[0].Value("b"); v != nil || !ok {
		t.Errorf("a null score is %v, %v", v, ok)
	}
}

// TestForeignColumns checks how another program's columns are read: columns of
// optional doubles are scores, and others are ignored.
func TestForeignColumns(t *testing.T) {
	type foreign struct {
		RunID           string   `parquet:"run_id"`
		CellID          string   `parquet:"cell_id"`
		Prior           string   `parquet:"prior"`
		PriorHash       string   `parquet:"prior_hash"`
		Operator        string   `parquet:"operator"`
		Method          string   `parquet:"method"`
		Lambda          float64  `parquet:"lambda"`
		Split           string   `parquet:"split"`
		SignalID        int64    `parquet:"signal_id"`
		Level           float64  `parquet:"level"`
		MissingFraction float64  `parquet:"missing_fraction"`
		NoiseL2         float64  `parquet:"noise_l2"`
		Seed            int64    `parquet:"seed"`
		Chi2            *float64 `parquet:"depth"`
		Iterations      int32    `parquet:"iterations"`
		Converged       bool     `parquet:"converged"`
		Status          string   `parquet:"status"`
		Seconds         float64  `parquet:"seconds"`
		Note            *string  `parquet:"note"`
		Plain           float64  `parquet:"plain"`
		List            []float64
	}
	path := filepath.Join(t.TempDir(), "signals.parquet")
	v := 2.5
	if err := parquet.WriteFile(path, []foreign{{Prior: "glo", Chi2: &v, List: []float64{1, 2}}, {}}); err != nil {
		t.Fatal(err)
	}
	got, err := recordtest.Read[record.Signal](path)
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := got[0].Value("norm"); v != nil || !ok {
		t.Errorf("a norm that the file lacks is %v, %v", v, ok)
	}
	if len(got) != 2 || got[0].Prior != "glo" || got[0].Score("depth") != 2.5 || !math.IsNaN(got[1].Score("depth")) {
		t.Errorf("rows %+v", got)
	}
	if names := record.ScoreNames(got); !slices.Equal(names, []string{"depth"}) {
		t.Errorf("scores %v", names)
	}
}
