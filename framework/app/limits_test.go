package app_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/store"
)

// elsewhere names the tests of limits that are not tested here.
var elsewhere = map[string]string{
	"rows of a run, one for each cell and signal": "TestWhatNeedsTooMuchIsRefused",
	"memory of a run":                                             "TestWhatNeedsTooMuchIsRefused",
	"`--workers`":                                                 "cli's scripts",
	"a line of a text file of spectra":                            "spectra's TestTextIsRefused",
	"the headers of a FITS file":                                  "fits' tests",
	"pixels of a spectrum":                                        "spectra's TestTooManyPixels",
	"rows of a table":                                             "record's TestHostileTablesTakeLittleMemory",
	"a text in a table":                                           "record's TestLimitsOfATable",
	"columns of errors in a table":                                "record's TestLimitsOfATable",
	"priors in a table":                                           "store's TestTableOfManyPriors",
	"memory that a table takes":                                   "record's TestHostileTablesTakeLittleMemory",
	"memory that the arrays of an archive take":                   "npz's TestArraysHaveABudget",
	"the header of a safetensors file":                            "safetensors' tests",
	"values in a spec, after its aliases are expanded":            "yamlpos' tests",
	"depth of a spec":                                             "yamlpos' tests",
	"files that extend one another":                               "spec's tests",
	"files that a spec extends, each counted whenever it is read": "spec's tests",
	"points × swept values of a sweep":                            "spec's tests",
}

// tooLong is what a command says about a file beyond its limit.
const tooLong = "expected at most"

// Every limit in docs/limits.md is tested: what is at the limit is read, and what is beyond
// it is refused with a message.
func TestLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	documented := limits(t)
	for what := range elsewhere {
		if documented[what] == 0 && !strings.HasPrefix(what, "memory of a run") {
			t.Errorf("docs/limits.md does not have %q", what)
		}
		delete(documented, what)
	}
	const base = "name: l\ndataset: {source: synthetic, size: 1000}\npriors: {zero: {kind: zero}}\nproblem: {operator: inpainting}\n"
	list := func(n int, element string) string { return strings.Repeat(element+", ", n-1) + element }
	specs := map[string]func(n int) string{
		"a spec":          func(n int) string { return base + "#" + strings.Repeat("x", n-len(base)-2) + "\n" },
		"a key of a spec": func(n int) string { return base + "sweep: {" + strings.Repeat("k", n) + ": [1]}\n" },
		"elements of a list of values": func(n int) string {
			return strings.Replace(base, "zero: {kind: zero}", "glo: {kind: glo, hidden: ["+list(n, "8")+"]}", 1)
		},
		"priors of a spec": func(n int) string {
			var priors []string
			for i := range n {
				priors = append(priors, fmt.Sprintf("p%d: {kind: zero}", i))
			}
			return strings.Replace(base, "zero: {kind: zero}", strings.Join(priors, ", "), 1)
		},
		"steps of `dataset.preprocess`": func(n int) string {
			return strings.Replace(base, "size: 1000", "size: 1000, preprocess: ["+list(n, "{step: crop, from: 3700}")+"]", 1)
		},
		"figures of a report": func(n int) string { return base + "report: [" + list(n, "{figure: training}") + "]\n" },
		"cells of a sweep": func(n int) string {
			return base + fmt.Sprintf("evaluate: {signals: 1}\nsweep: {seed: {from: 1, to: %d, step: 1}}\n", n)
		},
	}
	for what, text := range specs {
		for _, n := range []int{documented[what], documented[what] + 1} {
			a, ref := open(t, "")
			if err := os.WriteFile(ref.Name, []byte(text(n)), 0o666); err != nil {
				t.Fatal(err)
			}
			c, err := a.Check(ref)
			if err != nil {
				t.Fatal(err)
			}
			if refused := strings.Contains(c.Errors.Error(), fmt.Sprintf("at most %d", documented[what])); refused != (n > documented[what]) {
				t.Errorf("%s: %d: %.300s", what, n, c.Errors)
			}
		}
		delete(documented, what)
	}
	testFiles(t, documented)
	for what := range documented {
		t.Errorf("docs/limits.md: %s: is not tested", what)
	}
}

// limits returns the numbers in docs/limits.md.
func limits(t *testing.T) map[string]int {
	t.Helper()
	text, err := os.ReadFile("../../docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([^|]+) \| (?:about )?([0-9]+)[^|]*\|$`).FindAllStringSubmatch(string(text), -1) {
		if _, err := fmt.Sscan(m[2], new(int)); err != nil {
			t.Fatal(err)
		}
		n := 0
		fmt.Sscan(m[2], &n)
		found[m[1]] = n
	}
	if len(found) < 20 {
		t.Fatalf("only %d limits: %v", len(found), found)
	}
	return found
}

// testFiles tests the limits of the files of a run and of a cache, and removes them from
// documented. Files at the limit are only read where that takes little memory.
func testFiles(t *testing.T, documented map[string]int) {
	t.Helper()
	a, ref := open(t, small)
	r, err := a.Run(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for what, test := range map[string]struct {
		file string
		read func() error
	}{
		"a note":            {store.NoteFile, func() error { _, err := a.Note(r.Dir); return err }},
		"the tags of a run": {store.TagsFile, func() error { _, err := a.Tag(r.Dir); return err }},
		"`manifest.json`, or another small file with its own checksum": {store.ManifestFile, func() error { _, err := store.ReadManifest(r.Dir); return err }},
		"`plan.json`":  {store.PlanFile, func() error { _, err := store.UsedKeys(a.Runs); return err }},
		"`SHA256SUMS`": {"SHA256SUMS", func() error { _, err := a.Report(t.Context(), r.Dir, false); return err }},
		"a table":      {store.SignalsFile, func() error { _, err := a.Report(t.Context(), r.Dir, false); return err }},
		"a checkpoint": {"../cache/checkpoints/" + strings.Repeat("0", 64) + ".checkpoint", func() error {
			r, err := a.CacheVerify(t.Context())
			if err == nil && len(r.Damaged) > 0 {
				err = r.Damaged[0]
			}
			return err
		}},
	} {
		path, limit := filepath.Join(r.Dir, test.file), int64(documented[what])
		before, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for _, size := range []int64{limit, limit + 2} { // a note may end in a line feed
			if size == limit && limit == 1<<30 { // a plan, of which all would be read
				continue
			}
			f, err := os.Create(path)
			if err == nil {
				err = errors.Join(f.Truncate(size), f.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
			err = test.read()
			if refused := err != nil && strings.Contains(err.Error(), tooLong); refused != (size > limit) {
				t.Errorf("%s: %d bytes: %v", what, size, err)
			}
		}
		err = os.RemoveAll(path)
		if err == nil && before != nil {
			err = os.WriteFile(path, before, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
		delete(documented, what)
	}
}
