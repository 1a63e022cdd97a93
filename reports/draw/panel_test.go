package draw

import (
	"slices"
	"testing"

	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
)

// Ticks without a label take no label's place.
func TestXAxisOfLogarithms(t *testing.T) {
	var painted recorder.Canvas
	p := Panel{Canvas: draw.NewCanvas(&painted, 400, 200), XScale: NewScale([]float64{0.001, 0.05}, "log")}
	p.XAxis(p.XScale.Ticks(), true)
	var labels []string
	for _, a := range painted.Actions {
		if text, ok := a.(*recorder.FillString); ok {
			labels = append(labels, text.String)
		}
	}
	if want := []string{"0.001", "0.003", "0.01", "0.03"}; !slices.Equal(labels, want) {
		t.Errorf("labels %q, expected %q", labels, want)
	}
}
