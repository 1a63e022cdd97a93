package figures

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"

	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/scores"
)

// reliable is a calibration figure with the defaults of a spec.
func reliable(c calibration) Figure {
	c.Group = cmp.Or(c.Group, "prior")
	return Figure{"calibration", &c}
}

// spreadOut is an example of 400 fluxes, half of them hidden, whose errors there are those of
// a Gaussian with standard deviations of width times those that it gives.
func spreadOut(prior string, id int, width float64) record.Example {
	e := example(prior, "inpainting", id, 400, 2)
	e.Prior, e.Clean = prior, make([]float32, 400)
	for i := range e.Truth {
		e.Truth[i], e.Sigma = 7, append(e.Sigma, 0.5)
		e.Reconstruction[i] = 99 // of observed fluxes, which do not count
		if i%2 == 0 {
			e.Reconstruction[i] = float32(0.5 * width * math.Sqrt2 * math.Erfinv(float64(i+1)/400))
		}
	}
	return e
}

func TestCalibrationShowsShares(t *testing.T) {
	var examples []record.Example
	for id := range 9 {
		noisy := spreadOut("noisy", id, 2) // where noise is known, but not the signal without it
		noisy.Truth, noisy.Clean, noisy.Noise = noisy.Clean, nil, make([]float32, 400)
		for i := range noisy.Noise {
			noisy.Noise[i] = float32(math.Sqrt(0.75)) // with sigma, a deviation of 1
		}
		bare := example("bare", "inpainting", id, 400, 2)
		bare.Prior = "bare"
		examples = append(examples, spreadOut("right", id, 1), spreadOut("narrow", id, 2), noisy, bare)
	}
	_, s, text := write(t, reports.Run{Examples: examples, Figures: []reports.Figure{reliable(calibration{}), reliable(calibration{Group: "split", Title: "mine"})}})
	if len(s.Figures) != 2 {
		t.Fatal(s.Skipped)
	}
	for _, f := range s.Figures {
		checkImage(t, f)
	}
	lines := map[string]int{}
	for _, r := range table(t, s.Figures[0]) {
		p, want := parse(t, r["nominal"]), parse(t, r["nominal"])
		if lines[r["prior"]]++; r["prior"] == "narrow" {
			want = math.Erf(math.Erfinv(p) / 2)
		}
		if got := parse(t, r["empirical"]); math.Abs(got-want) > 0.0051 || got != parse(t, r["low"]) || got != parse(t, r["high"]) || r["n"] != "1800" || r["n_signals"] != "9" {
			t.Errorf("share of %s at %g is %g, want %g: %v", r["prior"], p, got, want, r)
		}
	}
	if want := map[string]int{"right": 43, "narrow": 43, "noisy": 43}; !maps.Equal(lines, want) {
		t.Errorf("lines %v, want %v", lines, want)
	}
	for _, want := range []string{
		"### 1. Share of fluxes within their intervals, n = 9 signals, 1800 fluxes\n", "| prior | within the 68 % interval | within the 95 % interval |",
		"| narrow | 38 % | 68 % | 1800 | 9 | 1 |", "| prior | split | within", "| right | test | 68 % | 95 % | 1800 | 9 | 1 |",
		"Without standard deviations, or without a model of the data's noise, and not shown: bare.", "Of the kept reconstructions (evaluate.keep): share of the hidden",
		"The fluxes are those without noise where the data set knows them, otherwise",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

// The figure counts the fluxes that the columns of coverage count.
func TestCalibrationAgreesWithCoverage(t *testing.T) {
	e := spreadOut("a", 1, 1.3)
	e.Infilled = make([]bool, 400)
	for i := range 100 {
		e.Infilled[i] = true
	}
	dirty := e
	dirty.Clean, dirty.Noise, dirty.Truth = nil, e.Sigma, make([]float32, 400)
	sensed := e
	sensed.Observed = nil
	for name, e := range map[string]record.Example{"clean": e, "dirty": dirty, "sensed": sensed} {
		_, s, _ := write(t, reports.Run{Examples: []record.Example{e}, Figures: []reports.Figure{reliable(calibration{})}})
		c := scores.Case{Truth: e.Truth, Clean: e.Clean, Estimate: e.Reconstruction, Observed: e.Observed, Infilled: e.Infilled, Sigma: e.Sigma, Noise: e.Noise}
		for _, r := range table(t, s.Figures[0]) {
			if r["low"] != "" {
				t.Errorf("%s: a band from one signal: %v", name, r)
			}
			for p, score := range map[float64]scores.Kind{oneSigma: scores.Coverage68, 0.95: scores.Coverage95} {
				if got, want := parse(t, r["empirical"]), score.Score(c); parse(t, r["nominal"]) == p && got != want {
					t.Errorf("%s: share within %g is %g, coverage %g", name, p, got, want)
				}
			}
		}
	}
}

// A legend shows a band only for lines that have one; all end before the interval that
// has every flux.
func TestBandsOfCalibrations(t *testing.T) {
	var examples []record.Example
	for id := range 9 {
		e := spreadOut("many", id, 1)
		examples = append(examples, e)
		if e.Prior = "one"; id == 0 {
			examples = append(examples, e)
		}
	}
	for name, tt := range map[string]struct {
		examples []record.Example
		fills    int // of the panel and of the legend
		caption  string
	}{
		"many and one": {examples, 2, "Band: 95 % interval of the whole line, by bootstrap over signals. Below"},
		"one":          {examples[1:2], 0, "a line). Below"},
	} {
		d, err := reliable(calibration{}).Draw(reports.Run{Examples: tt.examples, Columns: columns})
		if err != nil {
			t.Fatal(err)
		}
		var painted recorder.Canvas
		d.Paint(draw.NewCanvas(&painted, 450, d.Height))
		fills, longest := 0, 0
		for _, a := range painted.Actions {
			switch a := a.(type) {
			case *recorder.Fill:
				fills++
			case *recorder.Stroke:
				longest = max(longest, len(a.Path))
			}
		}
		caption := strings.Join(d.Caption, " ")
		if fills != tt.fills || longest != 42 || !strings.Contains(caption, tt.caption) || !strings.Contains(caption, "1 line of too few signals for a band.") {
			t.Errorf("%s: %d bands, %d points in a line, %q", name, fills, longest, caption)
		}
	}
}

func TestOddCalibrations(t *testing.T) {
	short := spreadOut("a", 1, 1)
	short.Sigma = short.Sigma[:5]
	broken := spreadOut("a", 1, 1)
	broken.Reconstruction[0] = float32(math.NaN())
	unknown := spreadOut("a", 1, 1)
	unknown.Clean = nil
	var many []record.Example
	for i := range 12 {
		many = append(many, spreadOut(fmt.Sprint(strings.Repeat("long name ", 10), i), 1, float64(i)))
	}
	none := "no kept reconstruction has standard deviations"
	for name, tt := range map[string]struct {
		examples []record.Example
		group    string
		skipped  string
	}{
		"exact":     {[]record.Example{spreadOut("a", 1, 0)}, "prior", ""},
		"broken":    {[]record.Example{broken}, "prior", ""},
		"12":        {many, "prior", ""},
		"12 panels": {many, "split", ""},
		"13":        {append(many, spreadOut("another", 1, 1)), "prior", "13 values of prior are more than the 12"},
		"short":     {[]record.Example{short}, "prior", none},
		"unknown":   {[]record.Example{unknown}, "prior", none},
		"no column": {[]record.Example{broken}, "x", `no column "sweep.x"`},
		"none":      {nil, "prior", "no reconstructions were kept"},
	} {
		_, s, _ := write(t, reports.Run{Examples: tt.examples, Figures: []reports.Figure{reliable(calibration{Group: tt.group})}})
		if tt.skipped == "" && len(s.Skipped) > 0 || tt.skipped != "" && (len(s.Skipped) != 1 || !strings.Contains(s.Skipped[0].Error(), tt.skipped)) {
			t.Errorf("%s: skipped %v; want %q", name, s.Skipped, tt.skipped)
		}
		for _, f := range s.Figures {
			checkImage(t, f)
		}
	}
	if errs := reliable(calibration{Group: "mse"}).Check(Sweep{Columns: columns, Has: func(string) bool { return false }}); len(errs) != 2 || errs[0].Key != "group" || errs[1].Key != "figure" {
		t.Error(errs)
	}
	errs := reliable(calibration{Group: "problem.missing_fraction"}).Config.(Limited).Undrawn(manyPoints())
	if len(errs) != 1 || errs[0].Key != "group" || !strings.HasPrefix(errs[0].Problem, "60 values") {
		t.Error(errs)
	}
}
