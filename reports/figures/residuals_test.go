package figures

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"sedlab/datasets/spectra"
	"sedlab/internal/record"
	"sedlab/reports"
)

// off is a figure of residuals with the defaults of a spec, except that it names no lines.
func off(c residuals) Figure {
	c.Band, c.Scale, c.Bin = cmp.Or(c.Band, "quartiles"), cmp.Or(c.Scale, "auto"), cmp.Or(c.Bin, 1)
	return Figure{"residuals", &c}
}

// offBy is an example of 800 fluxes, every k-th hidden, whose reconstruction is off by some
// amount.
func offBy(prior string, id int, by float32, k int) record.Example {
	e := example(prior, "inpainting", id, 800, k)
	e.Prior = prior
	for i := range e.Truth {
		e.Truth[i], e.Reconstruction[i] = 1, 1-by
	}
	return e
}

func TestResidualsByWavelength(t *testing.T) {
	var examples []record.Example
	for i := range 5 {
		examples = append(examples, offBy("glo", i, float32(i+1)/8, 2), offBy("pca", i, float32(i+1)/4, 2))
	}
	examples[0].Infilled = make([]bool, 800) // the one that is off by 1/8
	examples[0].Infilled[0] = true
	examples[2].Reconstruction[0] = float32(math.NaN())      // by 2/8
	examples[4].Observed, examples[4].Measurement = nil, nil // by 3/8, of an operator that selects no fluxes
	_, s, text := write(t, reports.Run{Examples: examples, Normalize: "rms", Figures: []reports.Figure{
		off(residuals{Lines: true}), off(residuals{Prior: "glo", Band: "none", Bin: 2})}})
	if len(s.Figures) != 2 {
		t.Fatal(s.Skipped)
	}
	for _, f := range s.Figures {
		checkImage(t, f)
	}
	show := func(r map[string]string) string {
		return strings.Join([]string{r["prior"], r["wavelength"], r["n"], r["n_left_out"], r["q1"], r["median"], r["q3"], r["n_hidden"], r["hidden_share"]}, " ")
	}
	lines := table(t, s.Figures[0])
	if len(lines) != 1600 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, want := range map[int]string{0: "glo 3000 3 2 0.4375 0.5 0.5625 4 1", 1: "glo 3005 5 0 0.25 0.375 0.5 0 0", 800: "pca 3000 5 0 0.5 0.75 1 5 1"} {
		if got := show(lines[i]); got != want {
			t.Errorf("line %d is %s, want %s", i, got, want)
		}
	}
	pooled := table(t, s.Figures[1])
	if got, want := show(pooled[0]), "glo 3002.5 8 2 0.34375 0.4375 0.53125 4 0.5"; len(pooled) != 400 || got != want {
		t.Errorf("%d lines, the first %s; want %s", len(pooled), got, want)
	}
	for _, want := range []string{
		"### 1. Median residual by wavelength\n", "| prior | median residual | of hidden fluxes | of observed fluxes | reconstructions | cells |",
		"| glo | 0.375 | 0.5 | 0.375 | 5 | 1 |", "| pca | 0.75 | 0.75 | 0.75 | 5 | 1 |",
		"Left out: 0.013 % of the fluxes, which the data set had filled in.", "Left out: fluxes without a finite original and reconstruction, 1 in all.",
		"and 2 neighbouring wavelengths.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

func TestOddResiduals(t *testing.T) {
	sensed := offBy("a", 1, 0.1, 2)
	sensed.Observed, sensed.Measurement = nil, nil
	short := offBy("a", 1, 0.1, 2)
	short.Reconstruction = short.Reconstruction[:5]
	broken := offBy("a", 1, float32(math.Inf(1)), 2)
	var many []record.Example
	for i := range 12 {
		many = append(many, offBy(fmt.Sprint(strings.Repeat("long name ", 10), i), 1, float32(i)/10, 3))
	}
	none := "no kept reconstruction and its truth are finite"
	for name, tt := range map[string]struct {
		examples []record.Example
		skipped  string
	}{
		"exact":    {[]record.Example{offBy("a", 1, 0, 2)}, ""},
		"no mask":  {[]record.Example{sensed}, ""},
		"one flux": {[]record.Example{example("a", "inpainting", 1, 1, 2)}, ""},
		"12":       {many, ""},
		"13":       {append(many, offBy("another", 1, 0.1, 3)), "13 values of prior are more than the 12"},
		"short":    {[]record.Example{short}, none},
		"broken":   {[]record.Example{broken}, none},
		"none":     {nil, "no reconstructions were kept"},
	} {
		_, s, _ := write(t, reports.Run{Examples: tt.examples, Figures: []reports.Figure{off(residuals{Lines: true, Scale: "log", Bin: 4})}})
		if tt.skipped == "" && len(s.Skipped) > 0 || tt.skipped != "" && (len(s.Skipped) != 1 || !strings.Contains(s.Skipped[0].Error(), tt.skipped)) {
			t.Errorf("%s: skipped %v; want %q", name, s.Skipped, tt.skipped)
		}
		for _, f := range s.Figures {
			checkImage(t, f)
		}
	}
}

// The lines are those of the NIST Atomic Spectra Database in air, brought to vacuum.
func TestStrongLinesAreInVacuum(t *testing.T) {
	air := []float64{3726.03, 3728.82, 3933.66, 3968.47, 4861.33, 4958.91, 5006.84, 5167.32, 5172.68, 5183.60, 5889.95, 5895.92, 6562.80}
	spectra.AirToVacuum(air)
	var vacuum []float64
	for _, l := range strongLines {
		vacuum = append(vacuum, l.vacuum...)
	}
	if !slices.EqualFunc(vacuum, air, func(a, b float64) bool { return math.Abs(a-b) < 0.03 }) {
		t.Errorf("lines at %v, want %.2f", vacuum, air)
	}
}
