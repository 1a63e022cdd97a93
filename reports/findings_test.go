package reports_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/scores"
)

// cellOf makes the rows of a cell of a prior, whose errors are base plus those of row.
func cellOf(prior, id string, n int, base float64, change func(*record.Signal)) []record.Signal {
	return rows(id, n, func(i int, s *record.Signal) {
		s.Prior, s.PriorHash = prior, prior
		s.Scores[0].Value += base
		change(s)
	})
}

func same(*record.Signal) {}

func cellsTogether(cells ...[]record.Signal) (all []record.Signal) {
	for _, c := range cells {
		all = append(all, c...)
	}
	return all
}

func TestFindingsCompareThePriors(t *testing.T) {
	dir, s, text := write(t, reports.Run{SameData: true, Signals: cellsTogether(
		cellOf("glo", "a", 40, 0.01, same), cellOf("pca", "b", 40, 0.02, same),
		cellOf("glo", "c", 40, 0.03, func(s *record.Signal) { s.Level, s.MissingFraction = 0.7, 0.7 }),
		cellOf("pca", "d", 40, 0.03, func(s *record.Signal) {
			s.Level, s.MissingFraction = 0.7, 0.7
			s.Scores[0].Value += 1e-5 * math.Pow(-1, float64(s.SignalID)) * float64(s.SignalID)
		}))})
	f := s.Findings
	if len(f.Results) != 4 || len(f.Comparisons) != 2 || f.RankedAt != 2 {
		t.Fatalf("%d results, %d comparisons, ranks over %d", len(f.Results), len(f.Comparisons), f.RankedAt)
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-9*math.Abs(want)) {
			t.Errorf("%s is %g, expected %g", what, got, want)
		}
	}
	r := f.Results[0]
	near("the median", r.Median.Value, 0.0305)
	near("the mean", float64(r.Mean), 0.0305)
	near("the standard deviation", float64(r.SD), 0.001*math.Sqrt(40*41/12.))
	if !(0.02 < r.Median.Low && r.Median.Low < 0.0305 && 0.0305 < r.Median.High && r.Median.High < 0.04) || r.N != 40 || r.Signals != 40 {
		t.Errorf("result %+v", r)
	}
	c := f.Comparisons[0]
	near("the median difference", c.MedianDifference, -0.01)
	near("the effect size", c.RankBiserial, -1)
	if c.N != 40 || c.Better != "glo" || c.Holm != 2*c.P || c.Repeats != 1 {
		t.Errorf("comparison %+v", c)
	}
	if c = f.Comparisons[1]; c.Better != "" || c.Holm != c.P || c.Zeros != 1 || c.Exact {
		t.Errorf("comparison %+v", c)
	}
	for _, want := range []string{
		"Of 2 comparisons, 1 find a significant difference", "| glo − pca | inpainting, 40 % missing, test | 40 | 0 | −0.01 | −1 |", "| glo is better |",
		"| inpainting, 70 % missing, test | glo | 40 | 40 | 0 |", "None of the 160 is beyond the reach of box plots",
		"(statistics.csv)", "(comparisons.csv)", "Without repeats, nothing follows",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	if n := len(readCSV(t, dir, "comparisons.csv")); n != 3 {
		t.Errorf("comparisons.csv has %d lines", n)
	}
	if _, err := json.Marshal(s); err != nil {
		t.Error(err)
	}
}

func readCSV(t *testing.T, dir, name string) [][]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// Repeats of a signal are one difference, their mean.
func TestRepeatsAreAveraged(t *testing.T) {
	seed := func(k uint64) func(*record.Signal) { return func(s *record.Signal) { s.Seed = k } }
	_, s, text := write(t, reports.Run{SameData: true, Signals: cellsTogether(
		cellOf("glo", "a", 10, 0.01, seed(0)), cellOf("pca", "b", 10, 0.02, seed(0)),
		cellOf("glo", "c", 10, 0.02, seed(1)), cellOf("pca", "d", 10, 0, seed(1)))})
	f := s.Findings
	if len(f.Results) != 2 || len(f.Comparisons) != 1 {
		t.Fatalf("findings %+v", f)
	}
	if r := f.Results[0]; r.N != 20 || r.Signals != 10 || r.Repeats != 2 {
		t.Errorf("result %+v", r)
	}
	if c := f.Comparisons[0]; c.N != 10 || c.Repeats != 2 || math.Abs(c.MedianDifference-0.005) > 1e-12 {
		t.Errorf("comparison %+v", c)
	}
	if !strings.Contains(text, "repeats averaged signal by signal") || !strings.Contains(text, ", and repeats.") {
		t.Error("the report does not say how repeats count")
	}
}

// A prior with a solver of its own is compared with each setting of the others, once, and
// what does not change a prior does not count as another result.
func TestFindingsPairSolvers(t *testing.T) {
	reg := func(s *record.Signal) { s.Method, s.Lambda = "regularization", 0.1 }
	own := func(s *record.Signal) { s.Method, s.Lambda = "regularization", 3e-5 }
	_, s, _ := write(t, reports.Run{SameData: true, Columns: record.SignalColumns(), Signals: cellsTogether(
		cellOf("glo", "a", 10, 0.01, same), cellOf("ridge", "b", 10, 0.02, own), cellOf("zero", "c", 10, 1, same),
		cellOf("glo", "d", 10, 0.03, reg), cellOf("zero", "e", 10, 1, reg))})
	var got []string
	for _, c := range s.Findings.Comparisons {
		got = append(got, c.First+" "+c.FirstSetting+"/"+c.Second+" "+c.SecondSetting)
	}
	want := "glo projection/ridge , glo projection/zero , ridge /zero , glo regularization/ridge , glo regularization/zero "
	if strings.Join(got, ", ") != want {
		t.Errorf("compared %q, expected %q", got, want)
	}
	if f := s.Findings; len(f.Results) != 4 || f.RankedAt != 2 || f.Ranks[0] != (reports.Rank{Prior: "glo", Mean: 1.5, Best: 1}) {
		t.Errorf("%d results; ranks %+v", len(f.Results), f.Ranks)
	}
}

// A swept key of a prior makes settings of this prior alone; one of the data is a condition.
func TestFindingsNameSweptKeys(t *testing.T) {
	at := func(dim, size float64) func(*record.Signal) {
		return func(s *record.Signal) { s.Sweep = map[string]any{"priors.glo.code_dim": dim, "dataset.size": size} }
	}
	_, s, text := write(t, reports.Run{SameData: true, Signals: cellsTogether(
		cellOf("glo", "a", 10, 0.01, at(4, 60)), cellOf("pca", "b", 10, 0.02, at(4, 60)),
		cellOf("glo", "c", 10, 0.03, at(6, 60)), cellOf("pca", "d", 10, 0.02, at(6, 60)),
		cellOf("glo", "e", 10, 0.01, at(4, 90)), cellOf("pca", "f", 10, 0.02, at(4, 90)))})
	if f := s.Findings; len(f.Results) != 5 || len(f.Comparisons) != 3 || f.RankedAt != 3 {
		t.Errorf("%d results, %d comparisons, %d ranked", len(f.Results), len(f.Comparisons), f.RankedAt)
	}
	for _, want := range []string{"| glo, code_dim = 6 − pca | inpainting, 40 % missing, test, dataset.size = 60 |", "test, dataset.size = 90 | pca |"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

func TestManyComparisonsAreFolded(t *testing.T) {
	var all []record.Signal
	for k := range 14 {
		at := func(s *record.Signal) { s.Level = float64(k) / 20; s.MissingFraction = s.Level }
		all = append(all, cellOf("glo", "g"+string(rune('a'+k)), 20, 0.01, at)...)
		all = append(all, cellOf("pca", "p"+string(rune('a'+k)), 20, 0.01+0.001*float64(max(k-7, 0)), at)...)
	}
	_, s, text := write(t, reports.Run{SameData: true, Signals: all})
	if n := len(s.Findings.Comparisons); n != 14 {
		t.Fatalf("%d comparisons", n)
	}
	for _, want := range []string{"| glo − pca | 14 | 20 | −0.006 … 0 | −1 … 0 | glo is better in 6, pca in 0; 8 are not significant |",
		"| glo | 1.29 | 14 |", "<details><summary>28 results</summary>"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

func TestFewSignalsCannotBeSignificant(t *testing.T) {
	_, _, text := write(t, reports.Run{SameData: true, Signals: cellsTogether(cellOf("glo", "a", 5, 0.01, same), cellOf("pca", "b", 5, 0.02, same))})
	if want := "None of 1 comparison finds a significant difference at the 5 % level. None could, with so few signals: at least 6 are needed."; !strings.Contains(text, want) {
		t.Errorf("the report lacks %q:\n%s", want, text)
	}
}

// Of one prior there is nothing to compare, but what box plots leave out; and a result that
// failed everywhere keeps its line.
func TestFindingsOfOnePrior(t *testing.T) {
	dir, s, text := write(t, reports.Run{Signals: cellsTogether(cellOf("glo", "a", 40, 0, func(s *record.Signal) {
		if s.SignalID == 39 {
			s.Scores[0].Value = 9
		}
	}), cellOf("glo", "b", 3, 0, func(s *record.Signal) { s.Status, s.Split = "not finite", "train" }))})
	if f := s.Findings; len(f.Results) != 2 || f.Results[0].LeftOut != 1 || f.Results[1].Failed != 3 || len(f.Ranks) > 0 {
		t.Errorf("findings %+v", f)
	}
	if want := "Box plots leave out 1 of 40 (2.5 %), those beyond 1.5 × IQR."; !strings.Contains(text, want) || strings.Contains(text, "mean ± sd") {
		t.Errorf("the report lacks %q, or has a table:\n%s", want, text)
	}
	if lines := readCSV(t, dir, "statistics.csv"); len(lines) != 3 || lines[2][11] != "" {
		t.Errorf("statistics.csv: %v", lines)
	}
	if _, err := os.Stat(filepath.Join(dir, "comparisons.csv")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("comparisons.csv: %v", err)
	}
	b, err := json.Marshal(s)
	if err != nil || !strings.Contains(string(b), `"median":{"value":null,"low":null,"high":null}`) {
		t.Errorf("JSON: %s, %v", b, err)
	}
}

// Priors are compared by the error against noise-free signals where all rows have it.
func TestComparedWithoutNoise(t *testing.T) {
	var all []record.Signal
	for k, prior := range []string{"glo", "pca"} {
		all = append(all, rows(prior, 20, func(i int, s *record.Signal) {
			s.Prior = prior
			truth := s.Scores[0].Value * float64(1+k)
			s.Scores = append(s.Scores, record.Score{Name: "mse_truth", Value: truth})
		})...)
	}
	run := reports.Run{Name: "truth", Signals: all, SameData: true, Columns: scores.Columns([]scores.Kind{scores.MSE, scores.MSETruth})}
	_, s, text := write(t, run)
	if s.Findings.Metric != "mse_truth" || s.Findings.Comparisons[0].Better != "glo" || !strings.Contains(text, "compares two priors by the MSE against the noise-free signals") {
		t.Errorf("compared by %s: %+v", s.Findings.Metric, s.Findings.Comparisons)
	}
	all[3].Scores = all[3].Scores[:1]
	if _, s, _ := write(t, run); s.Findings.Metric != "mse" {
		t.Errorf("compared by %s, which a row lacks", s.Findings.Metric)
	}
}

// Representation errors stand beside the errors of a prior, also of a single one.
func TestRepresentationErrors(t *testing.T) {
	for _, truth := range []bool{false, true} {
		all := rows("glo", 21, func(i int, s *record.Signal) {
			s.Scores = append(s.Scores, record.Score{Name: "mse_oracle", Value: float64(i) / 1e4})
			if truth {
				s.Scores = append(s.Scores, record.Score{Name: "mse_truth", Value: 1})
			}
		})
		dir, s, text := write(t, reports.Run{Name: "oracle", Signals: all, Columns: scores.Columns([]scores.Kind{scores.MSE, scores.MSETruth, scores.MSEOracle})})
		if got := s.Findings.Results[0].Oracle; got != 1e-3 || !strings.Contains(text, "| representation error |") {
			t.Errorf("noise-free signals %v: representation error %g, report:\n%s", truth, got, text)
		}
		if lines := readCSV(t, dir, "statistics.csv"); lines[0][len(lines[0])-1] != "median_oracle" || lines[1][len(lines[1])-1] != "0.001" {
			t.Errorf("noise-free signals %v: statistics.csv has %v", truth, lines)
		}
	}
}
