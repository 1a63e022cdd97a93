package draw

import (
	"image/color"
	"math"
	"testing"

	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
)

// The colours of the ramp become lighter in equal steps.
func TestRampRisesEvenly(t *testing.T) {
	if Ramp(-1) != Ramp(0) || Ramp(2) != Ramp(1) || Ramp(0) != RGB(0x440154) || Ramp(0.5) != RGB(0x21908c) || Ramp(1) != RGB(0xfde725) {
		t.Error("wrong colours at the ends or in the middle")
	}
	const steps = 20
	before := lightness(Ramp(0))
	for i := 1; i <= steps; i++ {
		now := lightness(Ramp(float64(i) / steps))
		if step := (now - before) * steps; step < 60 || step > 95 { // from 15 to 91
			t.Errorf("step %d: lightness rises from %.1f to %.1f", i, before, now)
		}
		before = now
	}
	if Contrast(Ramp(0)) != color.White || Contrast(Ramp(1)) != color.Black {
		t.Error("text does not stand out")
	}
}

// lightness returns L* of CIELAB, from 0 to 100.
func lightness(c color.RGBA) float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 116*math.Cbrt(0.2126*linear(c.R)+0.7152*linear(c.G)+0.0722*linear(c.B)) - 16
}

// A band is broken where it has no value; a point alone is a bar.
func TestBandIsBroken(t *testing.T) {
	var painted recorder.Canvas
	p := Panel{Canvas: draw.NewCanvas(&painted, 100, 100), XScale: Scale{High: 10}, YScale: Scale{High: 10}}
	high := []float64{2, 3, math.NaN(), 4, math.Inf(1), 5, 6, 7}
	p.Band(color.Black, len(high), func(i int) (float64, float64, float64) { return float64(i), 1, high[i] })
	p.Dot(color.Black, 1, false, 1, math.NaN())
	fills, strokes := 0, 0
	for _, a := range painted.Actions {
		switch a.(type) {
		case *recorder.Fill:
			fills++
		case *recorder.Stroke:
			strokes++
		}
	}
	if fills != 2 || strokes != 1 {
		t.Errorf("%d polygons and %d bars, want 2 and 1", fills, strokes)
	}
}

// A sheer colour is not dimmed in PDF files.
func TestSheerInPDF(t *testing.T) {
	var painted recorder.Canvas
	outlined{&painted}.SetColor(Sheer(RGB(0xff8000), 0.2))
	r, g, b, a := painted.Actions[0].(*recorder.SetColor).Color.RGBA()
	if r>>8 != 0xff || g>>8 != 0x80 || b != 0 || a>>8 != 0x33 {
		t.Errorf("got %#x %#x %#x %#x", r, g, b, a)
	}
}
