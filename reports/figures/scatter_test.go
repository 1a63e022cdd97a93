package figures

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
)

// pairs is a scatter with the defaults of a spec.
func pairs(c scatter) Figure {
	c.Y, c.Scale = cmp.Or(c.Y, "mse"), cmp.Or(c.Scale, "auto")
	return Figure{"scatter", &c}
}

// against makes the rows of n signals by two priors: a has the errors 1 to n, and b those that
// other returns.
func against(n int, other func(i int) float64) []record.Signal {
	signals := rows("a", n, func(i int, s *record.Signal) { s.Prior, s.PriorHash, s.Scores[0].Value = "a", "a", float64(i+1) })
	return append(signals, rows("b", n, func(i int, s *record.Signal) {
		s.Prior, s.PriorHash, s.Scores[0].Value = "b", "b", other(i)
	})...)
}

func TestScatterCountsPairs(t *testing.T) {
	signals := against(10, func(i int) float64 {
		switch {
		case i < 6:
			return float64(i) + 1.5 // above the error of a
		case i < 8:
			return float64(i + 1)
		case i == 8:
			return math.NaN()
		}
		return 5
	})
	signals = append(signals, signal("b", 99, 1)) // without a partner
	signals[len(signals)-1].Prior = "b"
	for i := range signals {
		signals[i].MissingFraction = 0.4
		if signals[i].SignalID >= 7 {
			signals[i].MissingFraction = 0.2
		}
	}
	_, s, text := write(t, reports.Run{Signals: signals, Normalize: "rms", Figures: []reports.Figure{
		pairs(scatter{Prior: "a", Against: "b", Group: "missing_fraction"}), pairs(scatter{Prior: "b", Against: "a"})}})
	if len(s.Figures) != 2 {
		t.Fatal(s.Skipped)
	}
	for _, f := range s.Figures {
		checkImage(t, f)
	}
	list := table(t, s.Figures[0])
	if len(list) != 10 || list[0]["mse_a"] != "1" || list[0]["mse_b"] != "1.5" || list[0]["cell_id_b"] != "b" || list[8]["mse_b"] != "" || list[9]["missing_fraction"] != "0.2" {
		t.Errorf("CSV: %v", list)
	}
	for _, want := range []string{
		"### 1. MSE per flux by a and by b\n", "| missing [%] | n | a smaller | a smaller, n | b smaller, n | equal, n | median a / b | without a value, n |",
		"| 20 | 2 | 0 % | 0 | 1 | 1 | 1.5 | 1 |", "| 40 | 7 | 86 % | 6 | 0 | 1 |", "| all | 9 | 67 % | 6 | 1 | 2 |",
		"### 2. MSE per flux by b and by a\n", "| all | 9 | 11 % | 1 | 6 | 2 |",
		"Below the diagonal, the value of a is the smaller one.", "2 pairs with equal values.", "1 pair without two values.", "1 reconstruction without a partner.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

// Thinned points are said, and too many groups have no picture.
func TestLargeScatters(t *testing.T) {
	signals := against(4001, func(i int) float64 { return float64(i%100) + 0.5 })
	for i := range signals {
		signals[i].NoiseL2 = float64(signals[i].SignalID % 13)
	}
	dir, s, text := write(t, reports.Run{Signals: signals, Figures: []reports.Figure{
		pairs(scatter{Prior: "a", Against: "b"}), pairs(scatter{Prior: "a", Against: "b", Group: "noise_l2"})}})
	if len(s.Figures) != 1 || len(s.Skipped) != 1 {
		t.Fatalf("figures %v, skipped %v", s.Figures, s.Skipped)
	}
	checkImage(t, s.Figures[0])
	for _, want := range []string{"One of every 2 pairs is drawn; all are counted.", "13 values of noise_l2 are more than the 12 that can be told apart"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	if list := table(t, dir+"/figures/02-scatter-a-b.png"); len(list) != 4001 {
		t.Errorf("%d pairs in the CSV", len(list))
	}
	errs := pairs(scatter{Prior: "glo", Against: "pca", Group: "problem.missing_fraction"}).Config.(Limited).Undrawn(manyPoints())
	if len(errs) != 1 || errs[0].Key != "group" || !strings.HasPrefix(errs[0].Problem, "60 values") {
		t.Error(errs)
	}
}

func TestScattersThatCannotBeDrawn(t *testing.T) {
	apart := against(5, func(i int) float64 { return 1 })
	for i := range apart[5:] {
		apart[5+i].Level = 0.9 // another problem
	}
	for want, tt := range map[string]struct {
		figure  scatter
		signals []record.Signal
	}{
		"prior and against: missing":                                      {scatter{Prior: "a"}, apart},
		"no signal was reconstructed by both a and b on the same problem": {scatter{Prior: "a", Against: "b"}, apart},
		"no pair has two finite values of mse":                            {scatter{Prior: "a", Against: "b"}, against(5, func(int) float64 { return math.NaN() })},
		`column "status" holds ok, expected a number`:                     {scatter{Prior: "a", Against: "b", Y: "status"}, against(5, func(int) float64 { return 1 })},
		`no column "sweep.x"`:                                             {scatter{Prior: "a", Against: "b", Group: "x"}, apart},
	} {
		_, s, _ := write(t, reports.Run{Signals: tt.signals, Figures: []reports.Figure{pairs(tt.figure)}})
		if len(s.Skipped) != 1 || !strings.Contains(s.Skipped[0].Error(), want) {
			t.Errorf("skipped %v; want %q", s.Skipped, want)
		}
	}
}

func TestOddScattersAreDrawn(t *testing.T) {
	long := strings.Repeat("a very long name ", 20)
	for name, other := range map[string]func(i int) float64{
		"same":     func(i int) float64 { return float64(i + 1) },
		"zero":     func(int) float64 { return 0 },
		"negative": func(i int) float64 { return float64(i - 4) },
		"huge":     func(i int) float64 { return math.MaxFloat64 / float64(i+1) },
	} {
		signals := against(9, other)
		for i := range signals {
			signals[i].Split = long + fmt.Sprint(signals[i].SignalID)
		}
		_, s, _ := write(t, reports.Run{Signals: signals, Figures: []reports.Figure{
			pairs(scatter{Prior: "a", Against: "b", Group: "split", Scale: "log", Title: long}), pairs(scatter{Prior: "b", Against: "a", Scale: "linear"})}})
		if len(s.Skipped) > 0 {
			t.Errorf("%s: %v", name, s.Skipped)
		}
		for _, f := range s.Figures {
			checkImage(t, f)
		}
	}
}
