package app_test

import (
	"strings"
	"testing"

	"sedlab/framework/app"
)

// A table that is too large is refused with its name, and the rest of the run is shown.
func TestMaxTable(t *testing.T) {
	a, ref := open(t, small)
	if _, err := a.Run(t.Context(), ref, app.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	a.MaxTable = 1000
	s, err := a.Show(t.Context(), "latest")
	if err != nil || !is[*app.LargeTableError](s.Problem) || !strings.Contains(s.Problem.Error(), "signals.parquet") || s.Spec == nil {
		t.Errorf("show: %+v, %v", s, err)
	}
	if _, err := a.Diff(t.Context(), "latest", "latest", "mse"); !is[*app.LargeTableError](err) {
		t.Errorf("diff: %v", err)
	}
	if _, err := a.Report(t.Context(), "latest", false); !is[*app.LargeTableError](err) {
		t.Errorf("report: %v", err)
	}
	a.MaxTable = 1 << 20
	if s, err := a.Show(t.Context(), "latest"); err != nil || s.Problem != nil {
		t.Errorf("within the limit: %v, %v", s.Problem, err)
	}
}
