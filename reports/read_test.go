package reports

import (
	"errors"
	"strings"
	"testing"
)

// What is read from a report is what was written into it.
func TestReadReport(t *testing.T) {
	title, caption := "a | b [x](y) <i>", []string{"Boxes: quartiles [1][2].", "Whiskers ]: 1.5 IQR."}
	sections := []section{
		{base: "01-boxplot", heading: title, drawn: &Drawn{Caption: caption}},
		{base: "02-own", heading: "own", drawn: &Drawn{}, skipped: errors.New("too many | boxes")},
	}
	claims := []Claim{{Prior: "glo", Claim: "It is low.", Rule: "It holds if a < b."}}
	lines := strings.Split(markdown(Run{Name: "x"}, sections, &Summary{Claims: claims, Findings: &Findings{}}), "\n")
	if gotTitle, got := Caption(lines, "01-boxplot"); gotTitle != title || got != strings.Join(caption, " ") {
		t.Errorf("%q: %q", gotTitle, got)
	}
	if gotTitle, got := Caption(lines, "02-own"); gotTitle != "02-own" || got != "Not drawn: too many | boxes" {
		t.Errorf("%q: %q", gotTitle, got)
	}
	if gotTitle, got := Caption(lines, "03-none"); gotTitle != "03-none" || got != "" {
		t.Errorf("%q: %q", gotTitle, got)
	}
	if got := Rule(lines, "It is low."); got != claims[0].Rule {
		t.Errorf("%q", got)
	}
}
