package figures

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
)

func TestTrainingsAreLinesByHash(t *testing.T) {
	epochs := []record.Training{
		{Prior: "glo", PriorHash: "aaaaaaaaaa", Epoch: 1, Loss: 1}, {Prior: "glo", PriorHash: "bbbbbbbbbb", Epoch: 1, Loss: 0},
		{Prior: "glo", PriorHash: "aaaaaaaaaa", Epoch: 2, Loss: 0.001, Seconds: 3, KeptLoss: 0.02}, {Prior: "glo", PriorHash: "bbbbbbbbbb", Epoch: 2, Loss: math.NaN(), KeptLoss: math.NaN()},
	}
	_, s, text := write(t, reports.Run{Training: epochs, Figures: []reports.Figure{Figure{"training", new(training)}}})
	if len(s.Skipped) > 0 {
		t.Fatal(s.Skipped)
	}
	checkImage(t, s.Figures[0])
	if n := len(table(t, s.Figures[0])); n != 4 {
		t.Errorf("%d rows, want 4", n)
	}
	for _, want := range []string{"| glo aaaaaaaa | 2 | 1 | 0.001 | 0.02 | 3 |", "| glo bbbbbbbb | 2 | 0 | – | – | 0 |", "Crosses: the error of the kept generator", "Training of glo took 3 s."} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
}

// TestTrainingsAreNamedByWhatTheyDifferIn reads names from the rows of signals:
// swept keys of another prior or of the problem do not appear in them.
func TestTrainingsAreNamedByWhatTheyDifferIn(t *testing.T) {
	run := reports.Run{Figures: []reports.Figure{Figure{"training", new(training)}}}
	add := func(prior, hash string, seed uint64, sweep map[string]any) {
		run.Training = append(run.Training, record.Training{Prior: prior, PriorHash: hash, Epoch: 1, Loss: 1})
		run.Signals = append(run.Signals, rows(prior+hash, 2, func(i int, s *record.Signal) {
			s.Prior, s.PriorHash, s.Seed, s.Sweep = prior, hash, seed, maps.Clone(sweep)
			s.Sweep["solver.steps"] = float64(i)
		})...)
	}
	for i, dim := range []float64{8, 20} {
		add("glo", fmt.Sprint("dimension", i), 0, map[string]any{"priors.glo.code_dim": dim, "priors.other.code_dim": dim})
		add("other", fmt.Sprint("repeated", i), uint64(i), map[string]any{"repeat": float64(i)})
	}
	_, s, text := write(t, run)
	checkImage(t, s.Figures[0])
	for _, want := range []string{"| glo code_dim = 8 | 1 |", "| glo code_dim = 20 | 1 |", "| other repeat = 0 | 1 |", "| other repeat = 1 | 1 |"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	for i := range 13 {
		add("many", fmt.Sprint("hash", i), uint64(i), map[string]any{})
	}
	_, s, text = write(t, run)
	checkImage(t, s.Figures[0])
	if !strings.Contains(text, "A line for each of 17 trainings") || !strings.Contains(text, "| many seed = 12 | 1 |") {
		t.Error("the report does not say that there are too many for a legend, or does not name them")
	}
}
