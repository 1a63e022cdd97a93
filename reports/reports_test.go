package reports_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// row is a signal that was reconstructed well, with the given error.
func row(cell string, id int, mse float64) record.Signal {
	nan := math.NaN()
	return record.Signal{
		CellID: cell, Prior: "glo", PriorHash: "ab", Operator: "inpainting", Method: "projection", Lambda: nan,
		Split: "test", SignalID: int64(id), Level: 0.4, MissingFraction: 0.4,
		Scores:    []record.Score{{Name: "mse", Value: mse}, {Name: "mse_missing", Value: nan}},
		Converged: true, Status: record.StatusOK, Seconds: 0.5,
	}
}

// rows makes n rows of a cell by changing those of row.
func rows(cell string, n int, change func(i int, s *record.Signal)) []record.Signal {
	out := make([]record.Signal, n)
	for i := range out {
		out[i] = row(cell, i, 0.001*float64(i+1))
		change(i, &out[i])
	}
	return out
}

// fake is a figure that shows nothing, or cannot be drawn.
type fake struct {
	name string
	err  error
}

func (f fake) Name() string { return f.name }
func (f fake) Draw(reports.Run) (*reports.Drawn, error) {
	picture := draw.Picture{Height: 100, Paint: func(draw.Canvas) {}, CSV: [][]string{{"a"}}}
	return &reports.Drawn{Picture: picture, Name: f.name, Default: f.name}, f.err
}

func write(t *testing.T, run reports.Run) (dir string, s *reports.Summary, text string) {
	t.Helper()
	dir = t.TempDir()
	s, err := reports.Write(t.Context(), dir, run, reports.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(s.Report)
	if err != nil {
		t.Fatal(err)
	}
	return dir, s, string(b)
}

// wild is a figure whose kind panics when it is drawn, or painted.
type wild struct{ painted bool }

func (wild) Name() string { return "wild" }
func (w wild) Draw(reports.Run) (*reports.Drawn, error) {
	if !w.painted {
		panic("boo")
	}
	picture := draw.Picture{Height: 100, Paint: func(draw.Canvas) { panic("boo") }}
	return &reports.Drawn{Picture: picture, Name: "wild", Default: "wild"}, nil
}

func TestFigureThatPanicsIsSkipped(t *testing.T) {
	_, s, text := write(t, reports.Run{Figures: []reports.Figure{wild{}, fake{name: "bar"}, wild{painted: true}}})
	if len(s.Skipped) != 2 || len(s.Figures) != 1 {
		t.Fatalf("skipped %v, figures %v", s.Skipped, s.Figures)
	}
	for i, want := range []string{"figure 1 (wild): panic: boo", "figure 3 (wild): panic: boo"} {
		if got := s.Skipped[i].Error(); got != want || !strings.Contains(text, "Not drawn: "+want) {
			t.Errorf("skipped: %q, expected %q, and that the report says so:\n%s", got, want, text)
		}
	}
}

func TestFigureThatCannotBeDrawnIsSkipped(t *testing.T) {
	_, s, text := write(t, reports.Run{Figures: []reports.Figure{fake{"pie", errors.New("no | dough")}, fake{name: "bar"}}})
	if len(s.Skipped) != 1 || s.Skipped[0].Error() != "figure 1 (pie): no | dough" || len(s.Figures) != 1 {
		t.Errorf("skipped %v, figures %v", s.Skipped, s.Figures)
	}
	for _, want := range []string{"Not drawn: figure 1 (pie): no \\| dough", "### 2. bar\n", "](figures/02-bar.png)"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
}

// A reader wants the question, what to beware of, verdicts and figures first.
func TestOrderOfTheReport(t *testing.T) {
	_, _, text := write(t, reports.Run{
		Question: "why?", Caveats: []string{"beware"}, Settings: [][2]string{{"seed", "0"}}, Claims: []string{"glo"},
		Signals: rows("c", 9, func(i int, s *record.Signal) {
			if i == 0 {
				s.Status = "not finite"
			}
		}),
		Figures: []reports.Figure{fake{name: "bar"}},
	})
	last := 0
	for _, want := range []string{"why?", "**Note:** beware", "the paper's claim |", "## Figures", "## The paper's claims", "## Failures", "## All cells", "## Settings"} {
		if at := strings.Index(text, want); at < last {
			t.Errorf("%q is missing or too early in:\n%s", want, text)
		} else {
			last = at
		}
	}
}

// TestFiguresOfAnEarlierReportAreRemoved checks that only figures that a report has
// written are removed.
func TestFiguresOfAnEarlierReportAreRemoved(t *testing.T) {
	run := reports.Run{Signals: rows("c", 5, func(int, *record.Signal) {}), Figures: []reports.Figure{fake{name: "boxplot-split"}, fake{name: "boxplot-method"}}}
	dir := t.TempDir()
	write := func(opt reports.Options) []string {
		t.Helper()
		if _, err := reports.Write(t.Context(), dir, run, opt); err != nil {
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

func TestWriteNamesFolderThatIsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := reports.Write(t.Context(), path, reports.Run{}, reports.Options{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v; want an error that names %s", err, path)
	}
}
