package draw

import (
	"math"
	"strings"
	"testing"
)

func TestNumbers(t *testing.T) {
	tests := []struct {
		v                    float64
		number, digits, text string
	}{
		{0, "0", "0", "0"},
		{0.0123456, "0.0123", "0.012", "0.0123456"},
		{-0.5, "−0.5", "-0.50", "-0.5"},
		{99999, "100000", "100000", "99999"},
		{123456, "1.23e5", "1.23e5", "123456"},
		{2e-5, "2e−5", "2e−5", "2e-05"},
		{0.0996, "0.0996", "0.10", "0.0996"},
		{math.Nextafter(0.1, 1), "0.1", "0.10", "0.10000000000000002"},
		{math.NaN(), "–", "–", ""},
		{math.Inf(1), "–", "–", "+Inf"},
	}
	for _, tt := range tests {
		if n, d, e := Number(tt.v), TwoDigits(tt.v), Exact(tt.v); n != tt.number || d != tt.digits || e != tt.text {
			t.Errorf("%v: %q, %q, %q; want %+v", tt.v, n, d, e, tt)
		}
	}
	if Exact(nil) != "" || Exact(true) != "true" || Exact("x") != "x" || Exact(float32(0.1)) != "0.1" {
		t.Error("values of other types are not written as they are")
	}
}

// TestScales checks that every finite value is on its scale, and that some tick has
// a label.
func TestScales(t *testing.T) {
	nan := math.NaN()
	tests := []struct {
		values []float64
		kind   string
		log    bool
	}{
		{nil, "auto", false}, {[]float64{nan}, "auto", false}, {[]float64{1, 2, 3}, "auto", false}, {[]float64{0.001, 1}, "auto", true},
		{[]float64{1, 2}, "log", true}, {[]float64{0.001, 1}, "linear", false}, {[]float64{-1, 1000}, "log", true}, {[]float64{-2, -1}, "log", false},
		{[]float64{5}, "auto", false}, {[]float64{0}, "auto", false}, {[]float64{math.Inf(1), 1, 2}, "auto", false}, {[]float64{1e-100, 1e100}, "auto", true},
		{[]float64{1, math.MaxFloat64}, "log", true}, {[]float64{1, math.MaxFloat64}, "linear", false}, {[]float64{5e-324, 1e-10}, "log", true},
	}
	for _, tt := range tests {
		s := NewScale(tt.values, tt.kind)
		if s.Log != tt.log || !(s.Low < s.High) {
			t.Errorf("%v, %s: %+v", tt.values, tt.kind, s)
		}
		for _, v := range tt.values {
			if p := s.Position(v); Finite(v) && !(p >= 0 && p <= 1) {
				t.Errorf("%v, %s: %v is at %v", tt.values, tt.kind, v, p)
			}
		}
		labels := ""
		for _, tick := range s.Ticks() {
			labels += tick.Label
		}
		if labels == "" {
			t.Errorf("%v, %s: no label on %+v", tt.values, tt.kind, s)
		}
	}
}

// However few marks are asked for, two tell the scale.
func TestLinearTicksAreTwoAtLeast(t *testing.T) {
	for i := range 300 {
		s := Scale{Low: -0.31 + float64(i)/7, High: 0.4 + float64(i)/5}
		for n := 1; n <= 8; n++ {
			if ticks := s.LinearTicks(n); len(ticks) < 2 || ticks[0].Value < s.Low || ticks[len(ticks)-1].Value > s.High {
				t.Errorf("about %d ticks on %+v: %v", n, s, ticks)
			}
		}
	}
}

func TestTextFits(t *testing.T) {
	sty := Label(Ink, 0, 0)
	words := strings.Repeat("word ", 40) + strings.Repeat("x", 300)
	lines := wrap(sty, words, 200)
	for _, line := range lines {
		if sty.Width(line) > 200 {
			t.Errorf("%q is %v wide", line, sty.Width(line))
		}
	}
	if text := strings.Join(lines, " "); strings.Count(text, "word") != 40 || !strings.HasSuffix(text, "…") {
		t.Errorf("got %q", text)
	}
	if line := Fit(sty, "short", 200); line != "short" {
		t.Errorf("got %q", line)
	}
}
