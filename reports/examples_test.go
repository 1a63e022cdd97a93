package reports_test

import (
	"math"
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
)

// example is a reconstruction that is off by 0.1, with every k-th flux hidden.
func example(cell, operator string, id, n, k int) record.Example {
	e := record.Example{
		CellID: cell, Prior: "glo", Operator: operator, Method: "projection", Split: "test", SignalID: int64(id),
		MissingFraction: 1 / float64(k), NoiseL2: float64(id % 2),
	}
	for i := range n {
		flux := float32(1 + math.Sin(float64(i)/20))
		e.Wavelength = append(e.Wavelength, 3000+5*float64(i))
		e.Truth = append(e.Truth, flux)
		e.Reconstruction = append(e.Reconstruction, flux+0.1)
		e.Measurement = append(e.Measurement, flux)
		e.Observed = append(e.Observed, i%k != 0)
	}
	return e
}

func TestReconstructionsShowOneCellARow(t *testing.T) {
	examples := []record.Example{
		example("a", "inpainting", 1, 100, 2), example("b", "inpainting", 2, 100, 2), // another cell
		example("c", "super_resolution", 3, 100, 60), example("c", "super_resolution", 4, 100, 60),
		example("c", "super_resolution", 5, 100, 60), // one too many
	}
	_, s, text := write(t, reports.Run{Examples: examples, Figures: []reports.Figure{
		{Figure: "reconstructions", Rows: "operator", Signals: 2}}})
	if len(s.Skipped) > 0 {
		t.Fatal(s.Skipped)
	}
	checkImage(t, s.Figures[0])
	fluxes := map[string]int{}
	for _, r := range table(t, s.Figures[0]) {
		fluxes[r["operator"]+" "+r["signal_id"]]++
	}
	want := map[string]int{"inpainting 1": 100, "super_resolution 3": 100, "super_resolution 4": 100}
	for k, n := range want {
		if fluxes[k] != n {
			t.Errorf("%d fluxes of %s, want %d", fluxes[k], k, n)
		}
	}
	if len(fluxes) != len(want) {
		t.Errorf("shows %v, want %v", fluxes, want)
	}
	if !strings.Contains(text, "| 1 | 0.01 |") { // an error of 0.1 everywhere
		t.Error("the report does not give signal 1 an MSE of 0.01")
	}
}

func TestOddExamplesAreDrawn(t *testing.T) {
	flat := example("a", "inpainting", 1, 10, 2)
	for i := range flat.Truth {
		flat.Truth[i], flat.Reconstruction[i] = 0, 0
	}
	sensed := example("b", "compressed_sensing", 2, 10, 2)
	sensed.Measurement, sensed.Observed = nil, nil
	broken := example("c", "denoising", 3, 10, 2)
	broken.Reconstruction[4], broken.Truth[0] = float32(math.NaN()), float32(math.Inf(1))
	short := example("d", "short", 4, 10, 2)
	short.Reconstruction = short.Reconstruction[:5]
	point := example("e", "point", 5, 1, 2)

	_, s, _ := write(t, reports.Run{
		Examples: []record.Example{flat, sensed, broken, short, point},
		Figures: []reports.Figure{
			{Figure: "reconstructions", Rows: "operator"},
			{Figure: "reconstructions", Where: map[string]any{"operator": []any{"short", "point"}}},
		},
	})
	if len(s.Figures) != 1 || len(s.Skipped) != 1 {
		t.Fatalf("figures %v, skipped %v; want one of each", s.Figures, s.Skipped)
	}
	checkImage(t, s.Figures[0])
}

func TestTrainingsAreLinesByHash(t *testing.T) {
	training := []record.Training{
		{Prior: "glo", PriorHash: "aaaaaaaaaa", Epoch: 1, Loss: 1}, {Prior: "glo", PriorHash: "bbbbbbbbbb", Epoch: 1, Loss: 0},
		{Prior: "glo", PriorHash: "aaaaaaaaaa", Epoch: 2, Loss: 0.001, Seconds: 3}, {Prior: "glo", PriorHash: "bbbbbbbbbb", Epoch: 2, Loss: math.NaN()},
	}
	_, s, text := write(t, reports.Run{Training: training, Figures: []reports.Figure{{Figure: "training"}}})
	if len(s.Skipped) > 0 {
		t.Fatal(s.Skipped)
	}
	checkImage(t, s.Figures[0])
	if n := len(table(t, s.Figures[0])); n != 4 {
		t.Errorf("%d rows, want 4", n)
	}
	for _, want := range []string{"| glo aaaaaaaa | 2 | 1 | 0.001 | 3 |", "| glo bbbbbbbb | 2 | 0 | – | 0 |", "Training took 3 s"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
}
