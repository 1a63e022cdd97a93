package rank_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"sedlab/internal/rank"
	"sedlab/internal/record"
)

// rows makes rows from lines such as "setting resource value …", where the value x is a
// failed signal.
func rows(text string) (list []record.Signal) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		var resource float64
		fmt.Sscan(words[1], &resource)
		for i, word := range words[2:] {
			s := record.Signal{
				CellID: words[0] + words[1], Prior: "glo", SignalID: int64(i), Status: record.StatusOK,
				Scores: []record.Score{{Name: "mse"}}, Sweep: map[string]any{"k": words[0], "epochs": resource},
			}
			if _, err := fmt.Sscan(word, &s.Scores[0].Value); err != nil {
				s.Scores[0].Value, s.Status = math.NaN(), "failed: diverged"
			}
			list = append(list, s)
		}
	}
	return append(list, record.Signal{Prior: "zero", Scores: []record.Score{{Name: "mse"}}, Status: record.StatusOK, Sweep: map[string]any{"k": "zero"}})
}

func TestRank(t *testing.T) {
	tests := []struct{ name, statistic, rows, want string }{
		{"the lowest median is first", "median", "a 1 5 1 9\nb 1 4 4 4\n", "b=4 a=5"},
		{"the lowest mean is first", "mean", "a 1 5 1 9\nb 1 6 6 6\n", "a=5 b=6"},
		{"equals keep their order", "median", "b 1 2\na 1 2\nc 1 2\n", "b=2 a=2 c=2"},
		{"a failure is infinitely bad", "median", "a 1 1 x 3\nb 1 2 2 2\n", "b=2 a=3"},
		{"of two, one failed", "median", "a 1 1 x\nb 1 9 9\n", "b=9 a=+Inf"},
		{"no mean has a failure in it", "mean", "a 1 1 1 x\nb 1 9 9 9\n", "b=9 a=+Inf"},
		{"all failed", "median", "a 1 x x\nb 1 x x\n", "a=+Inf b=+Inf"},
		{"more epochs were better before", "median", "a 1 1\nb 1 2\na 3 8\n", "a=8 b=2"},
		{"a failure with more epochs does not win", "median", "a 1 1\nb 1 2\na 3 x\n", "b=2 a=+Inf"},
		{"rows in any order", "median", "a 3 8\nb 1 2\na 1 1\n", "a=8 b=2"},
		{"none", "median", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := rank.Criterion{Prior: "glo", Metric: "mse", Statistic: test.statistic, Settings: []string{"sweep.k"}, Resource: "sweep.epochs"}
			var got []string
			for _, s := range c.Rank(rows(test.rows)) {
				got = append(got, fmt.Sprintf("%v=%v", s.Values[0], s.Score))
			}
			if s := strings.Join(got, " "); s != test.want {
				t.Errorf("got %s, want %s", s, test.want)
			}
		})
	}
}

// The order of rows within a setting does not change a bit of its score.
func TestRankOfReorderedSignals(t *testing.T) {
	c := rank.Criterion{Prior: "glo", Metric: "mse", Statistic: "mean", Settings: []string{"sweep.k"}}
	list := rows("a 1 0.1 0.2 0.3 0.7\n")
	one := c.Rank(list)[0].Score
	slices.Reverse(list)
	if other := c.Rank(list)[0].Score; other != one {
		t.Errorf("%v and %v", one, other)
	}
}
