package figures

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"sedlab/internal/record"
	"sedlab/reports"
)

// trend is a figure of curves with the defaults of a spec.
func trend(c curveKeys) Figure {
	c.Group, c.Y, c.Band = cmp.Or(c.Group, "prior"), cmp.Or(c.Y, "mse"), cmp.Or(c.Band, "quartiles")
	c.Scale, c.XScale = cmp.Or(c.Scale, "auto"), cmp.Or(c.XScale, "auto")
	return Figure{"curves", &c}
}

// sweep makes the rows of two priors at three missing fractions on both sides of the split:
// n signals a cell, whose errors are 1 to n times the fraction, and ten times that for pca.
func sweep(n int) (signals []record.Signal) {
	for _, prior := range []string{"glo", "pca"} {
		for _, split := range []string{"test", "train"} {
			for _, missing := range []float64{0.75, 0.25, 0.5} {
				signals = append(signals, rows(fmt.Sprint(prior, split, missing), n, func(i int, s *record.Signal) {
					s.Prior, s.PriorHash, s.Split, s.MissingFraction, s.Level = prior, prior, split, missing, missing
					s.Scores[0].Value = float64(i+1) * missing * map[string]float64{"glo": 1, "pca": 10}[prior]
				})...)
			}
		}
	}
	return signals
}

func TestCurvesShowMediansAndQuartiles(t *testing.T) {
	test := map[string]any{"split": "test"}
	_, s, text := write(t, reports.Run{Signals: sweep(5), Normalize: "rms", Figures: []reports.Figure{
		trend(curveKeys{X: "missing_fraction", Where: test}), trend(curveKeys{X: "missing_fraction", Group: "split", Band: "none", Scale: "linear"})}})
	if len(s.Figures) != 2 {
		t.Fatal(s.Skipped)
	}
	var got []string
	for _, r := range table(t, s.Figures[0]) {
		got = append(got, strings.Join([]string{r["missing_fraction"], r["prior"], r["n"], r["band_low"], r["median"], r["band_high"]}, " "))
	}
	want := []string{"0.25 glo 5 0.5 0.75 1", "0.25 pca 5 5 7.5 10", "0.5 glo 5 1 1.5 2", "0.5 pca 5 10 15 20", "0.75 glo 5 1.5 2.25 3", "0.75 pca 5 15 22.5 30"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q,\nwant %q", got, want)
	}
	if first := table(t, s.Figures[1])[0]; first["band_low"] != "" || first["prior"] != "glo" || first["split"] != "test" {
		t.Errorf("without a band: %v", first)
	}
	for _, f := range s.Figures {
		checkImage(t, f)
	}
	for _, line := range []string{
		"### 1. Median MSE per flux by missing fluxes and prior\n", "### 2. Median MSE per flux by missing fluxes and split\n",
		"| 50 | pca | 15 | 10 … 20 | 5 | 0 |", "| pca | 50 | test | 15 | 5 | 0 |", "Line: median; band: quartiles.",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("the report lacks %q:\n%s", line, text)
		}
	}
}

// The interval of a median is within the signals' range, and narrower with more signals;
// there is none for few signals. The same rows give the same bits.
func TestCurvesShowIntervals(t *testing.T) {
	figure := trend(curveKeys{X: "missing_fraction", Band: "interval", Where: map[string]any{"split": "test"}})
	width := map[int]float64{}
	for _, n := range []int{5, 20, 200} {
		_, s, text := write(t, reports.Run{Signals: sweep(n), Figures: []reports.Figure{figure}})
		_, again, _ := write(t, reports.Run{Signals: sweep(n), Figures: []reports.Figure{figure}})
		for _, extension := range []string{".csv", ".svg", ".png"} {
			a, err := os.ReadFile(strings.TrimSuffix(s.Figures[0], ".png") + extension)
			b, err2 := os.ReadFile(strings.TrimSuffix(again.Figures[0], ".png") + extension)
			if err != nil || err2 != nil || string(a) != string(b) {
				t.Errorf("%d signals: two files %s differ: %v, %v", n, extension, err, err2)
			}
		}
		r := table(t, s.Figures[0])[0]
		if n == 5 {
			if r["band_low"] != "" || r["band_high"] != "" || !strings.Contains(text, "| 25 | glo | 0.75 | – … – | 5 | 0 |") {
				t.Errorf("an interval of 5 signals: %v", r)
			}
			continue
		}
		low, median, high := parse(t, r["band_low"]), parse(t, r["median"]), parse(t, r["band_high"])
		if !(0.25 <= low && low < median && median < high && high <= 0.25*float64(n)) {
			t.Errorf("%d signals: median %v in [%v, %v]", n, median, low, high)
		}
		width[n] = (high - low) / median
	}
	if !(width[200] < width[20]/2) {
		t.Errorf("widths by number of signals: %v", width)
	}
}

// What has no place in the picture is counted in its caption.
func TestCurvesSayWhatTheyLeaveOut(t *testing.T) {
	signals := rows("c", 6, func(i int, s *record.Signal) {
		s.CellID, s.Lambda = fmt.Sprint("c", i), float64(i)
		switch i {
		case 0:
			s.Lambda = math.NaN() // of projection
		case 1:
			s.Status, s.Scores[0].Value = "failed: x", math.NaN()
		case 2:
			s.Scores[0].Value = 0
		case 3:
			s.Lambda = 0
		case 4:
			s.Lambda = 2 // where another is
		}
	})
	_, s, text := write(t, reports.Run{Signals: signals, Figures: []reports.Figure{trend(curveKeys{X: "lambda", Scale: "log", XScale: "log"})}})
	if len(s.Figures) != 1 {
		t.Fatal(s.Skipped)
	}
	checkImage(t, s.Figures[0])
	if n := len(table(t, s.Figures[0])); n != 5 {
		t.Errorf("%d points in the CSV, want 5", n)
	}
	for _, want := range []string{
		"1 signal without a value.", "1 signal with no λ not shown.", "1 value of λ not positive: drawn on the left edge.", "A point pools up to 2 cells.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

// Priors without a value are in the CSV, and named in the caption.
func TestCurvesLeaveOutPriorsWithoutValues(t *testing.T) {
	signals := sweep(5)
	for i := range signals {
		if signals[i].Prior == "pca" || signals[i].Split == "train" {
			signals[i].Scores[0].Value = math.NaN()
		}
	}
	for group, want := range map[string]struct {
		caption string
		legend  string
	}{
		"prior": {"Without any value, and not shown: pca.", "prior: glo"},
		"split": {"Without any value, and not shown: pca and split = train.", "split: test"},
	} {
		run := reports.Run{Signals: signals, Columns: columns}
		d, err := trend(curveKeys{X: "missing_fraction", Group: group}).Draw(run)
		if err != nil {
			t.Fatal(err)
		}
		written := textsOn(d)
		if !slices.Contains(d.Caption, want.caption) || !strings.Contains(strings.Join(written, " "), want.legend+" ") || len(d.CSV) < 7 {
			t.Errorf("by %s: caption %q, %d lines of CSV, written %q", group, d.Caption, len(d.CSV), written)
		}
		for _, name := range []string{"pca", "train"} {
			if slices.Contains(written, name) {
				t.Errorf("by %s: %q is written in %q", group, name, written)
			}
		}
	}
	for i := range signals { // the only value has no place on the horizontal axis
		if signals[i].Scores[0].Value = math.NaN(); i == 0 {
			signals[i].Scores[0].Value = 1
		}
		signals[i].Lambda = float64(min(i, 1))
	}
	signals[0].Lambda = math.NaN()
	_, s, _ := write(t, reports.Run{Signals: signals, Figures: []reports.Figure{trend(curveKeys{X: "lambda", Group: "split"})}})
	if len(s.Figures) != 1 {
		t.Fatal(s.Skipped)
	}
	checkImage(t, s.Figures[0])
}

// Many lines lose their bands, and then their picture.
func TestManyCurves(t *testing.T) {
	for n, want := range map[int]string{
		7:  "the bands of more than 6 lines are in the CSV alone",
		12: "the bands of more than 6 lines are in the CSV alone",
		13: "13 values of prior are more than the 12 that can be told apart",
	} {
		signals := rows("c", 20*n, func(i int, s *record.Signal) {
			s.Prior, s.NoiseL2 = fmt.Sprint("prior", i%n), float64(i/n) // 20 values of x
		})
		dir, s, text := write(t, reports.Run{Signals: signals, Figures: []reports.Figure{trend(curveKeys{X: "noise_l2"})}})
		if !strings.Contains(text, want) || len(s.Figures) != one(n < 13) {
			t.Errorf("%d: %v, the report lacks %q", n, s.Skipped, want)
		}
		if rows := table(t, dir+"/figures/01-curves-noise_l2.png"); len(rows) != 20*n {
			t.Errorf("%d: %d rows", n, len(rows))
		}
	}
	errs := trend(curveKeys{X: "prior", Group: "problem.missing_fraction"}).Config.(Limited).Undrawn(manyPoints())
	if len(errs) != 1 || errs[0].Key != "group" || !strings.HasPrefix(errs[0].Problem, "60 values of problem.missing_fraction are more than the 12") {
		t.Error(errs)
	}
}

// A few amounts are each a tick; of many, round numbers are, as they are written.
func TestTicksOfAmounts(t *testing.T) {
	missing, _ := columns.Find("missing_fraction")
	many := make([]float64, 20)
	for i := range many {
		many[i] = float64(i) / 20
	}
	for _, tt := range []struct {
		amounts []float64
		want    string
	}{
		{[]float64{0.1, 0.25, 0.9}, "10 25 90"},
		{many, "0 20 40 60 80"},
	} {
		var labels []string
		s := amountScale(tt.amounts, "linear")
		for _, tick := range amountTicks(missing, s, tt.amounts) {
			labels = append(labels, tick.Label)
			if at := s.Position(tick.Value); !(at >= 0 && at <= 1) {
				t.Errorf("tick %s is at %v", tick.Label, at)
			}
		}
		if got := strings.Join(labels, " "); got != tt.want {
			t.Errorf("ticks %s, want %s", got, tt.want)
		}
	}
}

func TestOddCurvesAreDrawn(t *testing.T) {
	long := strings.Repeat("a very long name ", 20)
	for name, signals := range map[string][]record.Signal{
		"one point":  rows("c", 20, func(int, *record.Signal) {}),
		"one signal": rows("c", 1, func(int, *record.Signal) {}),
		"all zero":   rows("c", 9, func(i int, s *record.Signal) { s.Scores[0].Value, s.MissingFraction = 0, float64(i%3)/4 }),
		"negative":   rows("c", 9, func(i int, s *record.Signal) { s.Scores[0].Value, s.MissingFraction = float64(i-4), float64(i%3)/4 }),
		"huge":       rows("c", 9, func(i int, s *record.Signal) { s.Scores[0].Value = math.MaxFloat64 / float64(i+1) }),
		"long names": rows("c", 9, func(i int, s *record.Signal) { s.Prior = long + fmt.Sprint(i%2) }),
		"7 panels":   rows("c", 70, func(i int, s *record.Signal) { s.Prior, s.MissingFraction = fmt.Sprint(i%7), float64(i)/100 }),
	} {
		group := map[string]string{"7 panels": "split"}[name]
		list := []reports.Figure{trend(curveKeys{X: "missing_fraction", Group: group, Band: "interval", Scale: "log"}),
			trend(curveKeys{X: "missing_fraction", Group: group, Scale: "linear", Title: long})}
		_, s, _ := write(t, reports.Run{Signals: signals, Figures: list})
		if len(s.Skipped) > 0 {
			t.Errorf("%s: %v", name, s.Skipped)
		}
		for _, f := range s.Figures {
			checkImage(t, f)
		}
	}
}
