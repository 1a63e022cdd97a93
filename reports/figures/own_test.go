package figures_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"sedlab/catalog"
	"sedlab/framework/spec"
	"sedlab/internal/record"
	"sedlab/internal/record/recordtest"
	"sedlab/reports"
	"sedlab/reports/draw"
	"sedlab/reports/figures"
	"sedlab/reports/scores"
)

// worst is a user's own score: the largest error of a flux.
var worst = scores.Kind{
	Column:  record.Column{Name: "worst", Title: "largest error", Unit: "flux", Role: record.Error, Doc: "largest |x̂ − x|"},
	Version: 1,
	Score: func(c scores.Case) (most float64) {
		for i := range c.Truth {
			most = max(most, math.Abs(float64(c.Estimate[i])-float64(c.Truth[i])))
		}
		return most
	},
}

// count is a user's own figure: the number of rows in which a score exceeds a bound.
var count = figures.Kind{Name: "count", Doc: "rows above a bound", Version: 1, New: func() figures.Config { return new(counted) }}

type counted struct {
	Y     string  `spec:"y" default:"mse" enum:"@errors"`
	Above float64 `spec:"above" default:"1"`
	By    string  `spec:"by" required:"true" names:"column"`
}

func (c *counted) Check(s figures.Sweep) []figures.KeyError {
	return s.CheckAxis("by", c.By, s.Columns.Names())
}

func (c *counted) Draw(run reports.Run) (*reports.Drawn, error) {
	n := map[any]float64{}
	for i := range run.Signals {
		by, _ := run.Signals[i].Value(run.Column(c.By).Name)
		if run.Signals[i].Score(c.Y) > c.Above {
			n[by]++
		}
	}
	csv := [][]string{{c.By, "rows"}, {"test", draw.Exact(n["test"])}, {"train", draw.Exact(n["train"])}}
	paint := func(canvas draw.Canvas) {
		canvas.FillText(draw.Label(draw.Ink, 0, 0), vg.Point{X: draw.Gap, Y: draw.Gap}, run.Axis(run.Column(c.Y)))
	}
	return &reports.Drawn{Picture: draw.Picture{Height: 100, Paint: paint, CSV: csv}, Name: "count", Default: run.Axis(run.Column(c.Y))}, nil
}

const text = `
name: own
priors: {zero: {kind: zero}}
problem: {operator: denoising}
sweep: {evaluate.split: [test, train]}
select: {metric: worst}
report:
  - {figure: boxplot, x: evaluate.split, y: worst}
  - {figure: count, y: worst, by: evaluate.split, above: 2}
`

// TestOwnFigureAndScore checks that a user's own kind of figure and score
// work like those of the project: in specs, in tables and in reports.
func TestOwnFigureAndScore(t *testing.T) {
	opt := spec.Options{Catalog: catalog.Default()}
	opt.Figures, opt.Scores = append(opt.Figures, count), append(opt.Scores, worst)
	_, err := spec.Parse([]byte(strings.Replace(text, "by: evaluate.split", "by: solver.steps", 1)), "f.yaml", opt)
	if err == nil || !strings.Contains(err.Error(), "f.yaml:9:35: report[1].by: names solver.steps, which is not swept") {
		t.Errorf("got %v", err)
	}
	_, err = spec.Parse([]byte(strings.Replace(text, "metric: worst", "metric: worse", 1)), "f.yaml", opt)
	if err == nil || !strings.Contains(err.Error(), `did you mean "worst"?`) {
		t.Errorf("got %v", err)
	}
	f, err := spec.Parse([]byte(strings.Replace(text, "select: {metric: worst}\n", "", 1)), "f.yaml", opt)
	if err != nil {
		t.Fatal(err)
	}
	if resolved, err := f.YAML(); err != nil || !strings.Contains(string(resolved), "{figure: count, y: worst, above: 2, by: evaluate.split}") {
		t.Errorf("%v: %s", err, resolved)
	}

	var rows []record.Signal
	for i, split := range []string{"test", "train", "train"} {
		of := scores.Case{Truth: []float32{1, 2}, Estimate: []float32{1, float32(4 + i)}}
		s := record.Signal{CellID: split, Prior: "zero", Split: split, SignalID: int64(i), Status: record.StatusOK}
		for _, k := range opt.Scores {
			s.Scores = append(s.Scores, record.Score{Name: k.Name, Value: k.Score(of)})
		}
		rows = append(rows, s)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "signals.parquet")
	if err := recordtest.Write(path, rows); err != nil {
		t.Fatal(err)
	}
	run := reports.Run{Columns: opt.Columns(), Figures: f.Figures()}
	if run.Signals, err = recordtest.Read[record.Signal](path); err != nil {
		t.Fatal(err)
	}
	s, err := reports.Write(t.Context(), dir, run, reports.Options{})
	if err != nil || len(s.Skipped) > 0 || len(s.Figures) != 2 {
		t.Fatalf("%v, skipped %v, figures %v", err, s.Skipped, s.Figures)
	}
	for path, want := range map[string]string{
		s.Report:                              "### 2. largest error [normalised flux]\n",
		dir + "/figures/02-count.csv":         "evaluate.split,rows\ntest,0\ntrain,2\n",
		dir + "/figures/01-boxplot-split.csv": "\nzero,train,2,0,0,3,",
	} {
		if got, err := os.ReadFile(path); err != nil || !strings.Contains(string(got), want) {
			t.Errorf("%s: %v, lacks %q:\n%s", path, err, want, got)
		}
	}
}
