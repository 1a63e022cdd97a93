package main

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sedlab/reports"
	"sedlab/reports/draw"
	"sedlab/reports/figures"
	"sedlab/reports/scores"
)

// results returns a run with rows of two priors, of which one failed once.
func results() reports.Run {
	run := reports.Run{Columns: scores.Columns([]scores.Kind{scores.MSE, scores.MSEMissing})}
	for _, row := range []struct {
		prior string
		mse   float64
	}{{"pca", 3}, {"pca", 1}, {"glo", 2}, {"glo", math.NaN()}} {
		run.Signals = append(run.Signals, reports.Signal{Prior: row.prior, Scores: []reports.Score{{Name: "mse", Value: row.mse}}})
	}
	return run
}

func TestDraw(t *testing.T) {
	drawn, err := (&config{Score: "mse", Group: "prior", Scale: "linear"}).Draw(results())
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"prior", "mse", "share"}, {"pca", "1", "0.5"}, {"pca", "3", "1"}, {"glo", "2", "0.5"}}
	if !reflect.DeepEqual(drawn.CSV, want) {
		t.Errorf("got %v, expected %v", drawn.CSV, want)
	}
	if got := drawn.Table[2]; got[0] != "glo" || got[5] != "1" || got[6] != "1" {
		t.Errorf("got %v, expected glo with 1 score and 1 failure", got)
	}
	base := filepath.Join(t.TempDir(), drawn.Name)
	if _, err := drawn.Save(draw.WriteFile, base, false); err != nil {
		t.Fatal(err)
	}
	if svg, err := os.ReadFile(base + ".svg"); err != nil || !strings.Contains(string(svg), "share of signals") {
		t.Errorf("the picture has no axis: %v", err)
	}
}

// A curve climbs to the share of the signals that did not fail.
func TestCurve(t *testing.T) {
	p, c := new(picture), &curve{values: []float64{1, 3}, failed: 2}
	p.x.High = 5
	var got [][2]float64
	for k := range 6 {
		x, y := p.corner(c, k)
		got = append(got, [2]float64{x, y})
	}
	if want := [][2]float64{{0, 0}, {1, 0}, {1, 0.25}, {3, 0.25}, {3, 0.5}, {5, 0.5}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, expected %v", got, want)
	}
}

func TestDrawRefusesRowsWithoutCurves(t *testing.T) {
	many := results()
	for _, prior := range strings.Split("abcdefg", "") {
		many.Signals = append(many.Signals, reports.Signal{Prior: prior})
	}
	for _, tt := range []struct {
		run         reports.Run
		score, want string
	}{
		{results(), "mse_missing", "no row has a finite mse_missing"},
		{many, "mse", "9 values of prior are more than the 6 curves"},
	} {
		_, err := (&config{Score: tt.score, Group: "prior"}).Draw(tt.run)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, expected %q", err, tt.want)
		}
	}
}

func TestCheckNamesTheKey(t *testing.T) {
	sweep := figures.Sweep{Columns: results().Columns, Has: func(key string) bool { return key == "solver.steps" }}
	for _, c := range []*config{{Group: "solver.steps"}, {Group: "nonesuch"}} {
		if errs := c.Check(sweep); len(errs) != 1 || errs[0].Key != "group" {
			t.Errorf("group %s: got %v, expected one error about group", c.Group, errs)
		}
	}
}
