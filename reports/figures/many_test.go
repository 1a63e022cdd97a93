package figures

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
)

// A zip of 60 values of one key with 3 of another, for two priors.
func manyPoints() Sweep {
	s := Sweep{Keys: []string{"problem.missing_fraction", "priors.glo.code_dim"}, Columns: columns, Priors: []string{"glo", "pca"}}
	for i := range 60 {
		s.Points = append(s.Points, map[string]any{"missing_fraction": float64(i) / 60, "sweep.priors.glo.code_dim": i % 3})
	}
	return s
}

func TestTooManyBoxesAreKnownFromTheSpec(t *testing.T) {
	dim := func(v any) map[string]any { return map[string]any{"priors.glo.code_dim": v} }
	for want, figures := range map[string][]boxplot{
		"": {
			{X: "problem.missing_fraction", Where: dim(1)}, {X: "problem.missing_fraction", Group: "prior", Where: dim(2), Prior: "glo"},
			{X: "prior", Group: "priors.glo.code_dim"}, {X: "signal_id", Group: "prior"}, {X: "problem.missing_fraction", Where: map[string]any{"missing_fraction": 0.5}},
		},
		"60 values of problem.missing_fraction are more than the 48 boxes":                        {{X: "problem.missing_fraction"}},
		"60 values of missing_fraction are more than the 48 boxes":                                {{X: "missing_fraction", Prior: "glo"}},
		"60 values of problem.missing_fraction times 2 of prior, 120 boxes, are more than the 48": {{X: "problem.missing_fraction", Group: "prior"}},
		"2 values of prior times 60 of missing_fraction, 120 boxes":                               {{X: "prior", Group: "missing_fraction"}},
	} {
		for _, c := range figures {
			errs := c.Undrawn(manyPoints())
			if want == "" && len(errs) > 0 || want != "" && (len(errs) != 1 || errs[0].Key != "x" || !strings.HasPrefix(errs[0].Problem, want)) {
				t.Errorf("%+v: %v, expected %q", c, errs, want)
			}
		}
	}
}

// The data of a figure with too much in it are written, and the pictures of an earlier
// report, which showed less, are removed; later, so are the data.
func TestTooManyBoxesLeaveTheirData(t *testing.T) {
	dir := t.TempDir()
	draw := func(n int, figures ...reports.Figure) *reports.Summary {
		t.Helper()
		run := reports.Run{Columns: columns, Figures: figures, Signals: rows("c", n, func(i int, s *record.Signal) { s.NoiseL2 = float64(i) })}
		s, err := reports.Write(t.Context(), dir, run, reports.Options{PDF: true})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	has := func(want ...string) {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(dir, "figures", "*"))
		for i := range names {
			names[i] = filepath.Ext(names[i])
		}
		if err != nil || strings.Join(names, " ") != strings.Join(want, " ") {
			t.Errorf("files %v, %v; expected %v", names, err, want)
		}
	}
	figure := plot(boxplot{X: "noise_l2"})
	draw(48, figure)
	has(".csv", ".pdf", ".png", ".svg")
	s := draw(100, figure)
	has(".csv")
	if len(s.Figures) != 0 || len(s.Skipped) != 1 || len(table(t, filepath.Join(dir, "figures/01-boxplot-noise_l2.png"))) != 100 {
		t.Errorf("summary %+v", s)
	}
	if text, err := os.ReadFile(s.Report); err != nil || !strings.Contains(string(text), ".* [CSV](figures/01-boxplot-noise_l2.csv).") {
		t.Errorf("report %s, %v", text, err)
	}
	draw(100)
	has()
}
