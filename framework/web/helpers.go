package web

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
)

// helpers are the functions that templates can call.
var helpers = template.FuncMap{
	"asset":  asset,
	"number": number,
	"known":  known,
	"when":   when,
	"span":   span,
	"plural": plural,
	"bytes":  bytesText,
	"letter": letter,
	"opt":    optional,
	"share":  percent,
	"plain":  plainAny,
}

// number writes a number with four digits.
func number(v float64) string {
	text := strconv.FormatFloat(v, 'g', 4, 64)
	return strings.Replace(text, "-", "−", 1)
}

// known writes a number as number does, or a dash for one that is unknown.
func known(v float64) string {
	if v != v {
		return "–"
	}
	return number(v)
}

// when writes a time as a person reads it.
func when(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04")
}

// span writes seconds with as many digits as matter.
func span(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case seconds <= 0:
		return "–"
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d < 10*time.Minute:
		return d.Round(time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

// plural counts things: 1 cell, 2 cells.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// plainAny writes a value, or the one that a pointer to a text points to, as plain does.
func plainAny(v any) string {
	if text, ok := v.(*string); ok {
		return plain(*text)
	}
	return plain(fmt.Sprint(v))
}
