package app_test

import (
	"slices"
	"strings"
	"testing"

	"sedlab/framework/app"
)

// Settings are compared by the conditions that all share, of one split; if there are none, the
// result says so.
func TestSettingsShareConditions(t *testing.T) {
	head, _, _ := strings.Cut(small, "sweep:")
	for sweep, want := range map[string]struct {
		shared, under, rows int
		conditions          string
	}{
		`[{problem.missing_fraction: [0.2, 0.4, 0.6], evaluate.split: [test, train]}, {problem.missing_fraction: [0.2, 0.4], evaluate.split: test, solver.method: regularization}]`: {2, 6, 8, "problem.missing_fraction"},
		`[{problem.missing_fraction: 0.2}, {problem.missing_fraction: 0.4, solver.method: regularization}]`:                                                                         {0, 2, 4, "problem.missing_fraction"},
	} {
		a, ref := open(t, head+"sweep: "+sweep+"\n")
		r, err := a.Run(t.Context(), ref, app.RunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := a.Search(t.Context(), r.ID, "glo", "")
		if err != nil || len(s.Settings) != 2 || s.Shared != want.shared || s.Under != want.under || !slices.Equal(s.Splits, []string{"test"}) || strings.Join(s.Conditions, ",") != want.conditions {
			t.Errorf("%s: %+v, %v", sweep, s, err)
			continue
		}
		for _, setting := range s.Settings {
			if setting.Rows != want.rows {
				t.Errorf("%s: %v is judged by %d rows", sweep, setting.Set, setting.Rows)
			}
		}
	}
}
