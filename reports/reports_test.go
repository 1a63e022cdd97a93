package reports_test

import (
	"encoding/csv"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
)

// row is a signal that was reconstructed well, with the given error.
func row(cell string, id int, mse float64) record.Signal {
	nan := math.NaN()
	return record.Signal{
		CellID: cell, Prior: "glo", PriorHash: "ab", Operator: "inpainting", Method: "projection", Lambda: nan,
		Split: "test", SignalID: int64(id), Level: 0.4, MissingFraction: 0.4, MSE: mse, MSEMissing: nan,
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

func write(t *testing.T, run reports.Run) (dir string, s *reports.Summary, text string) {
	t.Helper()
	dir = t.TempDir()
	s, err := reports.Write(dir, run, reports.Options{})
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

func number(t *testing.T, s string) float64 {
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

func TestBoxplotIsGroupedAndOrdered(t *testing.T) {
	var signals []record.Signal
	for _, split := range []string{"test", "train"} {
		for _, missing := range []float64{0.9, 0.1} { // not sorted
			signals = append(signals, rows(split+fmt.Sprint(missing), 3, func(i int, s *record.Signal) {
				s.Split, s.MissingFraction = split, missing
			})...)
		}
	}
	_, s, text := write(t, reports.Run{Signals: signals, Normalize: "rms", Figures: []reports.Figure{
		{Figure: "boxplot", X: "missing_fraction", Group: "split", Y: "mse", DropBeyondIQR: 1.5}}})
	if len(s.Figures) != 1 || len(s.Skipped) != 0 {
		t.Fatalf("figures %v, skipped %v", s.Figures, s.Skipped)
	}
	checkImage(t, s.Figures[0])
	var got []string
	for _, r := range table(t, s.Figures[0]) {
		got = append(got, r["prior"]+" "+r["missing_fraction"]+" "+r["split"]+" "+r["n"]+" "+r["median"])
	}
	want := "glo 0.1 test 3 0.002, glo 0.1 train 3 0.002, glo 0.9 test 3 0.002, glo 0.9 train 3 0.002"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got %s; want %s", s, want)
	}
	if !strings.Contains(text, "](figures/01-boxplot-missing_fraction.png)") {
		t.Error("the report does not show the figure")
	}
}

func TestFailedSignalsAreCounted(t *testing.T) {
	signals := rows("c", 5, func(i int, s *record.Signal) {
		switch i {
		case 0:
			s.Status, s.MSE, s.NoiseL2 = "not finite", math.NaN(), math.NaN()
		case 1:
			s.MSE = math.Inf(1)
		default:
			s.NoiseL2 = 2
		}
	})
	_, s, text := write(t, reports.Run{Signals: signals, Figures: []reports.Figure{{Figure: "boxplot", X: "noise_l2"}}})
	boxes := table(t, s.Figures[0])
	// The failed signal has no noise of its own, and belongs to its cell's box.
	if n := len(boxes); n != 2 {
		t.Fatalf("%d boxes: %v", n, boxes)
	}
	failed := 0
	for _, b := range boxes {
		failed += int(number(t, b["n_failed"]))
	}
	if failed != 2 {
		t.Errorf("%d failed, want 2: %v", failed, boxes)
	}
	if !strings.Contains(text, "| not finite | 1 |") {
		t.Error("the report does not list the failure")
	}
}

func TestFiguresThatCannotBeDrawnAreSkipped(t *testing.T) {
	good := rows("c", 5, func(int, *record.Signal) {})
	bad := rows("c", 5, func(i int, s *record.Signal) { s.Status, s.MSE = "failed: x", math.NaN() })
	many := rows("c", 100, func(i int, s *record.Signal) { s.NoiseL2 = float64(i) })
	tests := []struct {
		name    string
		figure  reports.Figure
		signals []record.Signal
		want    string
	}{
		{"kind", reports.Figure{Figure: "pie"}, good, "no such figure"},
		{"column", reports.Figure{Figure: "boxplot", X: "mising"}, good, `no column "mising"`},
		{"group", reports.Figure{Figure: "boxplot", X: "split", Group: "sweep.x"}, good, `no column "sweep.x"`},
		{"no x", reports.Figure{Figure: "boxplot"}, good, "x: missing"},
		{"text", reports.Figure{Figure: "boxplot", X: "split", Y: "status"}, good, "expected a number"},
		{"where", reports.Figure{Figure: "boxplot", X: "split", Where: map[string]any{"split": "train"}}, good, "no rows"},
		{"failed", reports.Figure{Figure: "boxplot", X: "split"}, bad, "no row has a finite mse"},
		{"null", reports.Figure{Figure: "boxplot", X: "split", Y: "mse_missing"}, good, "no row has a finite mse_missing"},
		{"many", reports.Figure{Figure: "boxplot", X: "noise_l2"}, many, "100 values of noise_l2"},
		{"no rows", reports.Figure{Figure: "boxplot", X: "split"}, nil, "no rows are left"},
		{"examples", reports.Figure{Figure: "reconstructions"}, good, "there are no examples"},
		{"training", reports.Figure{Figure: "training"}, good, "no prior of it logged"},
	}
	for _, tt := range tests {
		_, s, text := write(t, reports.Run{Signals: tt.signals, Figures: []reports.Figure{tt.figure}})
		if len(s.Skipped) != 1 || !strings.Contains(s.Skipped[0].Error(), tt.want) {
			t.Errorf("%s: skipped %v; want %q", tt.name, s.Skipped, tt.want)
		}
		if !strings.Contains(text, "Not drawn: figure 1") {
			t.Errorf("%s: the report says nothing", tt.name)
		}
	}
}

// TestOddBoxplotsAreDrawn draws what is not usual, on every kind of scale.
func TestOddBoxplotsAreDrawn(t *testing.T) {
	long := strings.Repeat("a very long name ", 20)
	tests := map[string][]record.Signal{
		"one box":    rows("c", 20, func(int, *record.Signal) {}),
		"one signal": rows("c", 1, func(int, *record.Signal) {}),
		"all zero":   rows("c", 9, func(i int, s *record.Signal) { s.MSE = 0 }),
		"some zero":  rows("c", 9, func(i int, s *record.Signal) { s.MSE = float64(i*i*i*i) * 1e-3 }),
		"negative":   rows("c", 9, func(i int, s *record.Signal) { s.MSE = float64(i - 4) }),
		"huge":       rows("c", 9, func(i int, s *record.Signal) { s.MSE = math.MaxFloat64 / float64(i+1) }),
		"tiny":       rows("c", 9, func(i int, s *record.Signal) { s.MSE = 5e-324 * float64(i) }),
		"12 x":       rows("c", 24, func(i int, s *record.Signal) { s.MissingFraction = float64(i%12) / 12 }),
		"7 priors":   rows("c", 21, func(i int, s *record.Signal) { s.Prior = fmt.Sprint("prior", i%7) }),
		"long names": rows("c", 9, func(i int, s *record.Signal) { s.Split, s.Method = long+fmt.Sprint(i%2), long }),
	}
	for name, signals := range tests {
		f := reports.Figure{Figure: "boxplot", X: "missing_fraction", Group: "split", DropBeyondIQR: 1.5}
		if name == "long names" {
			f.X, f.Title = "method", long
		}
		figures := []reports.Figure{f}
		if signals[0].MSE <= 0 || signals[0].MSE > 1 { // which scales differ on
			log, linear := f, f
			log.Scale, linear.Scale = "log", "linear"
			figures = append(figures, log, linear)
		}
		_, s, _ := write(t, reports.Run{Signals: signals, Figures: figures})
		if len(s.Skipped) > 0 {
			t.Errorf("%s: %v", name, s.Skipped)
		}
		for _, f := range s.Figures {
			checkImage(t, f)
		}
	}
}

func TestAllFormatsAreWritten(t *testing.T) {
	dir := t.TempDir()
	run := reports.Run{Signals: rows("c", 5, func(int, *record.Signal) {}),
		Figures: []reports.Figure{{Figure: "boxplot", X: "split", Title: "‖η‖₂ and λ"}}}
	if _, err := reports.Write(dir, run, reports.Options{PDF: true}); err != nil {
		t.Fatal(err)
	}
	magic := map[string]string{"png": "\x89PNG", "svg": "<?xml", "pdf": "%PDF", "csv": "prior,split,n"}
	for extension, want := range magic {
		b, err := os.ReadFile(filepath.Join(dir, "figures", "01-boxplot-split."+extension))
		if err != nil || !strings.HasPrefix(string(b), want) {
			t.Errorf("%s: %v, begins with %.10q", extension, err, b)
		}
	}
}

func TestWriteNamesFolderThatIsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := reports.Write(path, reports.Run{}, reports.Options{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v; want an error that names %s", err, path)
	}
}
