package reports_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
)

// TestFiguresOfAnEarlierReportAreRemoved holds that only those go that a report
// has written.
func TestFiguresOfAnEarlierReportAreRemoved(t *testing.T) {
	run := reports.Run{Signals: rows("c", 5, func(int, *record.Signal) {}), Figures: []reports.Figure{
		{Figure: "boxplot", X: "split"}, {Figure: "boxplot", X: "method"}}}
	dir := t.TempDir()
	write := func(opt reports.Options) []string {
		t.Helper()
		if _, err := reports.Write(dir, run, opt); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(filepath.Join(dir, "figures"))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	if n := len(write(reports.Options{PDF: true})); n != 8 {
		t.Fatalf("%d files, want 8", n)
	}
	others := []string{"01-poster.png", "boxplot-split.png", "notes.md"}
	for _, name := range others {
		if err := os.WriteFile(filepath.Join(dir, "figures", name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run.Figures = run.Figures[1:]
	got := write(reports.Options{})
	want := append(others, "01-boxplot-method.csv", "01-boxplot-method.png", "01-boxplot-method.svg")
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%v are left, want %v", got, want)
	}
}

// TestTitlesDiffer holds that figures of the same columns are told apart in the
// report by what they choose, and those with a title of their own are not.
func TestTitlesDiffer(t *testing.T) {
	signals := rows("c", 5, func(int, *record.Signal) {})
	box := reports.Figure{Figure: "boxplot", X: "noise_l2", DropBeyondIQR: 1.5}
	one, two, own := box, box, box
	one.Where = map[string]any{"operator": "inpainting", "split": []any{"test", "train"}}
	two.Where = maps.Clone(one.Where)
	two.Where["missing_fraction"] = 0.4
	two.Group = "prior"
	three := two
	three.Group, three.Scale = "", "linear"
	own.Title = "MSE per flux by noise ‖η‖₂"
	_, _, text := write(t, reports.Run{Signals: signals, Figures: []reports.Figure{one, two, three, own}})
	for _, want := range []string{
		"### 1. MSE per flux by noise ‖η‖₂\n",
		"### 2. MSE per flux by noise ‖η‖₂ and prior\n",
		"### 3. MSE per flux by noise ‖η‖₂, missing_fraction = 0.4, linear scale\n",
		"### 4. MSE per flux by noise ‖η‖₂\n",
		"| prior | noise ‖η‖₂ | median |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
}
