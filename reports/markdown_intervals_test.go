package reports_test

import (
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
)

// The report has the mean share of fluxes within intervals, and the factor that scaled them. A
// signal that failed and a prior without intervals do not count.
func TestIntervals(t *testing.T) {
	with := func(s *record.Signal) {
		if s.SignalID == 9 {
			s.Status = "not finite"
		}
		share := 0.6 + 0.02*float64(s.SignalID) // 0.6 to 0.76
		s.SigmaScale = 1.25
		s.Scores = append(s.Scores, record.Score{Name: "coverage_68", Value: share}, record.Score{Name: "coverage_95", Value: 0.9}, record.Score{Name: "z_score", Value: 2})
	}
	_, _, text := write(t, reports.Run{Signals: cellsTogether(cellOf("vad", "a", 10, 0, with), cellOf("pca", "b", 10, 0, same))})
	for _, want := range []string{"## Intervals", "Where there is a *factor*", "| inpainting, 40 % missing, test | vad | 9 | 68 % | 60 % … 76 % | 90 % | 2 | 1.25 |\n\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	if _, _, text := write(t, reports.Run{Signals: cellOf("pca", "b", 10, 0, same)}); strings.Contains(text, "## Intervals") {
		t.Errorf("there are no intervals, but the report has them:\n%s", text)
	}
}
