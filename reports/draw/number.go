package draw

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Finite reports whether a value can be drawn.
func Finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Number writes a number for people, with at most three digits: 0.012, 3400, 2e-5.
// A number that is not finite is written as –.
func Number(v float64) string {
	switch a := math.Abs(v); {
	case !Finite(v):
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

// TwoDigits writes a number with two significant digits: 0.0050, 0.32, 12.
func TwoDigits(v float64) string {
	if a := math.Abs(v); a < 1e-4 || a >= 1e5 || !Finite(v) {
		return Number(v)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 1, 64), 64)
	decimals := 1 - int(math.Floor(math.Log10(math.Abs(rounded))))
	return strconv.FormatFloat(rounded, 'f', max(decimals, 0), 64)
}

// Exact writes a column's value so that reading it back gives the same bits. A missing
// value and NaN give the empty string.
func Exact(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return exact(v, 64)
	case float32:
		return exact(float64(v), 32)
	}
	return fmt.Sprint(v)
}

func exact(v float64, bits int) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, bits)
}
