package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// scale maps values to [0, 1], linearly or by their logarithm.
type scale struct {
	low, high float64
	log       bool
}

// logDecades is from how many decades on the automatic scale is logarithmic.
const logDecades = 1.5

// newScale returns a scale for values, with a margin. kind is log, linear, or
// auto (or empty), which chooses log for positive values that span decades. On
// a logarithmic scale a value that is not positive lies on the lower edge.
func newScale(values []float64, kind string) scale {
	low, high, least := math.Inf(1), math.Inf(-1), math.Inf(1)
	for _, v := range values {
		if !finite(v) {
			continue
		}
		low, high = min(low, v), max(high, v)
		if v > 0 {
			least = min(least, v)
		}
	}
	spans := high > 0 && math.Log10(high/least) > logDecades
	if log := kind == "log" || kind != "linear" && spans; log && high > 0 {
		margin := math.Pow(high/least, 0.04) * 1.05
		return scale{low: least / margin, high: high * margin, log: true}
	}
	if low > high { // nothing to show
		low, high = 0, 1
	}
	margin := 0.05 * (high - low)
	if margin == 0 || math.IsInf(margin, 0) {
		margin = max(0.5*math.Abs(high), 1e-12)
	}
	if low >= 0 && low < 0.4*high { // near enough to zero to show it
		return scale{low: 0, high: high + margin}
	}
	return scale{low: low - margin, high: high + margin}
}

// at returns where a value is, from 0 at the low end to 1 at the high end.
func (s scale) at(v float64) float64 {
	if !s.log {
		return (v - s.low) / (s.high - s.low)
	}
	if v <= s.low {
		return 0
	}
	return math.Log(v/s.low) / math.Log(s.high/s.low)
}

// tick is a mark on an axis; a minor one has no label.
type tick struct {
	value float64
	label string
}

func (s scale) ticks() []tick {
	if !s.log || s.high < 3*s.low { // in so short a range, powers of ten and their like are few
		return s.linearTicks(5)
	}
	labelled := func(digit int) bool { return digit == 1 }
	switch decades := math.Log10(s.high / s.low); {
	case decades < 1.2:
		labelled = func(digit int) bool { return digit == 1 || digit == 2 || digit == 5 }
	case decades < 2.2:
		labelled = func(digit int) bool { return digit == 1 || digit == 3 }
	}
	var ticks []tick
	for e := int(math.Floor(math.Log10(s.low))); e <= int(math.Ceil(math.Log10(s.high))); e++ {
		for digit := 1; digit < 10; digit++ {
			// parsed, as 3·10⁻² is not 0.03 to the last bit
			v, err := strconv.ParseFloat(fmt.Sprintf("%de%d", digit, e), 64)
			if err != nil || v < s.low || v > s.high {
				continue
			}
			t := tick{value: v}
			if labelled(digit) {
				t.label = format(v)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// linearTicks returns about n ticks at round numbers.
func (s scale) linearTicks(n int) []tick {
	raw := (s.high - s.low) / float64(n)
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	step := unit * 10
	for _, k := range []float64{1, 2, 5} {
		if k*unit >= raw {
			step = k * unit
			break
		}
	}
	var ticks []tick
	for i := math.Ceil(s.low / step); i*step <= s.high && len(ticks) <= 3*n; i++ {
		ticks = append(ticks, tick{i * step, format(i * step)})
	}
	return ticks
}

// format writes a number for people: 0.012, 3400, 2e-5; with three digits at
// most; – for what is no number.
func format(v float64) string {
	switch a := math.Abs(v); {
	case !finite(v):
		return "–"
	case v == 0:
		return "0"
	case a >= 1e-4 && a < 1e5:
		v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
		return strings.Replace(strconv.FormatFloat(v, 'f', -1, 64), "-", "−", 1)
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', 2, 64), "e")
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	}
	e, _ := strconv.Atoi(exponent)
	return strings.ReplaceAll(fmt.Sprintf("%se%d", mantissa, e), "-", "−")
}
