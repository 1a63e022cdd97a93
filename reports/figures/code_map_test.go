package figures

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"sedlab/reports"
	"sedlab/reports/draw"
)

// codes is a code map with the defaults of a spec.
func codes(c codeMap) Figure {
	c.Axes, c.Colour, c.Scale = cmp.Or(c.Axes, "principal"), cmp.Or(c.Colour, "mse"), cmp.Or(c.Scale, "auto")
	c.X, c.Y = cmp.Or(c.X, 1), cmp.Or(c.Y, 2)
	return Figure{"code_map", &c}
}

// coded adds signal id of a training, with its code.
func coded(run *reports.Run, prior, hash string, id int, code ...float32) {
	e := example(prior+hash, "inpainting", id, 10, 2)
	e.Prior, e.Code = prior, code
	s := signal(e.CellID, id, float64(id))
	s.Prior, s.PriorHash = prior, hash
	run.Examples, run.Signals = append(run.Examples, e), append(run.Signals, s)
}

// circle is a run with codes on a flattened circle, and some that cannot be shown.
func circle() (run reports.Run) {
	for id := range 20 {
		sin, cos := math.Sincos(2 * math.Pi * float64(id) / 20)
		coded(&run, "glo", "aaaaaaaaaa", id, 5, float32(1+cos), float32(-3*sin))
		coded(&run, "glo", "bbbbbbbbbb", id, float32(cos), float32(sin))
		coded(&run, "zero", "z", id)
		coded(&run, "line", "l", id, float32(cos))
	}
	coded(&run, "glo", "aaaaaaaaaa", 20)
	return run
}

func TestCodesOnPrincipalAxes(t *testing.T) {
	run := circle()
	run.Signals[4].Scores[0].Value = math.NaN() // of signal 1
	run.Figures = []reports.Figure{codes(codeMap{}), codes(codeMap{Prior: "glo", Axes: "elements", X: 3, Y: 2, Colour: "split"})}
	_, s, text := write(t, run)
	if len(s.Figures) != 2 {
		t.Fatal(s.Skipped)
	}
	for _, f := range s.Figures {
		checkImage(t, f)
	}
	points := table(t, s.Figures[0])
	if len(points) != 40 {
		t.Fatalf("%d points", len(points))
	}
	for i, r := range points[:20] {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 20)
		if x, y := parse(t, r["x"]), parse(t, r["y"]); math.Abs(x-3*-sin) > 1e-6 || math.Abs(y-cos) > 1e-6 || r["prior_hash"] != "aaaaaaaaaa" {
			t.Errorf("code %d at %g, %g: %v", i, x, y, r)
		}
		if want := fmt.Sprint(i); i != 1 && r["mse"] != want || i == 1 && r["mse"] != "" {
			t.Errorf("code %d has the colour of %q", i, r["mse"])
		}
	}
	if r := table(t, s.Figures[1])[5]; len(table(t, s.Figures[1])) != 20 || r["x"] != "-3" || r["y"] != "1" || r["split"] != "test" {
		t.Errorf("elements 3 and 2: %v", r)
	}
	for _, want := range []string{
		"### 1. Codes of 40 reconstructions by MSE per flux\n", "| training | codes | signals | elements | variance along axis 1 | variance along axis 2 |",
		"| glo aaaaaaaa | 20 | 20 | 3 | 90 % | 10 % |", "| glo bbbbbbbb | 20 | 20 | 2 | 50 % | 50 % |", "Without codes, and not shown: zero. Without a code: 1 reconstruction of glo.",
		"With codes too short or too few for the axes, and not shown: line.", "Grey: 1 point without a value.",
		"With codes too short or too few for the axes, and not shown: glo bbbbbbbb.", "| glo aaaaaaaa | 20 | 20 | 3 |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

func TestOddCodeMaps(t *testing.T) {
	var same, broken, large reports.Run
	for id := range 5 {
		coded(&same, "glo", "a", id, 1, 2, 3)
		coded(&broken, "glo", "a", id, 1, float32(math.Inf(1)))
	}
	for id := range 4100 {
		coded(&large, "glo", "a", id, float32(id), float32(id%7))
	}
	alone := circle()
	alone.Signals = nil
	for name, tt := range map[string]struct {
		run     reports.Run
		figure  codeMap
		skipped string
	}{
		"same":      {same, codeMap{}, ""},
		"thinned":   {large, codeMap{Scale: "log"}, ""},
		"13 values": {large, codeMap{Colour: "run_id"}, "values of run_id are more than the 12"},
		"far axis":  {same, codeMap{Y: 9}, "the codes of glo have too few elements for axes 1 and 9"},
		"broken":    {broken, codeMap{}, "no kept reconstruction has a code"},
		"no column": {same, codeMap{Colour: "x"}, `no column "sweep.x"`},
		"no rows":   {alone, codeMap{}, `no column "mse", as there are no rows`},
		"no kept":   {reports.Run{Signals: same.Signals}, codeMap{}, "no reconstructions were kept"},
	} {
		for i := range tt.run.Signals {
			tt.run.Signals[i].RunID = fmt.Sprint("run ", i%13)
		}
		tt.run.Figures = []reports.Figure{codes(tt.figure)}
		_, s, text := write(t, tt.run)
		if tt.skipped == "" && len(s.Skipped) > 0 || tt.skipped != "" && (len(s.Skipped) != 1 || !strings.Contains(s.Skipped[0].Error(), tt.skipped)) {
			t.Errorf("%s: skipped %v; want %q", name, s.Skipped, tt.skipped)
		}
		if want := "One of every 2 codes is drawn."; strings.Contains(text, want) != (name == "thinned") {
			t.Errorf("%s: the report has %q or not", name, want)
		}
		for _, f := range s.Figures {
			checkImage(t, f)
		}
	}
}

func TestCodeMapsAreChecked(t *testing.T) {
	errs := codes(codeMap{X: 2, Colour: "nothing", Prior: "glo"}).Check(Sweep{Columns: columns, Priors: []string{"glo"}, Has: func(string) bool { return false }})
	if len(errs) != 3 || errs[0].Key != "colour" || errs[1].Key != "figure" || errs[2].Key != "y_axis" {
		t.Error(errs)
	}
	many := Sweep{Columns: columns, Priors: []string{"glo"}, Values: map[string][]any{"split": {"0"}, "level": {0.0}}}
	for i := range 13 {
		many.Points = append(many.Points, map[string]any{"split": fmt.Sprint(i), "level": float64(i)})
	}
	for colour, want := range map[string]int{"split": 1, "level": 0} {
		if errs := codes(codeMap{Colour: colour}).Config.(Limited).Undrawn(many); len(errs) != want {
			t.Errorf("colours of %s: %v", colour, errs)
		}
	}
}

// The title of a panel's left axis does not touch the panel before it.
func TestTitlesOfCodeMapsAreApart(t *testing.T) {
	var run reports.Run
	for panels := 1; panels <= 5; panels++ {
		for id := range 4 {
			coded(&run, fmt.Sprint("glo", panels), "a", id, float32(id)*1e-4, -float32(id*id)*1e-4)
		}
		run.Columns = columns
		m := &mapOfCodes{codeMap: codes(codeMap{}).Config.(*codeMap), column: run.Column("mse")}
		examples, _, err := chooseExamples(run, "", nil)
		if err == nil {
			err = m.collect(run, examples)
		}
		if err != nil {
			t.Fatal(err)
		}
		p := newCodePicture(m, run)
		wide := vg.Length(p.columns())*(p.width()+p.between) + p.left
		if p.width() < 50 || p.between < p.left+draw.Gap || wide > draw.PageWidth {
			t.Errorf("%d panels are %v wide, %v apart, with %v for the axis, on %v in all", panels, p.width(), p.between, p.left, wide)
		}
	}
}
