package reports

import (
	"math"
	"testing"

	"sedlab/internal/record"
)

// A share of independent signals has the interval of a binomial; fluxes of one signal are not
// independent, and signals that several cells have are drawn together.
func TestShareIntervalsResampleSignals(t *testing.T) {
	var examples []*record.Example
	var hits []Hits
	for _, cell := range []string{"a", "b"} {
		for id := range 400 {
			examples = append(examples, &record.Example{CellID: cell, Split: "test", SignalID: int64(id)})
			hits = append(hits, Hits{Within: []int{0, 50 * (id % 2), 50}, All: 50})
		}
	}
	got := Run{SameData: true}.ShareIntervals(examples, hits)
	if got[0] != (Interval{0, 0, 0}) || got[2] != (Interval{1, 1, 1}) {
		t.Errorf("shares of none and all: %v", got)
	}
	half := 1.96 * math.Sqrt(0.25/400)
	if v := got[1]; v.Value != 0.5 || math.Abs(v.Low-0.5+half) > 0.006 || math.Abs(v.High-0.5-half) > 0.006 {
		t.Errorf("interval %v, expected 0.5 ± %.3f", v, half)
	}
	if v := (Run{}).ShareIntervals(examples[:7], hits[:7])[1]; v.Value != 3.0/7 || !math.IsNaN(v.Low) || !math.IsNaN(v.High) {
		t.Errorf("interval of 7 signals: %v", v)
	}
}
