package web_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/framework/web"
)

func TestSearchPage(t *testing.T) {
	a := fixture(t)
	s, id := web.New(a, web.Options{}), runID(t, a, "search")
	found, err := a.Search(t.Context(), id, "", "")
	if err != nil {
		t.Fatal(err)
	}
	status, body := get(t, s, "/runs/"+id+"/search")
	for _, want := range []string{"Best setting", "--set " + found.Settings[0].Set[0], "Rungs of successive halving", `<script type="application/json" id="data">{"axes":[{"name":"code_dim"`,
		"6 settings tried, 0 failed", `aria-current="page">Search</a>`} {
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%d, lacks %s", status, want)
		}
	}
	if n := strings.Count(body, `<th scope="row"`); n != 6 {
		t.Errorf("%d settings", n)
	}
	_, link, _ := strings.Cut(body, `<p><a href="`)
	link, _, _ = strings.Cut(link, `"`)
	if status, body := get(t, s, strings.ReplaceAll(link, "&amp;", "&")); status != http.StatusOK || !strings.Contains(body, "<img src=") {
		t.Errorf("its figure %s: %d, %s", link, status, problem(body))
	}
	// The link to the spectra of a setting shows all its conditions.
	_, link, _ = strings.Cut(body, ` · <a href="`)
	link, _, _ = strings.Cut(link, `"`)
	link = strings.ReplaceAll(link, "&amp;", "&")
	if n := strings.Count(link, "among="); n != len(found.Settings[0].Cells) {
		t.Errorf("%s names %d cells, expected %d", link, n, len(found.Settings[0].Cells))
	}
	if status, body := get(t, s, link); status != http.StatusOK || !strings.Contains(body, `<input type="hidden" name="among"`) {
		t.Errorf("its spectra %s: %d", link, status)
	}
	// A run that searches nothing has no such tab.
	if _, body := get(t, s, "/runs/"+runID(t, a, "tiny")+"/draw"); strings.Contains(body, "/search\"") {
		t.Error("a run without settings has a tab for them")
	}
	if status, _ := get(t, s, "/runs/"+runID(t, a, "tiny")+"/search"); status != http.StatusBadRequest {
		t.Errorf("a run without settings: %d", status)
	}
}

// No setting is the best if the settings share no conditions, and no median is the lowest if
// the priors have different numbers of signals.
func TestUneven(t *testing.T) {
	a := app.Open(t.TempDir(), catalog.Default())
	s := web.New(a, web.Options{})
	head, _, _ := strings.Cut(tinySpec, "sweep:")
	run := func(name, sweep string) string {
		path := filepath.Join(t.TempDir(), "uneven.yaml")
		if err := os.WriteFile(path, []byte(strings.TrimSpace(head)+"\nsweep: "+sweep+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		edits := []spec.Edit{{Origin: "--set", Text: "name=" + name}, {Origin: "--set", Text: "priors.pca.solver.method=projection"}}
		r, err := a.Run(t.Context(), app.SpecRef{Name: path, Edits: edits}, app.RunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return "/runs/" + r.ID
	}
	at := run("apart", "[{problem.missing_fraction: 0.2}, {problem.missing_fraction: 0.4, solver.method: regularization}]")
	if status, body := get(t, s, at+"/search"); status != http.StatusOK || strings.Contains(body, "Best setting") || !strings.Contains(body, "cannot be compared") || strings.Contains(body, `class="first"`) {
		t.Errorf("search: %d, %.3000s", status, body)
	}
	at = run("more", "{solver.method: [projection, regularization]}")
	if status, body := get(t, s, at); status != http.StatusOK || strings.Contains(body, "▾") || !strings.Contains(body, "different numbers of signals") {
		_, body, _ = strings.Cut(body, `id="results"`)
		t.Errorf("run: %d, %.3000s", status, body)
	}
}
