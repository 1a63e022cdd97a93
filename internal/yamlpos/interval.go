package yamlpos

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Interval is a range of numbers. Infinite ends are never part of it.
type Interval struct {
	Lo, Hi         float64
	LoOpen, HiOpen bool // the end itself is left out
}

// everything is the range of a field that declares none.
var everything = Interval{Lo: math.Inf(-1), Hi: math.Inf(1), LoOpen: true, HiOpen: true}

// ParseInterval reads "[0,1)", "(0, inf)" and the like.
func ParseInterval(text string) (Interval, error) {
	bad := fmt.Errorf("range %q: expected an interval such as [0,1)", text)
	if len(text) < 2 || !strings.ContainsRune("[(", rune(text[0])) || !strings.ContainsRune("])", rune(text[len(text)-1])) {
		return Interval{}, bad
	}
	lo, hi, found := strings.Cut(text[1:len(text)-1], ",")
	l, errLo := strconv.ParseFloat(strings.TrimSpace(lo), 64)
	h, errHi := strconv.ParseFloat(strings.TrimSpace(hi), 64)
	if !found || errLo != nil || errHi != nil || !(l <= h) {
		return Interval{}, bad
	}
	return Interval{
		Lo: l, LoOpen: text[0] == '(' || math.IsInf(l, 0),
		Hi: h, HiOpen: text[len(text)-1] == ')' || math.IsInf(h, 0),
	}, nil
}

// Contains reports whether v is in the interval. NaN is in no interval.
func (i Interval) Contains(v float64) bool {
	above := v > i.Lo || (v == i.Lo && !i.LoOpen)
	below := v < i.Hi || (v == i.Hi && !i.HiOpen)
	return above && below
}

// String returns the interval for a person: "in [0, 1)", "≥ 1", "> 0", or "" for all
// numbers.
func (i Interval) String() string {
	switch {
	case math.IsInf(i.Lo, 0) && math.IsInf(i.Hi, 0):
		return ""
	case math.IsInf(i.Hi, 0) && i.LoOpen:
		return "> " + number(i.Lo)
	case math.IsInf(i.Hi, 0):
		return "≥ " + number(i.Lo)
	case math.IsInf(i.Lo, 0) && i.HiOpen:
		return "< " + number(i.Hi)
	case math.IsInf(i.Lo, 0):
		return "≤ " + number(i.Hi)
	}
	open, end := "[", "]"
	if i.LoOpen {
		open = "("
	}
	if i.HiOpen {
		end = ")"
	}
	return "in " + open + number(i.Lo) + ", " + number(i.Hi) + end
}
