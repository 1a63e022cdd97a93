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

// tiles is a heatmap with the defaults of a spec.
func tiles(c heatmap) Figure {
	c.Y, c.Scale = cmp.Or(c.Y, "mse"), cmp.Or(c.Scale, "auto")
	return Figure{"heatmap", &c}
}

func TestHeatmapShowsMedians(t *testing.T) {
	_, s, text := write(t, reports.Run{Signals: sweep(5), Normalize: "rms", Figures: []reports.Figure{
		tiles(heatmap{X: "missing_fraction", Rows: "split"}), tiles(heatmap{X: "missing_fraction", Rows: "prior", Scale: "linear"})}})
	if len(s.Figures) != 2 {
		t.Fatal(s.Skipped)
	}
	cells := table(t, s.Figures[0])
	if len(cells) != 12 {
		t.Fatalf("%d cells, want 12", len(cells))
	}
	for key, want := range map[string]string{"prior": "glo", "missing_fraction": "0.5", "split": "test", "n": "5", "n_failed": "0", "q1": "1", "median": "1.5", "q3": "2"} {
		if got := cells[2][key]; got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	for _, f := range s.Figures {
		checkImage(t, f)
	}
	for _, want := range []string{
		"### 1. Median MSE per flux by missing fluxes and split\n", "| prior | split \\ missing [%] | 25 | 50 | 75 |", "| pca | train | 7.5 | 15 | 22.5 |",
		"| prior \\ missing [%] | 25 | 50 | 75 |", "| glo | 0.75 | 1.5 | 2.25 |", "Colour and number: median.", "A cell pools up to 2 cells.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

// Cells without a value are said, those without signals stay empty.
func TestHeatmapWithHoles(t *testing.T) {
	signals := rows("c", 5, func(i int, s *record.Signal) {
		s.CellID, s.NoiseL2, s.MissingFraction = fmt.Sprint(i), float64(i), float64(i)/10
		switch i {
		case 1:
			s.Status, s.Scores[0].Value = "failed: x", math.NaN()
		case 2:
			s.Scores[0].Value = -1
		}
	})
	_, s, text := write(t, reports.Run{Signals: signals, Figures: []reports.Figure{tiles(heatmap{X: "missing_fraction", Rows: "noise_l2", Scale: "log"})}})
	if len(s.Figures) != 1 {
		t.Fatal(s.Skipped)
	}
	checkImage(t, s.Figures[0])
	for _, want := range []string{"1 signal without a value.", "–: every signal is without a value.", "1 median not positive: in the darkest colour.",
		"| glo | 1 |  | – |  |  |  |"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

// Numbers that have no room are left out, and so are pictures of too many cells.
func TestLargeHeatmaps(t *testing.T) {
	for n, want := range map[int]string{
		36: "Colour: median; the numbers are in the CSV.",
		37: "37 values of noise_l2 are more than the 36 whose names can be read",
	} {
		signals := rows("c", n*36, func(i int, s *record.Signal) {
			s.NoiseL2, s.MissingFraction = float64(i%n), float64(i/n)/36
		})
		dir, s, text := write(t, reports.Run{Signals: signals, Figures: []reports.Figure{tiles(heatmap{X: "noise_l2", Rows: "missing_fraction"})}})
		if !strings.Contains(text, want) || len(s.Figures) != one(n == 36) {
			t.Errorf("%d: %v, the report lacks %q", n, s.Skipped, want)
		}
		if cells := table(t, dir+"/figures/01-heatmap-noise_l2-missing_fraction.png"); len(cells) != n*36 {
			t.Errorf("%d: %d cells", n, len(cells))
		}
	}
	errs := tiles(heatmap{X: "prior", Rows: "problem.missing_fraction"}).Config.(Limited).Undrawn(manyPoints())
	if len(errs) != 1 || errs[0].Key != "rows" || !strings.HasPrefix(errs[0].Problem, "60 values of problem.missing_fraction") {
		t.Error(errs)
	}
}

func TestOddHeatmapsAreDrawn(t *testing.T) {
	long := strings.Repeat("a very long name ", 20)
	for name, signals := range map[string][]record.Signal{
		"one cell":   rows("c", 1, func(int, *record.Signal) {}),
		"all zero":   rows("c", 9, func(i int, s *record.Signal) { s.Scores[0].Value, s.NoiseL2 = 0, float64(i) }),
		"negative":   rows("c", 9, func(i int, s *record.Signal) { s.Scores[0].Value, s.NoiseL2 = float64(i-4), float64(i) }),
		"huge":       rows("c", 9, func(i int, s *record.Signal) { s.Scores[0].Value, s.NoiseL2 = math.MaxFloat64/float64(i+1), float64(i) }),
		"long names": rows("c", 9, func(i int, s *record.Signal) { s.Prior, s.Split = long+fmt.Sprint(i%5), long+fmt.Sprint(i%2) }),
		"15 panels":  rows("c", 90, func(i int, s *record.Signal) { s.Prior, s.NoiseL2 = fmt.Sprint(i%15), float64(i/15) }),
	} {
		list := []reports.Figure{tiles(heatmap{X: "noise_l2", Rows: "split", Scale: "log", Title: long}), tiles(heatmap{X: "noise_l2", Rows: "split", Scale: "linear"})}
		_, s, _ := write(t, reports.Run{Signals: signals, Figures: list})
		if len(s.Skipped) > 0 {
			t.Errorf("%s: %v", name, s.Skipped)
		}
		for _, f := range s.Figures {
			checkImage(t, f)
		}
	}
}
