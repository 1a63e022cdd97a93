package web_test

import (
	"net/http"
	"strings"
	"testing"

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
