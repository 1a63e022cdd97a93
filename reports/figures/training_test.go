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

// Validation losses are drawn where they were measured; the report has the least.
func TestValidationLosses(t *testing.T) {
	var epochs []record.Training
	for i := range 6 {
		at := record.Training{Prior: "glo", PriorHash: "a", Epoch: int32(i + 1), Loss: 1 / float64(i+1), KeptLoss: math.NaN(), ValidationLoss: math.NaN()}
		if i%2 == 1 {
			at.ValidationLoss = 2 + math.Abs(float64(i)-3)
		}
		epochs = append(epochs, at)
		at.Prior, at.PriorHash, at.ValidationLoss = "other", "b", math.NaN()
		epochs = append(epochs, at)
	}
	figure := []reports.Figure{Figure{"training", new(training)}}
	_, s, text := write(t, reports.Run{Training: epochs, Figures: figure})
	checkImage(t, s.Figures[0])
	var measured []string
	for _, r := range table(t, s.Figures[0]) {
		if r["validation_loss"] != "" {
			measured = append(measured, r["prior"]+" "+r["epoch"]+" "+r["validation_loss"])
		}
	}
	if got := strings.Join(measured, ", "); got != "glo 2 4, glo 4 2, glo 6 4" {
		t.Errorf("validation losses %s", got)
	}
	for _, want := range []string{"| lowest validation loss | at epoch |", "| glo | 6 | 1 | 0.167 | – | 0 | 2 | 4 |", "| other | 6 | 1 | 0.167 | – | 0 | – | – |"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	for i := range epochs {
		epochs[i].ValidationLoss = math.NaN()
	}
	if _, _, text = write(t, reports.Run{Training: epochs, Figures: figure}); strings.Contains(text, "validation") {
		t.Errorf("the report of a training without validation:\n%s", text)
	}
}

// Every line is in the legend: by its training or, of too many, by its prior.
func TestTrainingsAlwaysHaveALegend(t *testing.T) {
	for n, want := range map[int]int{1: 1, 12: 12, 13: 2, 40: 2} {
		p := &trainingPicture{}
		for i := range n {
			p.curves = append(p.curves, &curve{prior: fmt.Sprint("prior", i%2), settings: fmt.Sprint("seed = ", i)})
		}
		if p.explain(); len(p.frame.Legend) != want || len(p.looks) != n {
			t.Errorf("%d trainings: %d entries, %d looks", n, len(p.frame.Legend), len(p.looks))
		}
		p.frame.Legend, p.looks, p.validated = nil, nil, true
		if p.explain(); len(p.frame.Legend) != map[bool]int{true: n, false: 2}[n <= 6]+2 {
			t.Errorf("%d trainings with validation: %d entries", n, len(p.frame.Legend))
		}
	}
}
