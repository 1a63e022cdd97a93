package reports_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"sedlab/internal/group"
	"sedlab/internal/record"
	"sedlab/internal/rng"
	"sedlab/reports"
)

// pairsOf lists pairs as cell/signal of both priors.
func pairsOf(signals []record.Signal, own, other string) (list string, alone int) {
	pairs, alone := reports.Pairs(group.Pointers(signals), own, other)
	var words []string
	for _, p := range pairs {
		words = append(words, fmt.Sprintf("%s%d-%s%d", p.Own.CellID, p.Own.SignalID, p.Other.CellID, p.Other.SignalID))
	}
	return strings.Join(words, " "), alone
}

// Signals are paired on the same problem. A prior with a solver of its own has a partner
// at each setting of the other's.
func TestPairs(t *testing.T) {
	cell := func(id, prior, method string, level float64, n int) []record.Signal {
		return rows(id, n, func(_ int, s *record.Signal) { s.Prior, s.PriorHash, s.Method, s.Level = prior, prior, method, level })
	}
	signals := join(
		cell("a", "glo", "projection", 0.4, 2), cell("b", "glo", "regularization", 0.4, 2), cell("c", "glo", "projection", 0.9, 1),
		cell("d", "pca", "least_squares", 0.4, 3), cell("e", "zero", "projection", 0.4, 1),
	)
	for _, tt := range []struct {
		own, other, want string
		alone            int
	}{
		{"glo", "pca", "a0-d0 a1-d1 b0-d0 b1-d1", 2}, // c0 and d2
		{"pca", "glo", "d0-a0 d1-a1 d0-b0 d1-b1", 2},
		{"glo", "zero", "a0-e0 b0-e0", 3}, // a1, b1 and c0
		{"glo", "other", "", 5},
	} {
		if got, alone := pairsOf(signals, tt.own, tt.other); got != tt.want || alone != tt.alone {
			t.Errorf("%s and %s: %s, %d alone; want %s, %d alone", tt.own, tt.other, got, alone, tt.want, tt.alone)
		}
	}
}

// The interval of a median covers it in about 95 % of runs, also where cells share signals.
func TestMedianIntervalsCover(t *testing.T) {
	const runs = 200
	covered := 0
	for run := range runs {
		var signals []record.Signal
		for _, cell := range []string{"a", "b"} {
			signals = append(signals, rows(fmt.Sprint(cell, run), 40, func(i int, s *record.Signal) {
				shared := rng.New(uint64(run), "shared", uint64(i)).NormFloat64()
				s.Scores[0].Value = math.Exp(shared + 0.1*rng.New(uint64(run), cell, uint64(i)).NormFloat64())
			})...)
		}
		mse := func(s *record.Signal) float64 { return s.Score("mse") }
		v := reports.Run{SameData: true}.MedianInterval(group.Pointers(signals), mse)
		if v.Low <= 1 && 1 <= v.High {
			covered++
		}
	}
	if covered < 0.90*runs || covered > 0.99*runs {
		t.Errorf("%d of %d intervals cover the median", covered, runs)
	}
}

func TestMedianIntervalOfFew(t *testing.T) {
	few := group.Pointers(rows("a", 7, func(int, *record.Signal) {}))
	number := func(s *record.Signal) float64 { return float64(s.SignalID) }
	if v := (reports.Run{}).MedianInterval(few, number); v.Value != 3 || !math.IsNaN(v.Low) || !math.IsNaN(v.High) {
		t.Errorf("7 signals: %v", v)
	}
	if v := (reports.Run{}).MedianInterval(few, func(*record.Signal) float64 { return math.NaN() }); !math.IsNaN(v.Value) {
		t.Errorf("no number: %v", v)
	}
}
