package draw

import (
	"fmt"
	"math"
	"strconv"
)

// Scale maps values from Low to High to [0, 1], linearly or by their logarithm.
type Scale struct {
	Low, High float64
	Log       bool
}

// logDecades is the number of decades from which the automatic scale is logarithmic.
const logDecades = 1.5

// NewScale returns a scale that covers the values, with a margin. kind is log, linear
// or auto; auto chooses log for positive values that span several decades. On a
// logarithmic scale, values that are not positive lie on the lower edge.
func NewScale(values []float64, kind string) Scale {
	low, high, least := math.Inf(1), math.Inf(-1), math.Inf(1)
	for _, v := range values {
		if !Finite(v) {
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
		return Scale{Low: max(least/margin, math.SmallestNonzeroFloat64), High: min(high*margin, math.MaxFloat64), Log: true}
	}
	if low > high { // nothing to show
		low, high = 0, 1
	}
	margin := 0.05 * (high - low)
	if margin == 0 || math.IsInf(margin, 0) {
		margin = max(0.5*math.Abs(high), 1e-12)
	}
	if low >= 0 && low < 0.4*high { // close enough to zero to include it
		low = margin
	}
	return Scale{Low: max(low-margin, -math.MaxFloat64), High: min(high+margin, math.MaxFloat64)}
}

// Position returns the position of a value, from 0 at the low end to 1 at the high end.
func (s Scale) Position(v float64) float64 {
	switch {
	case s.Log && v <= s.Low:
		return 0
	case s.Log && math.IsInf(s.High/s.Low, 0): // too far apart for float64
		return (math.Log(v) - math.Log(s.Low)) / (math.Log(s.High) - math.Log(s.Low))
	case s.Log:
		return math.Log(v/s.Low) / math.Log(s.High/s.Low)
	case math.IsInf(s.High-s.Low, 0):
		return (v/2 - s.Low/2) / (s.High/2 - s.Low/2)
	}
	return (v - s.Low) / (s.High - s.Low)
}

// Tick is a mark on an axis; a minor one has no label.
type Tick struct {
	Value float64
	Label string
}

// Ticks returns the marks of a scale.
func (s Scale) Ticks() []Tick {
	if !s.Log || s.High < 3*s.Low { // too short a range for ticks at 1, 2 and 5 times powers of ten
		return s.LinearTicks(5)
	}
	labelled := func(digit int) bool { return digit == 1 }
	switch decades := math.Log10(s.High / s.Low); {
	case decades < 1.2:
		labelled = func(digit int) bool { return digit == 1 || digit == 2 || digit == 5 }
	case decades < 2.2:
		labelled = func(digit int) bool { return digit == 1 || digit == 3 }
	}
	var ticks []Tick
	for e := int(math.Floor(math.Log10(s.Low))); e <= int(math.Ceil(math.Log10(s.High))); e++ {
		for digit := 1; digit < 10; digit++ {
			// parsed, because 3·10⁻² is not 0.03 to the last bit
			v, err := strconv.ParseFloat(fmt.Sprintf("%de%d", digit, e), 64)
			if err != nil || v < s.Low || v > s.High {
				continue
			}
			t := Tick{Value: v}
			if labelled(digit) {
				t.Label = Number(v)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// LinearTicks returns about n marks at round numbers, at least two.
func (s Scale) LinearTicks(n int) []Tick {
	raw := (s.High - s.Low) / float64(n)
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	step := unit * 10
	for _, k := range []float64{1, 2, 5} {
		if k*unit >= raw {
			step = k * unit
			break
		}
	}
	var ticks []Tick
	for i := math.Ceil(s.Low / step); i*step <= s.High && len(ticks) <= 3*n; i++ {
		ticks = append(ticks, Tick{i * step, Number(i * step)})
	}
	if len(ticks) < 2 && n < 5 { // a step is less than 2.5 times raw
		return s.LinearTicks(n + 1)
	}
	return ticks
}
