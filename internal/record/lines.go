package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"
)

// few is the most rows that Lines writes: the footer of a Parquet file takes as much time as
// that many rows.
const few = 16

// maxLine bounds the bytes of a row that DecodeLines reads.
const maxLine = maxText + maxScores*100

// Lines returns a few rows as JSON, one per line: their columns by name, but for those without
// a value, and then their scores. Such text is written and read much faster than a Parquet
// file. It holds no swept keys. ok is false if there are more rows than a few, or none, or if
// JSON cannot hold them.
func Lines(rows []Signal) (text []byte, ok bool) {
	if len(rows) == 0 || len(rows) > few {
		return nil, false
	}
	for i := range rows {
		row := &rows[i]
		if len(row.Sweep) > 0 {
			return nil, false
		}
		open := byte('{')
		for k, c := range signals.columns {
			f := signals.field(row, k)
			if sameScalar(f, signals.field(&signals.blank, k)) {
				continue
			}
			if f.Kind() == reflect.String && !utf8.ValidString(f.String()) {
				return nil, false
			}
			text = appendScalar(appendName(text, &open, c.Name), f)
		}
		for _, s := range row.Scores {
			text = appendNumber(appendName(text, &open, s.Name), s.Value)
		}
		if open == '{' {
			text = append(text, open)
		}
		text = append(text, '}', '\n')
	}
	return text, true
}

// sameScalar reports whether two fields have the same bits; any two NaN are the same.
func sameScalar(a, b reflect.Value) bool {
	if !a.CanFloat() {
		return a.Equal(b)
	}
	x, y := a.Float(), b.Float()
	return math.Float64bits(x) == math.Float64bits(y) || math.IsNaN(x) && math.IsNaN(y)
}

// appendName appends the name of a member of an object. open is what goes before it.
func appendName(text []byte, open *byte, name string) []byte {
	text = append(text, *open, '"')
	*open = ','
	return append(append(text, name...), '"', ':')
}

func appendScalar(text []byte, f reflect.Value) []byte {
	switch {
	case f.CanFloat():
		return appendNumber(text, f.Float())
	case f.CanInt():
		return strconv.AppendInt(text, f.Int(), 10)
	case f.CanUint():
		return strconv.AppendUint(text, f.Uint(), 10)
	}
	value, _ := json.Marshal(f.Interface()) // a text or a boolean: it cannot fail
	return append(text, value...)
}

// appendNumber appends a number so that it reads back with the same bits. What is no number in
// JSON is null, or a text.
func appendNumber(text []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(text, "null"...)
	case math.IsInf(v, 0):
		return append(strconv.AppendFloat(append(text, '"'), v, 'g', -1, 64), '"')
	}
	return strconv.AppendFloat(text, v, 'g', -1, 64)
}

// DecodeLines reads rows that Lines wrote. Their scores are in the order of the names. Errors
// name the column.
func DecodeLines(text []byte) (rows []Signal, err error) {
	if len(text) > few*maxLine {
		return nil, fmt.Errorf("has %d bytes; expected at most %d", len(text), few*maxLine)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // a float64 would round large seeds
	for {
		var values map[string]any
		if err := d.Decode(&values); err != nil {
			if errors.Is(err, io.EOF) && len(rows) > 0 {
				return rows, nil
			}
			return nil, fmt.Errorf("row %d: %w", len(rows), err)
		}
		if len(rows) == few || values == nil {
			return nil, fmt.Errorf("row %d: expected at most %d objects", len(rows), few)
		}
		row, err := rowOf(values)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", len(rows), err)
		}
		rows = append(rows, row)
	}
}

// rowOf returns the row with the given values of columns and scores.
func rowOf(values map[string]any) (row Signal, err error) {
	row = signals.blank
	for _, name := range slices.Sorted(maps.Keys(values)) {
		var wrong error
		if i, ok := signals.index[name]; ok {
			wrong = setScalar(signals.field(&row, i), values[name])
		} else {
			score := Score{Name: name}
			wrong = setScalar(reflect.ValueOf(&score.Value).Elem(), values[name])
			row.Scores = append(row.Scores, score)
		}
		if wrong != nil {
			return row, fmt.Errorf("column %q: %w", name, wrong)
		}
	}
	if len(row.Scores) > maxScores {
		return row, fmt.Errorf("more than %d columns of errors", maxScores)
	}
	return row, nil
}

// setScalar sets a field to a value as JSON has it: a text, a boolean, a json.Number, or nil.
func setScalar(f reflect.Value, v any) (err error) {
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	truth, isTruth := v.(bool)
	switch {
	case f.CanFloat() && v == nil:
		f.SetFloat(math.NaN())
	case f.CanFloat() && (isText || isNumber):
		var x float64
		x, err = strconv.ParseFloat(text+number.String(), 64)
		f.SetFloat(x)
	case f.CanInt() && isNumber:
		var n int64
		n, err = strconv.ParseInt(number.String(), 10, f.Type().Bits())
		f.SetInt(n)
	case f.CanUint() && isNumber:
		var n uint64
		n, err = strconv.ParseUint(number.String(), 10, 64)
		f.SetUint(n)
	case f.Kind() == reflect.Bool && isTruth:
		f.SetBool(truth)
	case f.Kind() == reflect.String && isText:
		f.SetString(text)
	default:
		err = fmt.Errorf("got %v, expected a %s", v, f.Kind())
	}
	return err
}
