package figures

import (
	"cmp"
	"encoding/csv"
	"image/png"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/scores"
)

// signal is a signal that was reconstructed well, with the given error.
func signal(cell string, id int, mse float64) record.Signal {
	nan := math.NaN()
	return record.Signal{
		CellID: cell, Prior: "glo", PriorHash: "ab", Operator: "inpainting", Method: "projection", Lambda: nan,
		Split: "test", SignalID: int64(id), Level: 0.4, MissingFraction: 0.4,
		Scores:    []record.Score{{Name: "mse", Value: mse}, {Name: "mse_missing", Value: nan}},
		Converged: true, Status: record.StatusOK, Seconds: 0.5,
	}
}

// rows makes n rows of a cell by changing those of signal.
func rows(cell string, n int, change func(i int, s *record.Signal)) []record.Signal {
	out := make([]record.Signal, n)
	for i := range out {
		out[i] = signal(cell, i, 0.001*float64(i+1))
		change(i, &out[i])
	}
	return out
}

// plot is a boxplot with the defaults of a spec, except that it drops nothing.
func plot(c boxplot) Figure {
	c.Y, c.Scale = cmp.Or(c.Y, "mse"), cmp.Or(c.Scale, "auto")
	return Figure{"boxplot", &c}
}

// show is a figure of reconstructions with the defaults of a spec.
func show(c reconstructions) Figure {
	c.Signals = cmp.Or(c.Signals, 4)
	return Figure{"reconstructions", &c}
}

// columns are those of the rows that signal makes.
var columns = scores.Columns([]scores.Kind{scores.MSE, scores.MSEMissing})

func write(t *testing.T, run reports.Run) (dir string, s *reports.Summary, text string) {
	t.Helper()
	dir = t.TempDir()
	run.Columns = columns
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

// table reads a figure's CSV as one map per row.
func table(t *testing.T, figure string) (table []map[string]string) {
	t.Helper()
	f, err := os.Open(strings.TrimSuffix(figure, ".png") + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records[1:] {
		m := map[string]string{}
		for i, field := range r {
			m[records[0][i]] = field
		}
		table = append(table, m)
	}
	return table
}

func parse(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// checkImage checks that a PNG decodes to about 16 cm at 220 dpi.
func checkImage(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if s := img.Bounds().Size(); s.X < 1300 || s.X > 1450 || s.Y < 300 || s.Y > 4000 {
		t.Errorf("%s has %d × %d pixels", path, s.X, s.Y)
	}
}
