package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/framework/web"
)

// send sends a form as the page of runs does, and returns the answer.
func send(t *testing.T, s *web.Server, path string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	if !form.Has("csrf") {
		form.Set("csrf", csrf(t, s, "/runs"))
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost:8765"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// listed returns the names of the runs in a page's table.
func listed(page string) (names []string) {
	for _, m := range regexp.MustCompile(`<tr data-run="([a-z]+)-`).FindAllStringSubmatch(page, -1) {
		names = append(names, m[1])
	}
	return names
}

func TestRunsPage(t *testing.T) {
	s := web.New(fixture(t), web.Options{})
	for path, want := range map[string]string{
		"/runs":                                   "search wider tiny",
		"/runs?reverse=1":                         "tiny wider search",
		"/runs?sort=name":                         "search tiny wider",
		"/runs?sort=name&reverse=1":               "wider tiny search",
		"/runs?sort=priors.pca.code_dim":          "tiny wider search",
		"/runs?q=priors.pca.code_dim%3E%3D3":      "wider tiny",
		"/runs?q=status=done,name=w*":             "wider",
		"/runs?q=THREE+priors&sort=name":          "tiny wider",
		"/runs?q=status=failed":                   "",
		"/runs?q=sead=1":                          "search wider tiny", // a mistake is no filter
		"/runs?sort=claims":                       "search tiny wider",
		"/runs?sort=training":                     "search wider tiny",
		"/runs?sort=nothing":                      "search wider tiny",
		"/runs?page=7":                            "search wider tiny",
		"/runs?page=-1&rows=1000000000000000000":  "search wider tiny",
		"/runs?columns=mse.pca,priors.pca.kind":   "search wider tiny",
		"/runs?columns=x&columns=status&columns=": "search wider tiny",
	} {
		status, page := get(t, s, path)
		if got := strings.Join(listed(page), " "); status != http.StatusOK || got != want {
			t.Errorf("%s: %d, %q; expected %q", path, status, got, want)
		}
	}
	for path, texts := range map[string][]string{
		"/runs": {`aria-sort="descending"`, `3 runs`, `<polyline points="`, `aria-label="loss of glo from `, `over 12 epochs"`, `class="status-done"`, `>6/6<`, `<small>pca</small>`,
			`what does a page show of three priors?`},
		"/runs?q=sead=1":               {`role="alert">key sead: no run has it; did you mean &#34;seed&#34;?</p>`, `aria-invalid="true"`, `value="sead=1"`},
		"/runs?q=mse<abc":              {`key mse: has numbers`, `3 runs; the filter is not applied`, `class="unfiltered"`},
		"/runs?q=search":               {`/search" aria-label="Search of search-`},
		"/runs?sort=nothing":           {`column &#34;nothing&#34;: expected a key`},
		"/runs?columns=status,xyz":     {`column &#34;xyz&#34;: expected a key`, `>status</a>`},
		"/runs?columns=mse.pca":        {`>mse.pca</a>`, `value="mse.pca" list="names"`},
		"/runs?q=status=failed":        {`No run fits the filter.`, `0 of 3 runs`},
		"/runs?sort=seconds":           {`name="sort" value="seconds"`, `href="/runs?reverse=1&amp;sort=seconds"`},
		"/runs?q=" + long(2000):        {`has 2000 bytes; expected at most 1000`},
		"/runs?columns=" + columns(25): {`25 columns are too many; at most 20 can be shown`},
	} {
		_, page := get(t, s, path)
		for _, text := range texts {
			if !strings.Contains(page, text) {
				t.Errorf("%.60s: lacks %s", path, text)
			}
		}
	}
}

func long(n int) string { return strings.Repeat("x", n) }

func columns(n int) string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("priors.p%d.kind", i))
	}
	return strings.Join(names, ",")
}

func TestRunsWithoutRuns(t *testing.T) {
	a := app.Open(filepath.Join(t.TempDir(), "<none>"), app.Catalog{})
	if status, page := get(t, web.New(a, web.Options{}), "/runs"); status != http.StatusOK || !strings.Contains(page, "There are no runs in") || strings.Contains(page, "<none>") {
		t.Errorf("%d %s", status, page)
	}
}

// Runs are shown in pages, each with all that its address asks for.
func TestPagesOfRuns(t *testing.T) {
	s := web.New(many(t, 120), web.Options{})
	_, page := get(t, s, "/runs?q=demo&sort=priors.glo.code_dim")
	if n := len(listed(page)); n != 50 || !strings.Contains(page, "120 runs, 1 to 50 shown") || !strings.Contains(page, "Page 1 of 3") || strings.Contains(page, `rel="prev"`) {
		t.Errorf("%d rows: %s", n, page)
	}
	next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(page)
	if want := "/runs?page=2&amp;q=demo&amp;sort=priors.glo.code_dim"; next == nil || next[1] != want {
		t.Fatalf("%v; expected %s", next, want)
	}
	_, page = get(t, s, "/runs?page=3&rows=50")
	if n := len(listed(page)); n != 20 || strings.Contains(page, `rel="next"`) || !strings.Contains(page, `rel="first" href="/runs"`) {
		t.Errorf("%d rows", n)
	}
	if _, page = get(t, s, "/runs?page=99&rows=100"); len(listed(page)) != 20 || !strings.Contains(page, "101 to 120 shown") {
		t.Errorf("%d rows", len(listed(page)))
	}
}

func TestEditTags(t *testing.T) {
	a := ownRuns(t)
	s := web.New(a, web.Options{})
	id := runID(t, a, "tiny")
	tags := func() string {
		list, err := a.Tag(id)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(list, " ")
	}
	path := "/runs/" + id + "/tags"
	w := send(t, s, path, url.Values{"tags": {"keep, draft/2"}, "back": {"/runs?q=status=done&page=1"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/runs?page=1&q=status%3Ddone" || tags() != "draft/2 keep" {
		t.Errorf("%d to %s, %q", w.Code, w.Header().Get("Location"), tags())
	}
	if _, page := get(t, s, "/runs"); !strings.Contains(page, `<span class="tag">draft/2</span> <span class="tag">keep</span>`) {
		t.Error("the page does not show the tags at once")
	}
	for _, back := range []string{"", "//evil.example/runs?x", "//evil.example/%zz;", "http://evil.example/runs", "javascript:alert(1)", "/experiments"} {
		w = send(t, s, path, url.Values{"tags": {"good"}, "back": {back}})
		if to := w.Header().Get("Location"); to != "/runs/"+id && !strings.HasPrefix(to, "/runs?") && to != "/runs" || tags() != "good" {
			t.Errorf("back to %s: to %s, %q", back, to, tags())
		}
	}
	for text, want := range map[string]string{
		"a <script>":             "tag &#34;&lt;script&gt;&#34;: expected up to 64",
		strings.Repeat("a ", 51): "51 tags are too many; a run can have 50",
	} {
		w = send(t, s, path, url.Values{"tags": {text}, "back": {"/runs?q=name=tiny"}})
		if page := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(page, want) || !slices.Equal(listed(page), []string{"tiny"}) || tags() != "good" {
			t.Errorf("%q: %d, %q; lacks %s", text, w.Code, tags(), want)
		}
	}
}

func TestEditNote(t *testing.T) {
	a := ownRuns(t)
	s := web.New(a, web.Options{})
	id := runID(t, a, "wider")
	path := "/runs/" + id + "/note"
	const hostile = "<script>alert(1)</script>\nλ \u202e\x1b"
	w := send(t, s, path, url.Values{"note": {strings.ReplaceAll(hostile, "\n", "\r\n")}})
	if note, err := a.Note(id); w.Header().Get("Location") != "/runs/"+id || w.Code != http.StatusSeeOther || err != nil || note != hostile {
		t.Errorf("%d, %q, %v", w.Code, note, err)
	}
	if _, page := get(t, s, "/runs"); !strings.Contains(page, `&lt;script&gt;alert(1)&lt;/script&gt;`) || !strings.Contains(page, `λ \u202e\x1b`) || strings.Contains(page, "<script>a") {
		t.Error("the note is not escaped, or not shown")
	}
	if w = send(t, s, path, url.Values{"note": {long(store.MaxNote + 1)}}); w.Code != http.StatusBadRequest {
		t.Errorf("from another page: %d", w.Code)
	}
	w = send(t, s, path, url.Values{"note": {long(store.MaxNote + 1)}, "back": {"/runs"}})
	if note, _ := a.Note(id); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "expected at most 16384") || note != hostile {
		t.Errorf("%d, %q", w.Code, note)
	}
	if w = send(t, s, path, url.Values{"note": {""}}); w.Code != http.StatusSeeOther {
		t.Error(w.Code)
	}
	if note, err := a.Note(id); note != "" || err != nil {
		t.Errorf("%q, %v", note, err)
	}
}

func TestForgedEdits(t *testing.T) {
	a := ownRuns(t)
	s := web.New(a, web.Options{})
	id := runID(t, a, "tiny")
	for path, want := range map[string]int{
		"/runs/" + id + "/tags":        http.StatusForbidden,
		"/runs/" + id + "/note":        http.StatusForbidden,
		"/runs/..%2f..%2fetc/note?x=1": http.StatusForbidden,
	} {
		if w := send(t, s, path, url.Values{"csrf": {"guess"}, "tags": {"bad"}, "note": {"bad"}}); w.Code != want {
			t.Errorf("%s: %d, expected %d", path, w.Code, want)
		}
	}
	for _, id := range []string{"none", "tin", "latest", "..%2f" + id, ".index", "%2e%2e"} {
		if w := send(t, s, "/runs/"+id+"/note", url.Values{"note": {"bad"}}); w.Code != http.StatusNotFound && w.Code != http.StatusTemporaryRedirect {
			t.Errorf("%s: %d", id, w.Code)
		}
	}
	if tags, err := a.Tag(id); len(tags) > 0 || err != nil {
		t.Errorf("%v, %v", tags, err)
	}
	readOnly := web.New(a, web.Options{ReadOnly: true})
	if _, page := get(t, readOnly, "/runs"); strings.Contains(page, `method="post"`) || len(listed(page)) != 3 {
		t.Error("read only, but there are forms")
	}
	if w := send(t, readOnly, "/runs/"+id+"/note", url.Values{"csrf": {"none"}, "note": {"bad"}}); w.Code != http.StatusForbidden {
		t.Errorf("read only: %d", w.Code)
	}
}

// Runs that are damaged, or being written, show what there is.
func TestDamagedRunsAreListed(t *testing.T) {
	a := ownRuns(t)
	tiny, wider := filepath.Join(a.Runs, runID(t, a, "tiny")), filepath.Join(a.Runs, runID(t, a, "wider"))
	for path, text := range map[string]string{
		filepath.Join(tiny, store.TrainingFile):                      "PAR1 no table PAR1",
		filepath.Join(wider, store.ManifestFile):                     "{",
		filepath.Join(a.Runs, `<img src=x onerror="1">`, "note.txt"): "x",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("nowhere", filepath.Join(a.Runs, "gone")); err != nil {
		t.Fatal(err)
	}
	status, page := get(t, web.New(a, web.Options{}), "/runs")
	if status != http.StatusOK || strings.Contains(page, "<img src=x") || strings.Count(page, `class="status-unreadable"`) != 3 {
		t.Errorf("%d %s", status, page)
	}
	for _, text := range []string{"no manifest.json", "a link that leads nowhere", "does not match its SHA-256", "&lt;img src=x"} {
		if !strings.Contains(page, text) {
			t.Errorf("lacks %s", text)
		}
	}
}
