package reports_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"sedlab/internal/rank"
	"sedlab/internal/record"
	"sedlab/reports"
)

func TestReportListsTheBestSettings(t *testing.T) {
	var signals []record.Signal
	for i, mse := range []float64{7, 2, math.NaN(), 3, 1, 6, 5} {
		signals = append(signals, rows(string(rune('a'+i)), 3, func(_ int, s *record.Signal) {
			s.Scores[0].Value = mse
			if math.IsNaN(mse) {
				s.Status = "failed: the loss is not finite"
			}
			s.Sweep = map[string]any{"priors.glo.train.lr_codes": 0.0123456 * float64(i+1), "priors.glo.train.epochs": 9.0}
		})...)
	}
	choose := rank.Criterion{
		Prior: "glo", Metric: "mse", Statistic: "median",
		Settings: []string{"sweep.priors.glo.train.lr_codes"}, Resource: "sweep.priors.glo.train.epochs",
	}
	_, s, text := write(t, reports.Run{ID: "x", Name: "x", Signals: signals, Choose: &choose})
	if len(s.Best) != 5 || s.Best[0].String() != "priors.glo.train.lr_codes = 0.061728, priors.glo.train.epochs = 9" ||
		s.Best[0].Score != 1 || s.Best[0].Rows != 3 || s.Best[0].By != "median mse" {
		t.Errorf("best: %+v", s.Best)
	}
	if _, err := json.Marshal(s); err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		"7 settings tried, 1 failed", "| 1 | 0.061728 | 9 | 1 | 3 | 0 |", "| 5 | 0.0740736 | 9 | 6 | 3 | 0 |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%.1500s", want, text)
		}
	}
	if strings.Contains(text, "\n| 6 |") {
		t.Error("more than five settings are listed")
	}
	_, s, text = write(t, reports.Run{ID: "x", Name: "x", Signals: signals})
	if s.Best != nil || strings.Contains(text, "best settings") {
		t.Error("a run that chooses nothing has a best setting")
	}
}
