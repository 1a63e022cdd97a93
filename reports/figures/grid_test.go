package figures

import (
	"testing"

	"sedlab/reports"
	"sedlab/reports/draw"
	"sedlab/reports/scores"
)

// The names of scores are not cut off beside a panel; a long one has its unit below it.
func TestTitlesOfScoresFit(t *testing.T) {
	text, two := draw.Label(draw.Ink, 0, 0), 0
	for _, k := range []scores.Kind{
		scores.MSE, scores.MSETruth, scores.MSEMissing, scores.MSEObserved, scores.MSEMeasured, scores.MSEOracle,
		scores.Coverage68, scores.Coverage95, scores.ZScore, scores.MeasurementLoss,
	} {
		lines := titleLines("median " + reports.Run{}.Axis(k.Column))
		two += one(len(lines) == 2 && lines[1] == "[normalised flux²]")
		for _, line := range lines {
			if draw.Fit(text, line, panelHeight) != line {
				t.Errorf("%s: %q is %v wide, of %v", k.Name, line, text.Width(line), panelHeight)
			}
		}
	}
	if lines := titleLines("MSE per flux [flux²]"); two < 2 || len(lines) != 1 {
		t.Errorf("%d titles of two lines, and %q", two, lines)
	}
}
