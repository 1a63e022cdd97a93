package figures

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
)

// keptSignals are the reconstructions of signals 1 to 5 by two priors; the last by one alone.
func keptSignals() (examples []record.Example) {
	for _, prior := range []string{"glo", "pca"} {
		for id := 1; id <= 5; id++ {
			if e := example(prior, "inpainting", id, 100, 3); prior == "glo" || id < 5 {
				e.Prior, e.NoiseL2, e.Infilled = prior, 1, make([]bool, 100)
				examples = append(examples, e)
			}
		}
	}
	return examples
}

func TestReconstructionsOfChosenSignals(t *testing.T) {
	_, s, text := write(t, reports.Run{Examples: keptSignals(), Figures: []reports.Figure{
		show(reconstructions{Rows: "prior", SignalIDs: []int64{5, 2, 9}}), show(reconstructions{SignalIDs: []int64{9, 8}})}})
	if len(s.Figures) != 1 || len(s.Skipped) != 1 || !strings.Contains(s.Skipped[0].Error(), "signal_ids: none of 9, 8 was kept, but 1, 2, 3, 4, 5; evaluate.keep") {
		t.Fatalf("figures %v, skipped %v", s.Figures, s.Skipped)
	}
	checkImage(t, s.Figures[0])
	var shown []string
	for i, r := range table(t, s.Figures[0]) {
		if i%100 == 0 {
			shown = append(shown, r["prior"]+" "+r["signal_id"])
		}
	}
	if got := strings.Join(shown, ", "); got != "glo 5, glo 2, pca 2" {
		t.Errorf("shows %s", got)
	}
	if want := "Not kept in each of the cells shown: #5 and #9; evaluate.keep says how many are kept."; !strings.Contains(text, want) {
		t.Errorf("the report lacks %q:\n%s", want, text)
	}
}

// A part of the spectrum has its own MSE; measurements are cut with it, on either grid.
func TestReconstructionsOfSomeWavelengths(t *testing.T) {
	e := example("a", "inpainting", 1, 100, 3)
	e.NoiseL2, e.Reconstruction[20] = 1, e.Truth[20]+1 // at 3100 Å, the only error that is not 0.1
	own := example("b", "smoothing", 2, 100, 3)
	own.Observed, own.Measurement, own.MeasurementWavelength = nil, []float32{1, 2, 3}, []float64{3050, 3100, 3200}
	_, s, text := write(t, reports.Run{Examples: []record.Example{e, own}, Figures: []reports.Figure{
		show(reconstructions{Rows: "operator", Wavelengths: []float64{3099, 3105}}), show(reconstructions{Wavelengths: []float64{9000, 9001}})}})
	if len(s.Figures) != 1 || len(s.Skipped) != 1 || !strings.Contains(s.Skipped[0].Error(), "at the wavelengths") {
		t.Fatalf("figures %v, skipped %v", s.Figures, s.Skipped)
	}
	checkImage(t, s.Figures[0])
	var lines []string
	for _, r := range table(t, s.Figures[0]) {
		lines = append(lines, r["signal_id"]+" "+r["wavelength"]+" "+r["observed"])
	}
	if got := strings.Join(lines, ", "); got != "1 3100 true, 1 3105 false, 2 3100 , 2 3105 , 2 3100 " {
		t.Errorf("shows %s", got)
	}
	for _, want := range []string{"Shown from 3099 to 3105 Å; the MSE is that of this part.", "| 1 | 0.505 |"} { // (1² + 0.1²)/2
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

// The band is the central interval of a Gaussian; examples without deviations have none.
func TestReconstructionsHaveBands(t *testing.T) {
	with, without, odd := example("a", "x", 1, 100, 3), example("a", "x", 2, 100, 3), example("a", "x", 3, 100, 3)
	for range 100 {
		with.Sigma = append(with.Sigma, 0.2)
	}
	with.Sigma[1] = float32(math.NaN())
	odd.Sigma = with.Sigma[:5]
	_, s, _ := write(t, reports.Run{Examples: []record.Example{with, without, odd}, Figures: []reports.Figure{
		show(reconstructions{Band: 95}), show(reconstructions{})}})
	if len(s.Figures) != 2 {
		t.Fatal(s.Skipped)
	}
	for _, f := range s.Figures {
		checkImage(t, f)
	}
	for i, r := range table(t, s.Figures[0]) {
		has := i < 100 && i != 1
		if (r["band_low"] != "") != has || has && math.Abs((parse(t, r["band_high"])-parse(t, r["band_low"]))/0.4-1.959964) > 1e-5 {
			t.Errorf("line %d: band from %s to %s", i, r["band_low"], r["band_high"])
		}
	}
	if r := table(t, s.Figures[1])[0]; r["band_low"] != "" {
		t.Errorf("a band that is none: %v", r)
	}
}

// A few wide intervals do not flatten a spectrum; they are counted.
func TestWideIntervalsAreClipped(t *testing.T) {
	e := example("a", "x", 1, 200, 3)
	for range 200 {
		e.Sigma = append(e.Sigma, 0.2)
	}
	before := fluxScale(&e)
	e.Sigma[50], e.Sigma[51] = 100, 100
	if after := fluxScale(&e); after.High > before.High+0.1 || after.Low < before.Low-0.1 {
		t.Errorf("the scale %v has become %v", before, after)
	}
	if list := textsOf(t, show(reconstructions{Band: 68}), e); !slices.Contains(list, "2 intervals off the scale") {
		t.Errorf("the legend has %q", list)
	}
}

func TestChosenSignalsAreChecked(t *testing.T) {
	for want, tt := range map[string]struct {
		c    reconstructions
		keep int
	}{
		"": {reconstructions{SignalIDs: []int64{1, 2}, Wavelengths: []float64{1, 2}}, 1},
		"signal_ids: names kept reconstructions, but evaluate.keep is 0; expected that some are kept": {reconstructions{SignalIDs: []int64{1}}, 0},
		"signal_ids: names 17 signals; expected at most 16":                                           {reconstructions{SignalIDs: make([]int64, 17)}, 1},
		"wavelengths: got [2 1]; expected two rising wavelengths, from and to":                        {reconstructions{Wavelengths: []float64{2, 1}}, 4},
		"wavelengths: got [2]; expected two rising wavelengths, from and to":                          {reconstructions{Wavelengths: []float64{2}}, 4},
	} {
		got := ""
		for _, e := range show(tt.c).Check(Sweep{Columns: columns, Keep: tt.keep, Has: func(string) bool { return false }}) {
			got += fmt.Sprintf("%s: %s", e.Key, e.Problem)
		}
		if got != want {
			t.Errorf("%+v: got %q, want %q", tt.c, got, want)
		}
	}
}
