package figures

import (
	"maps"
	"math"
	"slices"
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
		show(reconstructions{Rows: "operator", Signals: 2})}})
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

// TestReconstructionsByPrior checks that a row for each prior shows each, and
// that otherwise the figure says which prior it chose.
func TestReconstructionsByPrior(t *testing.T) {
	var examples []record.Example
	for _, prior := range []string{"pca", "glo_wide"} {
		for _, method := range []string{"projection", "regularization"} {
			for id := range 3 {
				e := example(prior+method, "inpainting", id, 100, 2)
				e.Prior, e.Method, e.NoiseL2 = prior, method, float64(id+1)
				examples = append(examples, e)
			}
		}
	}
	run := reports.Run{Examples: examples, Claims: []string{"glo_wide"}, Figures: []reports.Figure{
		show(reconstructions{Rows: "prior"}), show(reconstructions{}),
	}}
	_, s, text := write(t, run)
	if len(s.Figures) != 2 {
		t.Fatal(s.Skipped)
	}
	for i, want := range []string{"glo_wide pca", "glo_wide"} {
		priors := map[string]bool{}
		for _, r := range table(t, s.Figures[i]) {
			priors[r["prior"]] = true
		}
		if got := strings.Join(slices.Sorted(maps.Keys(priors)), " "); got != want {
			t.Errorf("figure %d shows %s, want %s", i+1, got, want)
		}
		checkImage(t, s.Figures[i])
	}
	for _, want := range []string{
		"reconstructions by pca and glo_wide\n",
		"| pca: inpainting, 50 % missing, median noise ‖η‖₂ = 2, test signals, projection | 0 |",
		"A row shows the first of up to 2 cells that fit, which differ in method.",
		"Of the priors pca and glo_wide, glo_wide alone is shown.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
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
			show(reconstructions{Rows: "operator"}),
			show(reconstructions{Where: map[string]any{"operator": []any{"short", "point"}}}),
		},
	})
	if len(s.Figures) != 1 || len(s.Skipped) != 1 {
		t.Fatalf("figures %v, skipped %v; want one of each", s.Figures, s.Skipped)
	}
	checkImage(t, s.Figures[0])
}
