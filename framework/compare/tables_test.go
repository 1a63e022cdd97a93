package compare_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/framework/compare"
	"sedlab/internal/record"
)

// rows returns the rows of two cells with three signals each.
func rows() (list []record.Signal) {
	for _, cell := range []string{"c1", "c2"} {
		for id := range int64(3) {
			list = append(list, record.Signal{
				RunID: "run", CellID: cell, Prior: "glo", Operator: "inpainting", Method: "projection", Split: "test",
				SignalID: id, Level: 0.4, MissingFraction: 0.4, Lambda: math.NaN(),
				Scores: []record.Score{
					{Name: "mse", Value: 1 + float64(id)}, {Name: "mse_missing", Value: math.NaN()},
					{Name: "mse_observed"}, {Name: "measurement_loss", Value: 0.1},
				},
				Status: record.StatusOK,
				Sweep:  map[string]any{"priors.glo.code_dim": 10.0},
			})
		}
	}
	return list
}

func TestTablesOfTheSameRows(t *testing.T) {
	a, b := rows(), rows()
	b[0], b[5] = b[5], b[0]
	for i := range b {
		b[i].RunID, b[i].Seconds = "other", float64(i)
	}
	r := compare.Tables(a, b)
	if !r.Identical() || r.Rows != 6 {
		t.Errorf("report %+v", r)
	}
	// Every column is compared except the two.
	var names []string
	for _, c := range r.Columns {
		names = append(names, c.Name)
	}
	want := a[0].Columns()[1:]
	want = append(want[:len(want)-2], want[len(want)-1])
	if d := cmp.Diff(want, names); d != "" {
		t.Errorf("columns: %s", d)
	}
}

func TestTablesSaysWhatDiffersAndWhere(t *testing.T) {
	a, b := rows(), rows()
	b[1].Scores[0].Value += 0.25
	b[4].Scores[0].Value += 0.5
	b[2].Scores[1].Value = 3
	b[3].Status = "nothing observed"
	b[5].Sweep = nil
	b[0].Scores[2].Value = math.Copysign(0, -1)
	b[2].Scores[3].Value = math.Inf(1)
	r := compare.Tables(a, b)
	if r.Identical() {
		t.Fatal("identical")
	}
	half, zero := 0.5, 0.0
	want := map[string]compare.Column{
		"mse":                       {Rows: 2, Largest: &half, Where: &compare.Place{Cell: "c2", Prior: "glo", Signal: 1}, A: 2.0, B: 2.5},
		"mse_missing":               {Rows: 1, Where: &compare.Place{Cell: "c1", Prior: "glo", Signal: 2}, B: 3.0},
		"mse_observed":              {Rows: 1, Largest: &zero, Where: &compare.Place{Cell: "c1", Prior: "glo", Signal: 0}, A: 0.0, B: math.Copysign(0, -1)},
		"measurement_loss":          {Rows: 1, Where: &compare.Place{Cell: "c1", Prior: "glo", Signal: 2}, A: 0.1, B: "inf"},
		"status":                    {Rows: 1, Where: &compare.Place{Cell: "c2", Prior: "glo", Signal: 0}, A: "ok", B: "nothing observed"},
		"sweep.priors.glo.code_dim": {Rows: 1, Where: &compare.Place{Cell: "c2", Prior: "glo", Signal: 2}, A: 10.0},
	}
	for _, c := range r.Columns {
		expected, differs := want[c.Name]
		expected.Name, expected.Identical = c.Name, !differs
		if d := cmp.Diff(expected, c); d != "" {
			t.Errorf("column %s: %s", c.Name, d)
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestTablesCountsRowsOfOneAlone(t *testing.T) {
	a, b := rows()[:4], rows()[1:]
	b = append(b, b[2]) // the first of c2, twice
	r := compare.Tables(a, b)
	want := compare.Report{
		Rows: 3, OnlyA: 1, OnlyB: 3,
		FirstOnlyA: &compare.Place{Cell: "c1", Prior: "glo", Signal: 0},
		FirstOnlyB: &compare.Place{Cell: "c2", Prior: "glo", Signal: 1},
		Columns:    r.Columns,
	}
	if d := cmp.Diff(want, r); d != "" {
		t.Error(d)
	}
	if r.Identical() {
		t.Error("identical in spite of rows of one alone")
	}
}

// A column that one of the tables is too old to have says nothing of the difference.
func TestColumnOfOneTableIsNotCompared(t *testing.T) {
	a, b := rows(), rows()
	for i := range b {
		b[i].Norm = 2
	}
	if r, p := compare.Tables(a, b), compare.Runs(compare.Run{Rows: a}, compare.Run{Rows: b}, "mse"); r.Identical() || p.Identical {
		t.Errorf("norms of 0 and 2 are the same: %+v, %+v", r, p)
	}
	for i := range b {
		b[i].Norm = math.NaN()
	}
	if r, p := compare.Tables(a, b), compare.Runs(compare.Run{Rows: b}, compare.Run{Rows: a}, "mse"); !r.Identical() || !p.Identical {
		t.Errorf("a lacking norm is a difference: %+v, %+v", r, p)
	}
}

// A score that only one of two programs computes says nothing of the difference.
func TestScoreOfOneProgramIsNotCompared(t *testing.T) {
	a, b := rows(), rows()
	for i := range b {
		b[i].Scores = append(b[i].Scores, record.Score{Name: "chi2", Value: 1})
	}
	if r := compare.Tables(a, b); !r.Identical() {
		t.Errorf("report %+v", r)
	}
	if p := compare.Runs(compare.Run{Rows: a}, compare.Run{Rows: b}, "mse"); !p.Identical {
		t.Errorf("pairing %+v", p)
	}
}
