package figures

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
)

// TestTitlesDiffer checks that figures of the same columns are told apart in the
// report by what they choose, and those with a title of their own are not.
func TestTitlesDiffer(t *testing.T) {
	signals := rows("c", 5, func(int, *record.Signal) {})
	box := boxplot{X: "noise_l2", DropBeyondIQR: 1.5}
	one, two, own := box, box, box
	one.Where = map[string]any{"operator": "inpainting", "split": []any{"test", "train"}}
	two.Where = maps.Clone(one.Where)
	two.Where["missing_fraction"] = 0.4
	two.Group = "prior"
	three := two
	three.Group, three.Scale = "", "linear"
	own.Title = "MSE per flux by noise ‖η‖₂"
	_, _, text := write(t, reports.Run{Signals: signals, Figures: []reports.Figure{plot(one), plot(two), plot(three), plot(own)}})
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
		plot(boxplot{X: "missing_fraction", Group: "split", DropBeyondIQR: 1.5})}})
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
			s.Status, s.Scores[0].Value, s.NoiseL2 = "not finite", math.NaN(), math.NaN()
		case 1:
			s.Scores[0].Value = math.Inf(1)
		default:
			s.NoiseL2 = 2
		}
	})
	_, s, text := write(t, reports.Run{Signals: signals, Figures: []reports.Figure{plot(boxplot{X: "noise_l2"})}})
	boxes := table(t, s.Figures[0])
	// The failed signal has no noise of its own, and belongs to its cell's box.
	if n := len(boxes); n != 2 {
		t.Fatalf("%d boxes: %v", n, boxes)
	}
	failed := 0
	for _, b := range boxes {
		failed += int(parse(t, b["n_failed"]))
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
	bad := rows("c", 5, func(i int, s *record.Signal) { s.Status, s.Scores[0].Value = "failed: x", math.NaN() })
	many := rows("c", 100, func(i int, s *record.Signal) { s.NoiseL2 = float64(i) })
	tests := []struct {
		name    string
		figure  reports.Figure
		signals []record.Signal
		want    string
	}{
		{"column", plot(boxplot{X: "mising"}), good, `no column "sweep.mising"`},
		{"group", plot(boxplot{X: "split", Group: "x"}), good, `no column "sweep.x"`},
		{"no x", plot(boxplot{}), good, "x: missing"},
		{"text", plot(boxplot{X: "split", Y: "status"}), good, "expected a number"},
		{"where", plot(boxplot{X: "split", Where: map[string]any{"split": "train"}}), good, "no rows"},
		{"failed", plot(boxplot{X: "split"}), bad, "no row has a finite mse"},
		{"null", plot(boxplot{X: "split", Y: "mse_missing"}), good, "no row has a finite mse_missing"},
		{"many", plot(boxplot{X: "noise_l2"}), many, "100 values of noise_l2"},
		{"no rows", plot(boxplot{X: "split"}), nil, "no rows are left"},
		{"examples", show(reconstructions{}), good, "no reconstructions were kept"},
		{"training", Figure{"training", new(training)}, good, "none of its priors logged"},
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
		"all zero":   rows("c", 9, func(i int, s *record.Signal) { s.Scores[0].Value = 0 }),
		"some zero":  rows("c", 9, func(i int, s *record.Signal) { s.Scores[0].Value = float64(i*i*i*i) * 1e-3 }),
		"negative":   rows("c", 9, func(i int, s *record.Signal) { s.Scores[0].Value = float64(i - 4) }),
		"huge":       rows("c", 9, func(i int, s *record.Signal) { s.Scores[0].Value = math.MaxFloat64 / float64(i+1) }),
		"tiny":       rows("c", 9, func(i int, s *record.Signal) { s.Scores[0].Value = 5e-324 * float64(i) }),
		"12 x":       rows("c", 24, func(i int, s *record.Signal) { s.MissingFraction = float64(i%12) / 12 }),
		"7 priors":   rows("c", 21, func(i int, s *record.Signal) { s.Prior = fmt.Sprint("prior", i%7) }),
		"long names": rows("c", 9, func(i int, s *record.Signal) { s.Split, s.Method = long+fmt.Sprint(i%2), long }),
	}
	for name, signals := range tests {
		f := boxplot{X: "missing_fraction", Group: "split", DropBeyondIQR: 1.5}
		if name == "long names" {
			f.X, f.Title = "method", long
		}
		list := []reports.Figure{plot(f)}
		if signals[0].Score("mse") <= 0 || signals[0].Score("mse") > 1 { // which scales differ on
			log, linear := f, f
			log.Scale, linear.Scale = "log", "linear"
			list = append(list, plot(log), plot(linear))
		}
		_, s, _ := write(t, reports.Run{Signals: signals, Figures: list})
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
	run := reports.Run{Columns: columns, Signals: rows("c", 5, func(int, *record.Signal) {}),
		Figures: []reports.Figure{plot(boxplot{X: "split", Title: "‖η‖₂ and λ"})}}
	if _, err := reports.Write(t.Context(), dir, run, reports.Options{PDF: true}); err != nil {
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

// Characters that the font lacks are named, at most 20 of them.
func TestWhatTheFontLacksIsNoted(t *testing.T) {
	many := ""
	for i := range 30 {
		many += string(rune('一' + i))
	}
	good := rows("c", 5, func(int, *record.Signal) {})
	_, s, text := write(t, reports.Run{Signals: good, Figures: []reports.Figure{
		plot(boxplot{X: "prior", Title: "λ 缺失\a"}), plot(boxplot{X: "prior", Title: "λ"}), plot(boxplot{X: "prior", Title: many}),
	}})
	const first = "drawn as □, because the figures' font has no 缺 失 U+0007"
	if len(s.Notes) != 2 || s.Notes[0] != "figure 1 (boxplot): "+first ||
		!strings.HasPrefix(s.Notes[1], "figure 3 ") || !strings.HasSuffix(s.Notes[1], " and 10 more") {
		t.Errorf("notes %q", s.Notes)
	}
	if strings.Count(text, "*Note: ") != 2 || !strings.Contains(text, "*Note: "+first+".*") {
		t.Errorf("the report does not say so:\n%s", text)
	}
}
