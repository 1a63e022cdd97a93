package stats_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"sedlab/reports/stats"
)

// recorded has what testdata/record.py recorded from SciPy.
type recorded struct {
	SignedRank []struct {
		Differences    []float64
		Plus, Minus, P float64
		RankBiserial   float64 `json:"rank_biserial"`
	} `json:"signed_rank"`
	Holm      []struct{ P, Corrected []float64 }
	MeanRanks []struct {
		Blocks [][]float64
		Ranks  []float64
	} `json:"mean_ranks"`
	Samples []struct {
		Values, Ranks, Within []float64
		Mean, SD              float64
	}
}

func read(t *testing.T) (r recorded) {
	t.Helper()
	b, err := os.ReadFile("testdata/scipy.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.SignedRank) < 40 || len(r.Holm) < 5 || len(r.MeanRanks) < 2 || len(r.Samples) < 5 {
		t.Fatal("testdata/scipy.json lacks cases")
	}
	return r
}

// agree compares numbers, relative to what is expected.
func agree(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*math.Abs(want)) {
		t.Errorf("%s is %.17g, SciPy has %.17g", what, got, want)
	}
}

func agreeAll(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, SciPy has %d", what, len(got), len(want))
	}
	for i := range got {
		agree(t, what, got[i], want[i])
	}
}

func TestWilcoxonAgreesWithSciPy(t *testing.T) {
	exact := 0
	for _, c := range read(t).SignedRank {
		s := stats.Wilcoxon(c.Differences)
		if s.N+s.Zeros != len(c.Differences) {
			t.Errorf("%d differences and %d zeros of %d", s.N, s.Zeros, len(c.Differences))
		}
		if s.Exact {
			exact++
		}
		agree(t, "W⁺", s.Plus, c.Plus)
		agree(t, "W⁻", s.Minus, c.Minus)
		agree(t, "p", s.P, c.P)
		agree(t, "the rank-biserial correlation", s.RankBiserial(), c.RankBiserial)
	}
	if exact < 15 || exact > 35 {
		t.Errorf("%d cases are exact", exact)
	}
}

// By definition, p is the share of signs whose sum of ranks is as far from the middle.
func TestWilcoxonCountsSigns(t *testing.T) {
	for _, sizes := range [][]float64{{1, 2, 3, 4, 5, 6, 7}, {1, 1, 2, 3, 3, 3}} {
		n, sums := len(sizes), []float64{}
		signed := func(signs int) []float64 {
			d := slices.Clone(sizes)
			for i := range d {
				if signs>>i&1 == 0 {
					d[i] = -d[i]
				}
			}
			return d
		}
		for signs := range 1 << n {
			sums = append(sums, stats.Wilcoxon(signed(signs)).Plus)
		}
		middle := float64(n*(n+1)) / 4
		for signs, sum := range sums {
			as := 0
			for _, other := range sums {
				if math.Abs(other-middle) >= math.Abs(sum-middle) {
					as++
				}
			}
			agree(t, "p", stats.Wilcoxon(signed(signs)).P, float64(as)/float64(len(sums)))
		}
	}
}

func TestHolmAgreesWithItsDefinition(t *testing.T) {
	for _, c := range read(t).Holm {
		before := slices.Clone(c.P)
		agreeAll(t, "a corrected p", stats.Holm(c.P), c.Corrected)
		if !slices.Equal(before, c.P) {
			t.Error("Holm changed its argument")
		}
	}
}

func TestMeanRanksAgreeWithSciPy(t *testing.T) {
	for _, c := range read(t).MeanRanks {
		agreeAll(t, "a mean rank", stats.MeanRanks(c.Blocks), c.Ranks)
	}
	if got := stats.MeanRanks(nil); got != nil {
		t.Errorf("mean ranks of nothing: %v", got)
	}
}

func TestSamplesAgreeWithNumPy(t *testing.T) {
	for _, c := range read(t).Samples {
		agree(t, "the mean", stats.Mean(c.Values), c.Mean)
		agree(t, "the standard deviation", stats.SD(c.Values), c.SD)
		agreeAll(t, "a rank", stats.Ranks(c.Values), c.Ranks)
		agreeAll(t, "a value within the fences", stats.Within(slices.Sorted(slices.Values(c.Values)), 1.5), c.Within)
	}
	if v := stats.SD([]float64{3}); !math.IsNaN(v) {
		t.Errorf("the standard deviation of one value is %g", v)
	}
	if v := stats.Within(nil, 1.5); len(v) > 0 {
		t.Errorf("within the fences of nothing: %v", v)
	}
}
