package reports

import (
	"fmt"
	"math"
	"strconv"
)

// csv returns the boxes' statistics to the last bit; an empty field is "none".
func (b *boxes) csv() [][]string {
	columns, keys := b.keys()
	header := append(append([]string{}, columns...),
		"n", "n_left_out", "n_failed", "min", "q1", "median", "q3", "max", "mean", "whisker_low", "whisker_high")
	records := [][]string{header}
	for _, x := range b.boxes {
		var r []string
		for _, key := range keys {
			r = append(r, exact(key(x)))
		}
		for _, n := range []int{x.N, x.LeftOut, x.Failed} {
			r = append(r, strconv.Itoa(n))
		}
		for _, v := range []float64{x.Min, x.Q1, x.Median, x.Q3, x.Max, x.Mean, x.WhiskerLow, x.WhiskerHigh} {
			r = append(r, exact(v))
		}
		records = append(records, r)
	}
	return records
}

// keys returns the columns that tell the boxes apart, and a box's values of them.
func (b *boxes) keys() (columns []string, keys []func(*box) any) {
	add := func(column string, key func(*box) any) {
		if column != "" {
			columns, keys = append(columns, column), append(keys, key)
		}
	}
	add(b.panelColumn, func(x *box) any { return x.panel })
	add(b.xColumn, func(x *box) any { return x.x })
	add(b.groupColumn, func(x *box) any { return x.group })
	return columns, keys
}

// table returns the statistics for the report.
func (b *boxes) table(normalize string) [][]string {
	columns, keys := b.keys()
	var header []string
	for _, c := range columns {
		header = append(header, groupHeader(c))
	}
	rows := [][]string{append(header, "median", "IQR", "mean", "whiskers", "n", "left out", "failed")}
	for _, x := range b.boxes {
		var r []string
		for i, key := range keys {
			r = append(r, category(columns[i], key(x)))
		}
		rows = append(rows, append(r,
			format(x.Median), format(x.Q3-x.Q1), format(x.Mean), format(x.WhiskerLow)+" … "+format(x.WhiskerHigh),
			strconv.Itoa(x.N), strconv.Itoa(x.LeftOut), strconv.Itoa(x.Failed)))
	}
	return rows
}

// groupHeader names a key column of a table, as the tables of cells do; a share
// is given in percent.
func groupHeader(column string) string {
	switch column {
	case "missing_fraction":
		return "missing [%]"
	case "noise_l2":
		return "noise ‖η‖₂"
	}
	return keyOf(column)
}

// exact writes a value so that reading it gives the same bits; none is empty.
func exact(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		if math.IsNaN(v) {
			return ""
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}

// twoDigits writes a number with two significant digits: 0.0050, 0.32, 12.
func twoDigits(v float64) string {
	if a := math.Abs(v); a < 1e-4 || a >= 1e5 || !finite(v) {
		return format(v)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 1, 64), 64)
	decimals := 1 - int(math.Floor(math.Log10(math.Abs(rounded))))
	return strconv.FormatFloat(rounded, 'f', max(decimals, 0), 64)
}
