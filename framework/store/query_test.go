package store_test

import (
	"strings"
	"testing"
	"time"

	"sedlab/framework/store"
	"sedlab/internal/settings"
)

func catalogue() []store.Summary {
	median := func(prior, metric string, v float64) store.PriorResult {
		return store.PriorResult{Prior: prior, Medians: map[string]float64{metric: v}}
	}
	return []store.Summary{
		{ID: "a-1", Name: "a", Status: store.Done, Started: now, Seconds: 9, Note: "z", Tags: []string{"x", "y"},
			Results: []store.PriorResult{median("glo", "mse", 0.3), median("zero", "mse", 1)},
			Spec:    settings.List{{Key: "seed", Value: 1.0}}},
		{ID: "b-1", Name: "b", Status: store.Failed, Started: now.Add(time.Hour), Seconds: 5, Cells: store.Cells{Total: 3, Done: 3}, Tags: []string{"x"},
			Results: []store.PriorResult{median("glo", "mse", 0.4), median("zero", "mse", 0.1)},
			Spec:    settings.List{{Key: "seed", Value: 2.0}}},
		{ID: "c-1", Name: "c", Status: store.Done, Started: now.Add(2 * time.Hour), Seconds: 7, Note: "a"},
	}
}

func names(list []store.Summary) (s string) {
	for _, r := range list {
		s += r.Name
	}
	return s
}

func TestQuery(t *testing.T) {
	where := func(text string) store.Query {
		c, err := store.ParseCondition(text)
		if err != nil {
			t.Fatal(err)
		}
		return store.Query{Where: []store.Condition{c}}
	}
	for _, c := range []struct {
		query store.Query
		want  string
	}{
		{store.Query{}, "abc"},
		{store.Query{Name: "[ab]"}, "ab"},
		{store.Query{Name: "c-*"}, "c"},
		{store.Query{Status: []store.Status{store.Done, store.Running}}, "ac"},
		{store.Query{Tags: []string{"x"}}, "ab"},
		{store.Query{Tags: []string{"x", "y"}}, "a"},
		{store.Query{Since: now.Add(time.Hour)}, "bc"},
		{where("seed>1"), "b"},
		{where("seed!=1"), "b"},
		{store.Query{Name: "a", Status: []store.Status{store.Failed}}, ""},
	} {
		list, err := c.query.Select(catalogue())
		if err != nil || names(list) != c.want {
			t.Errorf("%+v: %q, %v; expected %q", c.query, names(list), err, c.want)
		}
	}
	if _, err := where("sede=1").Select(catalogue()); err == nil || !strings.Contains(err.Error(), `did you mean "seed"`) {
		t.Errorf("a key that no run has: %v", err)
	}
	if _, err := (store.Query{Name: "["}).Select(catalogue()); err == nil {
		t.Error("a pattern that is none was taken")
	}
}

func TestSort(t *testing.T) {
	metrics := []string{"mse", "mse_missing"}
	for _, c := range []struct {
		by      string
		reverse bool
		want    string
	}{
		{"started", false, "cba"}, {"started", true, "abc"}, {"name", false, "abc"}, {"name", true, "cba"},
		{"seconds", false, "bca"}, {"mse", false, "bac"}, {"mse", true, "abc"},
		{"mse.glo", false, "abc"}, {"mse.glo", true, "bac"}, {"mse.zero", true, "abc"},
		{"id", true, "cba"}, {"seed", true, "bac"}, {"tags", false, "bac"}, {"note", false, "cab"}, {"cells", true, "bac"},
	} {
		list := catalogue()
		by, err := store.FindColumn(list, metrics, c.by)
		if err != nil {
			t.Errorf("by %s: %v", c.by, err)
			continue
		}
		if store.Sort(list, by, c.reverse); names(list) != c.want {
			t.Errorf("by %s: %q; expected %q", c.by, names(list), c.want)
		}
	}
}

func TestFindColumn(t *testing.T) {
	metrics := []string{"mse", "mse_missing"}
	for _, c := range []struct{ name, wrong string }{
		{"mse_mising", `"mse_mising": did you mean "mse_missing"?`},
		{"mse.gloo", `"mse.gloo": no run has a prior gloo; did you mean "glo"?`},
		{"mse.pca", `"mse.pca": no run has a prior pca; expected one of glo, zero`},
		{"sede", `"sede": did you mean "seed"?`},
		{"nothing.at.all", `"nothing.at.all": expected a key of a run's spec or one of id, name, `},
	} {
		if _, err := store.FindColumn(catalogue(), metrics, c.name); err == nil || !strings.HasPrefix(err.Error(), c.wrong) {
			t.Errorf("%s: %v; expected %s", c.name, err, c.wrong)
		}
	}
	for name, ok := range map[string]bool{"solver.lambda": true, "mse.glo": true, "note": true, "nmae": false, "mse_mising": false} {
		if _, err := store.FindColumn(nil, metrics, name); (err == nil) != ok {
			t.Errorf("%s without runs: %v", name, err)
		}
	}
}
