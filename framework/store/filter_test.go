package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sedlab/framework/store"
)

func TestParseQuery(t *testing.T) {
	for text, want := range map[string]string{ // the runs of catalogue that fit
		"":                           "abc",
		" , ":                        "abc",
		"seed>1":                     "b",
		"seed >= 1":                  "ab",
		"seed= 2":                    "b",
		"seed =2, status=failed":     "b",
		"status=done":                "ac",
		"status=done status=failed":  "abc",
		"tag=x":                      "ab",
		"tag=x tag=y":                "a",
		"tag = x,status = done":      "a",
		"name=[ab]":                  "ab",
		"name=c-*":                   "c",
		`name="a"`:                   "a",
		"since=2000-01-01":           "abc",
		"since=1h":                   "",
		"B-1":                        "b",
		"which":                      "ab",
		"WHICH 'one is'":             "a",
		"don't":                      "b",
		`"one is" seed=1`:            "a",
		"y":                          "ac",
		"priors=[1, 2] seed=1":       "error: key priors: no run has it",
		"sed=1":                      `error: key sed: no run has it; did you mean "seed"?`,
		"status=doen":                `error: status "doen": did you mean "done"`,
		"status!=done":               "error: status: can only be compared with =",
		"mse<0.2":                    "b",
		"mse<abc":                    `error: key mse: has numbers; expected a number after < instead of "abc"`,
		"claims=holds":               "ab",
		"claims=does_not_hold":       "b",
		"claims != does_not_hold":    "a",
		"claims=hold":                `error: claims "hold": did you mean "holds"?`,
		"mse.glo >= 0.3 mse.glo<0.4": "a",
		"mse.pca<1":                  "error: key mse.pca: no run has it",
		"tag=":                       "error: tag: has no value after =",
		"since=yesterday":            "error: since yesterday: must be a date",
		"name=a name=b":              "error: name: is given twice",
		"name=[":                     "error: a bracket is not closed",
		`name=a\`:                    "error: syntax error in pattern",
		"=5":                         `error: condition "=5": expected key=value`,
		`"one`:                       `error: the quote " is not closed`,
		"seed=[1":                    "error: a bracket is not closed",
		strings.Repeat("word ", 300): "error: has 1500 bytes; expected at most 1000",
	} {
		list := catalogue()
		list[0].Question, list[1].Question, list[2].Note = "Which one is it?", "which don't", "Y"
		list[0].Claims, list[1].Claims = []string{"holds"}, []string{"does_not_hold", "holds"}
		query, err := store.ParseQuery(text, time.Now())
		if err == nil {
			list, err = query.Select(list)
		}
		problem, fails := strings.CutPrefix(want, "error: ")
		switch {
		case fails && (err == nil || !strings.Contains(err.Error(), problem)):
			t.Errorf("%q: %v; expected %q", text, err, problem)
		case !fails && (err != nil || names(list) != want):
			t.Errorf("%q: %q, %v; expected %q", text, names(list), err, want)
		}
	}
}

// Any text is a query or a mistake.
func FuzzParseQuery(f *testing.F) {
	for _, text := range []string{`name=a* "b c" seed >= 1, tag='x y'`, "a=[1, {b: 2}] since=7d", "status=done!<>==", "\xff\"λ='", "don't"} {
		f.Add(text)
	}
	list := catalogue()
	f.Fuzz(func(t *testing.T, text string) {
		query, err := store.ParseQuery(text, now)
		if err != nil {
			return
		}
		if found, err := query.Select(list); err == nil && len(found) > len(list) {
			t.Errorf("%q finds %d of %d runs", text, len(found), len(list))
		}
	})
}

func TestNames(t *testing.T) {
	if got := strings.Join(store.Names(catalogue(), []string{"mse"}), " "); !strings.HasPrefix(got, "id name ") || !strings.HasSuffix(got, " mse seed") {
		t.Error(got)
	}
}

// A Lister sees what List sees, and writes the index only for its first list.
func TestLister(t *testing.T) {
	root := t.TempDir()
	makeRuns(t, root, 5)
	l := store.NewLister(root)
	check := func(runs int, tag string) {
		t.Helper()
		got, err := l.List()
		if err != nil || len(got) != runs || strings.Join(got[1].Tags, " ") != tag {
			t.Fatalf("%d runs, tags %v, %v; expected %d, %s", len(got), got[1].Tags, err, runs, tag)
		}
	}
	check(5, "")
	index := readIndex(t, root)
	second := filepath.Join(root, list(t, root)[1].ID)
	if _, err := store.Tag(second, "+good"); err != nil {
		t.Fatal(err)
	}
	check(5, "good")
	old := filepath.Join(second, store.TagsFile)
	if err := os.Chtimes(old, longAgo, longAgo); err != nil {
		t.Fatal(err)
	}
	check(5, "good")
	if err := os.RemoveAll(filepath.Join(root, list(t, root)[4].ID)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, store.IndexFile), index, 0o666); err != nil { // list has changed it
		t.Fatal(err)
	}
	check(4, "good")
	if string(readIndex(t, root)) != string(index) {
		t.Error("the index was written again")
	}
}

func TestLoggedEpochs(t *testing.T) {
	r := begun(t)
	r.Log.Info(store.LogEpoch, "prior", "glo", "epoch", 1, "of", 400, "loss", 0.5, "seconds", 1.0)
	r.Log.Info(store.LogCells, "done", 3, "of", 4)
	before := time.Now()
	r.Log.Info(store.LogEpoch, "prior", "glo", "epoch", 20, "of", 400, "loss", 0.25, "seconds", 20.0)
	if got := store.LoggedEpochs(r.Dir, time.Time{}); len(got) != 2 || got[1].Prior != "glo" || got[1].Epoch != 20 || got[1].Loss != 0.25 {
		t.Errorf("%+v", got)
	}
	if got := store.LoggedEpochs(r.Dir, before); len(got) != 1 || got[0].Epoch != 20 {
		t.Errorf("since the second: %+v", got)
	}
	if got := store.LoggedEpochs(t.TempDir(), before); got != nil {
		t.Errorf("without a log: %+v", got)
	}
}
