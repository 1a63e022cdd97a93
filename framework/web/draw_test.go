package web_test

import (
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/framework/web"
)

func TestDrawPage(t *testing.T) {
	a := fixture(t)
	s, id := web.New(a, web.Options{}), runID(t, a, "tiny")
	at := "/runs/" + id + "/draw"
	status, body := get(t, s, at)
	for _, want := range []string{`<option value="boxplot" selected>`, `alt="MSE per flux`, "figure.csv?", "- {figure: boxplot, x: problem.missing_fraction, group: prior}",
		`<option value="problem.missing_fraction" selected>`, `<th scope="col" class="num">median</th>`} {
		if status != http.StatusOK || !strings.Contains(html.UnescapeString(body), want) {
			t.Errorf("%d, lacks %s", status, want)
		}
	}
	for _, kind := range []string{"boxplot", "curves", "heatmap", "scatter", "residuals", "training", "reconstructions", "code_map"} {
		if _, body := get(t, s, at+"?figure="+kind); !strings.Contains(body, "<img src=") {
			t.Errorf("%s is not drawn with what is suggested: %s", kind, problem(body))
		}
	}
	// A key that only another kind has is left behind when the kind changes.
	if _, body := get(t, s, at+"?figure=training&x=prior&where.prior=glo"); !strings.Contains(body, "- {figure: training}") {
		t.Error(problem(body))
	}
	files, err := filepath.Glob(filepath.Join(a.Runs, id, "figures", "01-*"))
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if status, got := get(t, s, at+"/figure"+filepath.Ext(path)); status != http.StatusOK || got != string(want) {
			t.Errorf("%d: %s differs from the report's", status, filepath.Base(path))
		}
	}
}

// problem returns what a page says is wrong.
func problem(body string) string {
	_, text, _ := strings.Cut(body, `id="problem">`)
	text, _, _ = strings.Cut(text, "</p>")
	return text
}

func TestDrawErrors(t *testing.T) {
	a := fixture(t)
	s, id := web.New(a, web.Options{}), runID(t, a, "tiny")
	at := "/runs/" + id + "/draw"
	for query, want := range map[string]string{
		"figure=boxplott":                                                            `did you mean "boxplot"?`,
		"figure=boxplot&x=priorr":                                                    `id="e-x">got "priorr"`,
		"figure=boxplot&drop_beyond_iqr=a:b":                                         `id="e-drop_beyond_iqr">got`,
		"figure=boxplot&where.prior=none":                                            `id="e-where.prior">got none`,
		"figure=boxplot&where.nothing=1":                                             `id="e-where.nothing">got &#34;nothing&#34;`,
		"figure=boxplot&where." + strings.Repeat("a.", 90):                           "nothing",
		"figure=boxplot&where.prior={a:%20&b}":                                       `id="e-where.prior">`,
		"figure=boxplot&title=" + url.QueryEscape("</pre><script>alert(1)</script>"): "&lt;script&gt;",
		"figure=%00": "figure",
		"figure=%ff": "figure",
	} {
		status, body := get(t, s, at+"?"+query)
		if want != "nothing" && !strings.Contains(strings.ReplaceAll(body, "&#34;", `"`), strings.ReplaceAll(want, "&#34;", `"`)) {
			t.Errorf("%s: lacks %s: %s", query, want, problem(body))
		}
		if status != http.StatusOK || strings.Contains(body, "<script>alert") {
			t.Errorf("%s: %d", query, status)
		}
	}
	for path, want := range map[string]int{
		"/runs/" + id + "/draw/figure.exe":                             404,
		"/runs/" + id + "/draw/..%2f..%2fspec.yaml":                    404,
		"/runs/none/draw":                                              404,
		"/runs/..%2f" + id + "/draw":                                   404,
		at + "/figure.svg?figure=none":                                 400,
		at + "?title=" + strings.Repeat("x", 1001):                     400,
		at + "?" + strings.Repeat("where.a"+strings.Repeat("b", 9), 1): 200,
	} {
		if status, _ := get(t, s, path); status != want {
			t.Errorf("%.90s: %d, expected %d", path, status, want)
		}
	}
	many := url.Values{"figure": {"boxplot"}}
	for i := range 60 {
		many.Set("where.k"+strings.Repeat("x", i), "1")
	}
	if status, _ := get(t, s, at+"?"+many.Encode()); status != http.StatusBadRequest {
		t.Errorf("sixty filters: %d", status)
	}
}

// A run that has not ended, one whose spec is damaged, and tables that are too large have
// pages that say so.
func TestDrawOfOtherRuns(t *testing.T) {
	a := ownRuns(t)
	s, id := web.New(a, web.Options{}), runID(t, a, "tiny")
	a.MaxTable = 1000
	if status, body := get(t, s, "/runs/"+id+"/draw"); status != http.StatusOK || !strings.Contains(body, "sedlab report") {
		t.Errorf("large tables: %d, %s", status, problem(body))
	}
	a.MaxTable = 0
	dir := filepath.Join(a.Runs, id)
	for _, name := range []string{"signals.parquet", "training.parquet", "examples.parquet", "SHA256SUMS"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, page := range []string{"draw", "search"} {
		if status, body := get(t, s, "/runs/"+id+"/"+page); page == "draw" && (status != http.StatusOK || !strings.Contains(body, "no tables yet")) {
			t.Errorf("%s without tables: %d, %s", page, status, problem(body))
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "spec.yaml"), []byte("name: [<b>"), 0o666); err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, s, "/runs/"+id+"/draw"); status != http.StatusOK || !strings.Contains(body, "spec.yaml") || strings.Contains(body, "<b>") {
		t.Errorf("a damaged spec: %d, %s", status, problem(body))
	}
}
