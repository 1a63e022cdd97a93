package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sedlab/internal/settings"
)

// The lines of an index are damaged, or runs that can be written and read again.
func FuzzIndex(f *testing.F) {
	run := indexed{
		Summary: Summary{
			ID: "demo-1", Name: "demo", Status: Done, Started: time.Unix(1e9, 5).UTC(), Tags: []string{"good"}, Note: "λ < 1\n",
			Results: []PriorResult{{Prior: "glo", Rows: 9, Results: 8, Medians: map[string]float64{"mse": 1e-300}}},
			Spec:    settings.List{{Key: "hidden", Value: []any{8.0, 8.0}}, {Key: "name", Value: "demo"}, {Key: "none"}},
		},
		Stamp: stamp{{1, 2}, {-1, 0}},
	}
	other := indexed{Summary: Summary{ID: "demo-2", Spec: run.Spec[1:]}, Stamp: stamp{{3, 4}}}
	for _, runs := range [][]indexed{nil, {run}, {run, other}} {
		body, err := encodeIndex(runs)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte("[]\n{\"id\": \"x\", \"spec\": \"gICAgICAgICAgA==\", \"stamp\": [[1]]}\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		runs := decodeIndex(body)
		if runs == nil {
			return
		}
		again, err := encodeIndex(slices.Collect(maps.Values(runs)))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(runs, decodeIndex(again), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("written as %s (-read +read again):\n%s", again, d)
		}
	})
}

// A line of a log says nothing about progress, or something that can be shown.
func FuzzProgress(f *testing.F) {
	const line = `{"time":"2026-01-02T03:04:05Z","level":"INFO","msg":%q,%s}`
	f.Add(fmt.Sprintf(line, LogEpoch, `"prior":"glo","epoch":100,"of":400,"loss":0.25,"seconds":60`))
	f.Add(fmt.Sprintf(line, LogCells, `"done":30,"of":40,"first":20,"seconds":5`))
	f.Add(fmt.Sprintf(line, LogEpoch, `"prior":"glo","epoch":1,"of":400,"loss":0.25,"seconds":1e-320`))
	f.Add(fmt.Sprintf(line, "trained", `"prior":"pca","epochs":0,"seconds":1`))
	f.Fuzz(func(t *testing.T, line string) {
		p := ParseEvent([]byte(line))
		if p == nil {
			return
		}
		if !(p.Done >= 0 && p.Done <= p.Of && p.Left >= 0) || math.IsInf(p.Left, 0) || !(p.Rate() >= 0) || math.IsInf(p.Rate(), 0) || p.LeftAt(p.Time) < 0 {
			t.Errorf("%q: %+v", line, p)
		}
		if _, err := json.Marshal(p); err != nil {
			t.Error(err)
		}
	})
}
