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

var all = []scores.Kind{scores.MSE, scores.MSETruth, scores.MSEMissing, scores.MSEObserved, scores.MSEMeasured, scores.MeasurementLoss}

func TestScores(t *testing.T) {
	nan := math.NaN()
	whole := scores.Case{Truth: []float32{1, 2, 3, 4}, Estimate: []float32{1, 3, 5, 7}, Loss: 0.5}
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
		{"no selection", whole, []float64{3.5, nan, nan, nan, 3.5, 0.5}},
		{"half hidden", hidden, []float64{3.5, nan, 5, 2, 3.5, 0.5}},
		{"nothing hidden", none, []float64{3.5, nan, nan, 3.5, 3.5, 0.5}},
		{"noise-free signal known", clean, []float64{3.5, 0.25, nan, nan, 3.5, 0.5}},
		{"half infilled", infilled, []float64{3.5, nan, nan, nan, 0.5, 0.5}},
	}
	for _, tt := range tests {
		for i, k := range all {
			if got := k.Score(tt.of); got != tt.want[i] && !(got != got && tt.want[i] != tt.want[i]) {
				t.Errorf("%s: %s is %v, want %v", tt.name, k.Name, got, tt.want[i])
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
