package priors_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"sedlab/priors"
)

// flat returns validation signals that are all 1, of which some fluxes were not measured.
func flat(count, dim int, measured func(i, j int) bool) priors.Data {
	d := priors.Data{Dim: dim, Seed: 3}
	for i := range count {
		for j := range dim {
			v, w := float32(1), float32(1)
			if !measured(i, j) {
				v, w = 1e6, 0
			}
			d.Validation, d.ValidationWeight = append(d.Validation, v), append(d.ValidationWeight, w)
		}
	}
	return d
}

// Each signal has one window of the asked length at a place of its own, and fluxes that were not
// measured are on neither side of it.
func TestHoldHidesWindows(t *testing.T) {
	const dim = 20
	data := flat(60, dim, func(i, j int) bool { return j != 7 })
	v := priors.Validation{Every: 1, MissingFraction: 0.3, Signals: 40}
	h, err := v.Hold(data)
	if err != nil || len(h.Row) != 40 || len(h.Flux) != 40*dim {
		t.Fatalf("%d signals, error %v", len(h.Row), err)
	}
	starts := map[int]bool{}
	for i, row := range h.Row {
		seen, hidden := h.Seen[i*dim:(i+1)*dim], h.Hidden[i*dim:(i+1)*dim]
		inside := 0
		for j := range dim {
			if hidden[j] {
				inside++
			}
			if seen[j] == hidden[j] && j != 7 || j == 7 && (seen[j] || hidden[j]) {
				t.Fatalf("signal %d: flux %d is seen: %v, hidden: %v", row, j, seen[j], hidden[j])
			}
		}
		first := slices.Index(hidden, true)
		last := dim - 1 - slices.Index(reversed(hidden), true)
		if last-first > 5 || inside < 5 || inside > 6 {
			t.Errorf("signal %d: %d fluxes from %d to %d are hidden, expected a window of 6", row, inside, first, last)
		}
		starts[first] = true
	}
	if len(starts) < 8 {
		t.Errorf("windows begin at %d places only", len(starts))
	}
	again, _ := v.Hold(data)
	data.Seed++
	if other, _ := v.Hold(data); !slices.Equal(again.Hidden, h.Hidden) || slices.Equal(other.Row, h.Row) {
		t.Error("signals and windows do not follow the seed alone")
	}
	x := slices.Repeat([]float32{1.5}, len(h.Flux))
	if loss := h.Loss(x); loss != 0.25 {
		t.Errorf("loss %g of errors of 0.5", loss)
	}
}

func reversed(list []bool) []bool {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

func TestHoldLeavesOutWhatHasNothingToHide(t *testing.T) {
	v := priors.Validation{Every: 1, MissingFraction: 0.5, Signals: 9}
	if h, err := v.Hold(flat(9, 10, func(i, _ int) bool { return i == 4 })); err != nil || !slices.Equal(h.Row, []int{4}) {
		t.Errorf("signals %v, error %v, expected the only one that was measured", h.Row, err)
	}
	if _, err := v.Hold(flat(9, 10, func(int, int) bool { return false })); err == nil || !strings.Contains(err.Error(), "no validation signal has measured fluxes") {
		t.Errorf("without any measured flux: error %v", err)
	}
}

func TestBest(t *testing.T) {
	nan := math.NaN()
	for _, tc := range []struct {
		patience int
		losses   []float64
		best     int
		stop     bool
	}{
		{2, nil, 0, false},
		{2, []float64{3, 2, 4}, 1, false},
		{2, []float64{3, 2, 4, 2}, 1, true},
		{2, []float64{3, 2, 4, 1}, 3, false},
		{0, []float64{1, 2, 3, 4}, 0, false},
		{1, []float64{nan, 5}, 1, false},
		{1, []float64{5, nan}, 0, true},
	} {
		if best, stop := (priors.Validation{Patience: tc.patience}).Best(tc.losses); best != tc.best || stop != tc.stop {
			t.Errorf("patience %d, losses %v: best %d, stop %v; expected %d, %v", tc.patience, tc.losses, best, stop, tc.best, tc.stop)
		}
	}
}

func TestValidationCheck(t *testing.T) {
	for _, tc := range []struct {
		v   priors.Validation
		key string
	}{
		{priors.Validation{}, ""},
		{priors.Validation{Every: 10, Patience: 3}, ""},
		{priors.Validation{Every: 11}, "train.validation.every"},
		{priors.Validation{Patience: 3}, "train.validation.patience"},
	} {
		errs := tc.v.Check("train.validation", 10)
		if tc.key == "" && len(errs) > 0 || tc.key != "" && (len(errs) != 1 || errs[0].Key != tc.key) {
			t.Errorf("%+v in 10 epochs: %v, expected one about %q", tc.v, errs, tc.key)
		}
	}
	v := priors.Validation{Every: 4}
	if v.Due(3) || !v.Due(8) || v.Count(11) != 2 || (priors.Validation{}).Due(4) {
		t.Error("validations are not every fourth epoch")
	}
}
