package record_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/internal/record"
)

// full is a row with a value in every column, and numbers that are hard to write.
func full() record.Signal {
	return record.Signal{
		RunID: "r", CellID: "c", Prior: "p", PriorHash: "h", Operator: "o", Method: "m", Lambda: 1e-300, Split: "test", SignalID: -3,
		Level: math.Copysign(0, -1), MissingFraction: 0.1, NoiseL2: math.Inf(1), Norm: math.Inf(-1), Seed: math.MaxUint64,
		Scores: []record.Score{{Name: "busy", Value: 0}, {Name: "mse", Value: 1.0 / 3}, {Name: "mse_truth", Value: math.NaN()}},
		Chi2:   math.Nextafter(1, 2), SigmaScale: math.SmallestNonzeroFloat64, Iterations: math.MinInt32, Converged: true,
		Status: "failed: \"<é>\"\u2028", Seconds: math.MaxFloat64,
	}
}

// missing is a row without values.
func missing() record.Signal {
	nan := math.NaN()
	return record.Signal{Lambda: nan, Level: nan, MissingFraction: nan, NoiseL2: nan, Norm: nan, Chi2: nan, SigmaScale: nan, Seconds: nan}
}

// A few rows come back from text bit by bit.
func TestLines(t *testing.T) {
	rows := []record.Signal{full(), missing(), {}, full()}
	text, ok := record.Lines(rows)
	if !ok || strings.Count(string(text), "\n") != len(rows) {
		t.Fatalf("%v, %q", ok, text)
	}
	got, err := record.DecodeLines(text)
	if err != nil || len(got) != len(rows) {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	if diff := cmp.Diff(rows, got, bits); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(strings.Split(string(text), "\n")[1], `"norm"`) {
		t.Errorf("a missing optional column is written: %s", text)
	}
}

// What text cannot hold, or a Parquet file holds better, is refused.
func TestLinesAreForAFewRows(t *testing.T) {
	latin := full()
	latin.Status = "failed: caf\xe9"
	swept := full()
	swept.Sweep = map[string]any{"a": 1.0}
	for name, rows := range map[string][]record.Signal{
		"none": nil, "many": make([]record.Signal, 17), "no UTF-8": {full(), latin}, "swept keys": {swept},
	} {
		if text, ok := record.Lines(rows); ok {
			t.Errorf("%s: %q", name, text)
		}
	}
	if _, ok := record.Lines(make([]record.Signal, 16)); !ok {
		t.Error("16 rows are refused")
	}
}

// Text that Lines did not write is refused, with the row and the column.
func TestDamagedLines(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "row 0: EOF",
		"null":                               "row 0: expected",
		"[]":                                 "row 0: json",
		`{"signal_id": 1}` + "\n{":           "row 1: unexpected EOF",
		`{"signal_id": 1.5}`:                 `row 0: column "signal_id": strconv.ParseInt`,
		`{"iterations": 3000000000}`:         `column "iterations": strconv.ParseInt`,
		`{"seed": -1}`:                       `column "seed": strconv.ParseUint`,
		`{"status": 1}`:                      `column "status": got 1, expected a string`,
		`{"status": null}`:                   `column "status": got <nil>, expected a string`,
		`{"converged": "yes"}`:               `column "converged": got yes, expected a bool`,
		`{"norm": "a"}`:                      `column "norm": strconv.ParseFloat`,
		`{"mse": [1]}`:                       `column "mse": got [1], expected a float64`,
		strings.Repeat("{}\n", 17):           "row 16: expected at most 16",
		`{"a": "` + strings.Repeat("a", 2e6): "expected at most",
	} {
		if rows, err := record.DecodeLines([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %d rows, %v, expected %q", text, len(rows), err, want)
		}
	}
}
