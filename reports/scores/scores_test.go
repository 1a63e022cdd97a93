package scores_test

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/internal/record"
	"sedlab/reports/scores"
)

var all = []scores.Kind{scores.MSE, scores.MSETruth, scores.MSEMissing, scores.MSEObserved, scores.MSEMeasured, scores.MeasurementLoss, scores.MSEOracle}

func TestScores(t *testing.T) {
	nan := math.NaN()
	whole := scores.Case{Truth: []float32{1, 2, 3, 4}, Estimate: []float32{1, 3, 5, 7}, Loss: 0.5, Oracle: 0.1}
	hidden, none, infilled, clean := whole, whole, whole, whole
	hidden.Observed = []bool{true, false, true, false}
	none.Observed = []bool{true, true, true, true}
	clean.Clean = []float32{1, 3, 4, 7}
	infilled.Infilled = []bool{false, false, true, true}
	tests := []struct {
		name string
		of   scores.Case
		want []float64 // of all, in their order
	}{
		{"no selection", whole, []float64{3.5, nan, nan, nan, 3.5, 0.5, 0.1}},
		{"half hidden", hidden, []float64{3.5, nan, 5, 2, 3.5, 0.5, 0.1}},
		{"nothing hidden", none, []float64{3.5, nan, nan, 3.5, 3.5, 0.5, 0.1}},
		{"noise-free signal known", clean, []float64{3.5, 0.25, nan, nan, 3.5, 0.5, 0.1}},
		{"half infilled", infilled, []float64{3.5, nan, nan, nan, 0.5, 0.5, 0.1}},
	}
	for _, tt := range tests {
		for i, k := range all {
			if got := k.Score(tt.of); got != tt.want[i] && !(got != got && tt.want[i] != tt.want[i]) {
				t.Errorf("%s: %s is %v, want %v", tt.name, k.Name, got, tt.want[i])
			}
		}
	}
}

// Coverage counts hidden fluxes, of the noise-free signal if it is known.
func TestCoverage(t *testing.T) {
	c := scores.Case{
		Truth: []float32{1, 2, 3, 4}, Estimate: []float32{1, 2.3, 3.15, 4}, Observed: []bool{true, false, false, false},
		Infilled: []bool{false, false, false, true}, Sigma: []float32{0.1, 0.1, 0.1, 0.1}, Noise: []float32{0.1, 0.1, 0.2, 0.1},
	}
	known, all, none := c, c, c
	known.Clean, all.Observed, none.Sigma = []float32{1, 2.25, 3.3, 4}, nil, nil
	nan := math.NaN()
	for _, tt := range []struct {
		name             string
		of               scores.Case
		c68, c95, zScore float64
	}{
		{"data with noise", c, 0.5, 0.5, math.Sqrt((0.09/0.02 + 0.0225/0.05) / 2)},
		{"noise-free signal", known, 2. / 3, 1, math.Sqrt((0.25 + 2.25) / 3)},
		{"nothing hidden", all, 2. / 3, 2. / 3, math.Sqrt((0.09/0.02 + 0.0225/0.05) / 3)},
		{"no deviations", none, nan, nan, nan},
	} {
		for _, s := range []struct {
			kind scores.Kind
			want float64
		}{{scores.Coverage68, tt.c68}, {scores.Coverage95, tt.c95}, {scores.ZScore, tt.zScore}} {
			if got := s.kind.Score(tt.of); math.Abs(got-s.want) > 1e-5 || (got != got) != (s.want != s.want) {
				t.Errorf("%s: %s is %g, expected %g", tt.name, s.kind.Name, got, s.want)
			}
		}
	}
}

// TestColumnsAreDocumented checks that the tables of runs/README.md have a line
// for every column, as the table of columns describes it.
func TestColumnsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../runs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for file, columns := range map[string]record.Columns{
		"signals": catalog.Default().Columns(), "training": record.TrainingColumns(), "examples": record.ExampleColumns(),
	} {
		want := "| column | type | what |\n|---|---|---|\n"
		for _, c := range columns {
			want += fmt.Sprintf("| `%s` | %s | %s |\n", c.Name, c.Type, c.Doc)
			if c.Role == "" || c.Doc == "" || c.Title == "" {
				t.Errorf("%s: %s has no role, title or meaning", file, c.Name)
			}
		}
		_, section, _ := strings.Cut(string(text), "## "+file+".parquet\n")
		section, _, _ = strings.Cut(section, "\n## ")
		if !strings.Contains(section, want) {
			t.Errorf("the section %s.parquet of runs/README.md lacks this table:\n%s", file, want)
		}
	}
}
