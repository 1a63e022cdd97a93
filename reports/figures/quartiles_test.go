package figures

import (
	"encoding/json"
	"os"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
)

// TestQuartilesAreNumPys holds the boxes' statistics to numbers that
// testdata/quartiles.py recorded from NumPy, to the last bit.
func TestQuartilesAreNumPys(t *testing.T) {
	b, err := os.ReadFile("testdata/quartiles.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Cases []struct {
			Values         []float64
			Q1, Median, Q3 float64
			LeftOut        int     `json:"left_out"`
			WhiskerLow     float64 `json:"whisker_low"`
			WhiskerHigh    float64 `json:"whisker_high"`
		}
	}
	if err := json.Unmarshal(b, &recorded); err != nil {
		t.Fatal(err)
	}
	var signals []record.Signal
	for k, c := range recorded.Cases {
		for i, v := range c.Values {
			s := signal("c", i, v)
			s.NoiseL2 = float64(k)
			signals = append(signals, s)
		}
	}
	_, s, _ := write(t, reports.Run{Signals: signals, Figures: []reports.Figure{
		plot(boxplot{X: "noise_l2", DropBeyondIQR: 1.5})}})
	boxes := table(t, s.Figures[0])
	if len(boxes) != len(recorded.Cases) || len(boxes) < 10 {
		t.Fatalf("%d boxes, %d cases", len(boxes), len(recorded.Cases))
	}
	for k, c := range recorded.Cases {
		want := map[string]float64{"n": float64(len(c.Values)), "q1": c.Q1, "median": c.Median, "q3": c.Q3,
			"n_left_out": float64(c.LeftOut), "whisker_low": c.WhiskerLow, "whisker_high": c.WhiskerHigh}
		for column, v := range want {
			if got := parse(t, boxes[k][column]); got != v {
				t.Errorf("case %d: %s is %v, NumPy has %v", k, column, got, v)
			}
		}
	}
}
