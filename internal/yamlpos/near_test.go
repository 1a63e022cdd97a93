package yamlpos_test

import (
	"math"
	"strings"
	"testing"

	"sedlab/internal/yamlpos"
)

func TestNear(t *testing.T) {
	known := []string{"operator", "missing_fraction", "noise", "deep.train.epochs", "train.epochs", "l2"}
	tests := map[string]string{
		"operater":                "operator",
		"Operator":                "operator",
		"missing-fraction":        "missing_fraction",
		"misisng_fraction":        "missing_fraction",
		"nosie":                   "noise",
		"epochs":                  "train.epochs",
		"a.b.epochs":              "",
		"deep.tran.epoch":         "deep.train.epochs",
		"deep.epochs":             "deep.train.epochs",
		"deep.other.train.epochs": "deep.train.epochs",
		"deep.train.operator":     "",
		"other.train.noise":       "",
		"l1":                      "l2",
		"wavelength":              "",
		"":                        "",
		strings.Repeat("x", 500):  "",
	}
	for name, want := range tests {
		if got := yamlpos.Near(name, known); got != want {
			t.Errorf("Near(%.20q) = %q, want %q", name, got, want)
		}
	}
}

func TestInterval(t *testing.T) {
	tests := []struct {
		text, phrase string
		in, out      []float64
	}{
		{"[0,1)", "in [0, 1)", []float64{0, 0.5}, []float64{-1e-9, 1, math.NaN()}},
		{"(0, 1]", "in (0, 1]", []float64{1}, []float64{0, 1.1}},
		{"[1,inf)", "≥ 1", []float64{1, 1e300}, []float64{0, math.Inf(1)}},
		{"(0,inf]", "> 0", []float64{1e-300}, []float64{0, math.Inf(1)}},
		{"(-inf,2]", "≤ 2", []float64{-1e300, 2}, []float64{math.Inf(-1), 3}},
		{"(-inf,2)", "< 2", []float64{1}, []float64{2}},
		{"(-inf,inf)", "", []float64{0}, []float64{math.Inf(1), math.NaN()}},
	}
	for _, test := range tests {
		i, err := yamlpos.ParseInterval(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if i.String() != test.phrase {
			t.Errorf("%s reads %q, want %q", test.text, i, test.phrase)
		}
		for _, v := range test.in {
			if !i.Contains(v) {
				t.Errorf("%s leaves out %g", test.text, v)
			}
		}
		for _, v := range test.out {
			if i.Contains(v) {
				t.Errorf("%s contains %g", test.text, v)
			}
		}
	}
	for _, text := range []string{"", "[", "[]", "[1]", "1,2", "[2,1]", "[a,b]", "[1,2", "[nan,1]"} {
		if _, err := yamlpos.ParseInterval(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

func TestFieldsDescribeTheFormat(t *testing.T) {
	fields := yamlpos.Fields(&config{})
	keep, ok := yamlpos.Find(fields, "keep")
	if !ok || keep.Type != yamlpos.Integer || keep.Default != "4" || keep.Words[0].Text != "all" || keep.Range.Hi != 10 {
		t.Errorf("keep is %+v", keep)
	}
	widths, ok := yamlpos.Find(fields, "widths")
	if !ok || widths.Type != yamlpos.Integer || !widths.List {
		t.Errorf("widths is %+v", widths)
	}
	left, ok := yamlpos.Find(fields, "choice.left")
	if !ok || !left.Optional || left.Type != yamlpos.Number {
		t.Errorf("choice.left is %+v", left)
	}
	if _, ok := yamlpos.Find(fields, "choice.middle"); ok {
		t.Error("found a field that is not there")
	}
	paths := strings.Join(yamlpos.Paths(fields, ""), " ")
	if !strings.Contains(paths, "inner inner.depth inner.weight choice choice.left") {
		t.Errorf("paths are %s", paths)
	}
}
