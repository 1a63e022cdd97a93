package figures

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"

	"sedlab/internal/record"
	"sedlab/reports"
)

// texts returns what a figure of reconstructions writes.
func texts(t *testing.T, examples ...record.Example) []string {
	t.Helper()
	return textsOf(t, show(reconstructions{}), examples...)
}

// textsOf returns what a figure of examples writes.
func textsOf(t *testing.T, f Figure, examples ...record.Example) []string {
	t.Helper()
	d, err := f.Draw(reports.Run{Examples: examples, Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	return textsOn(d)
}

// textsOn returns what a picture has written on it.
func textsOn(d *reports.Drawn) (list []string) {
	var painted recorder.Canvas
	d.Paint(draw.NewCanvas(&painted, 450, d.Height))
	for _, a := range painted.Actions {
		if text, ok := a.(*recorder.FillString); ok {
			list = append(list, text.String)
		}
	}
	return list
}

func csvOf(t *testing.T, e record.Example) []map[string]string {
	t.Helper()
	_, s, _ := write(t, reports.Run{Examples: []record.Example{e}, Figures: []reports.Figure{show(reconstructions{})}})
	if len(s.Figures) != 1 {
		t.Fatal(s.Skipped)
	}
	return table(t, s.Figures[0])
}

func TestInfilledFluxesAreMarked(t *testing.T) {
	e := example("a", "inpainting", 2, 100, 2)
	const entry = "not measured, filled in by the data set"
	if slices.Contains(texts(t, e), entry) {
		t.Error("a legend names infilled fluxes where there are none")
	}
	e.Infilled = make([]bool, 100)
	for i := range 20 {
		e.Infilled[i] = true
	}
	e.Infilled[50], e.Infilled[99] = true, true
	if !slices.Contains(texts(t, e), entry) {
		t.Errorf("the legend has %q, not %q", texts(t, e), entry)
	}
	marked := 0
	for i, r := range csvOf(t, e) {
		if r["infilled"] == "true" {
			marked++
		}
		if want := map[bool]string{true: "true", false: "false"}[e.Infilled[i]]; r["infilled"] != want {
			t.Errorf("line %d: infilled %q, expected %q", i, r["infilled"], want)
		}
	}
	if marked != 22 {
		t.Errorf("%d lines are marked", marked)
	}
}

func TestClippedResidualsAreCounted(t *testing.T) {
	e := example("a", "inpainting", 2, 100, 2)
	if slices.ContainsFunc(texts(t, e), func(s string) bool { return strings.Contains(s, "off the scale") }) {
		t.Errorf("nothing is off the scale in %q", texts(t, e))
	}
	for i, r := range map[int]float32{10: 4, 11: 5, 40: -3, 70: float32(math.NaN())} {
		e.Reconstruction[i] = r
	}
	if !slices.Contains(texts(t, e), "3 residuals off the scale") {
		t.Errorf("the legend has %q", texts(t, e))
	}
	for i, r := range csvOf(t, e) {
		if off := r["residual_off_scale"] == "true"; off != slices.Contains([]int{10, 11, 40}, i) {
			t.Errorf("line %d: residual off the scale %v", i, off)
		}
	}
	e.NoiseL2, e.Measurement[90] = 1, 1e6
	if !slices.Contains(texts(t, e), "1 measurement off the scale") {
		t.Errorf("the legend has %q", texts(t, e))
	}
}

func TestMeasurementOnItsOwnGrid(t *testing.T) {
	e := example("a", "spectrograph", 2, 100, 2)
	e.Observed, e.Measurement, e.MeasurementWavelength = nil, []float32{1, 1.5, 2}, []float64{3010, 3200, 9000}
	if !slices.Contains(texts(t, e), "measurement on its own grid") {
		t.Errorf("the legend has %q", texts(t, e))
	}
	lines := csvOf(t, e)
	if len(lines) != 103 || lines[0]["measurement"] != "" || lines[101]["measurement"] != "1.5" || lines[101]["wavelength"] != "3200" || lines[101]["truth"] != "" {
		t.Errorf("%d lines, %v, %v", len(lines), lines[0], lines[len(lines)-2])
	}
	for n, note := range map[int]bool{3: true, 100: true, 0: false} { // as many as fluxes are none either
		e.Operator, e.Measurement, e.MeasurementWavelength = "compressed_sensing", make([]float32, n), nil
		all := strings.Join(texts(t, e), " ")
		if strings.Contains(all, "have no wavelengths, and are not shown") != note || strings.Contains(all, "own grid") {
			t.Errorf("%d measurements without wavelengths: %q", n, all)
		}
	}
}
