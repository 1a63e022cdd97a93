package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/framework/web"
	"sedlab/internal/record"
)

// contains fails the test unless a page has all texts.
func contains(t *testing.T, body string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
}

func TestRunPage(t *testing.T) {
	a := fixture(t)
	s := web.New(a, web.Options{})
	id := runID(t, a, "wider")
	status, body := get(t, s, "/runs/"+id)
	if status != 200 {
		t.Fatal(status, body)
	}
	contains(t, body, "what does a page show of three priors?", `<strong class="status-done">done</strong>`, "6 of 6", ">glo</th>", "12 of 12",
		`files/figures/01-boxplot-missing_fraction.svg"`, "Box: quartiles and median", "priors.pca.code_dim", "SHA-256", "statistics.csv", "manifest.json",
		`action="/runs/`+id+`/tags"`, `name="back" value="/runs/`+id+`"`, "settings with the default", "/compare?run="+id)
	if changed, _, _ := strings.Cut(body, "settings with the default"); !strings.Contains(changed, "swept; the spec") || strings.Contains(changed, "What cannot be shown") {
		t.Errorf("the settings that differ: %.3000s", changed)
	}
	if status, body := get(t, web.New(a, web.Options{ReadOnly: true}), "/runs/"+id); status != 200 || strings.Contains(body, "<form") {
		t.Errorf("read only: %d, with a form", status)
	}
	if status, _ := get(t, s, "/runs/none"); status != 404 {
		t.Errorf("no run: %d", status)
	}
}

// The command line shows which settings were made there.
func TestOriginOfSettings(t *testing.T) {
	a := ownRuns(t)
	id := runID(t, a, "tiny")
	m, err := store.ReadManifest(filepath.Join(a.Runs, id))
	if err != nil {
		t.Fatal(err)
	}
	m.Argv = []string{"sedlab", "run", "it's here.yaml", "--set", "priors.pca.code_dim=3", "--set=sweep.problem.missing_fraction=[0.2,0.6]", "--set"}
	writeManifest(t, filepath.Join(a.Runs, id), m)
	_, body := get(t, web.New(a, web.Options{}), "/runs/"+id)
	if n := strings.Count(body, "--set on the command line"); n != 2 || !strings.Contains(body, "swept; --set on the command line") {
		t.Errorf("%d settings are from the command line", n)
	}
	contains(t, body, `The spec is <code>it&#39;s here.yaml</code>`, `&#39;it&#39;\&#39;&#39;s here.yaml&#39;`)
}

const script = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`

// A run whose signals failed says why.
func TestFailures(t *testing.T) {
	a, run := begin(t)
	rows := []record.Signal{{Prior: "glo", Status: "nothing observed"}, {Prior: "glo", Status: "not finite", SignalID: 1}, {Prior: "glo", Status: "not finite", SignalID: 2}, {Prior: "glo", Status: record.StatusOK, SignalID: 3}}
	if err := run.SaveTables(t.Context(), rows, nil, nil); err != nil {
		t.Fatal(err)
	}
	run.Manifest.Results, run.Manifest.Error = store.Summarise(rows), "cell x: it diverged"
	if err := run.Finish(store.Failed, time.Now()); err != nil {
		t.Fatal(err)
	}
	_, body := get(t, web.New(a, web.Options{}), "/runs/"+run.Manifest.ID)
	contains(t, body, "cell x: it diverged", "3 signals without a result", "1 × nothing observed", "2 × not finite", "1 of 4", "sedlab resume")
}

// What people wrote into files is text on every page.
func TestHostileTexts(t *testing.T) {
	a := ownRuns(t)
	id := runID(t, a, "tiny")
	dir := filepath.Join(a.Runs, id)
	m, err := store.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	m.Question, m.Error, m.Notes, m.ReplayOf, m.Argv = script, script, []string{script}, script, []string{script, "run", script}
	m.Results[0].Prior, m.Datasets[0].Name, m.System.Host = script, script, script
	m.Git = &store.Git{Commit: script, Dirty: true}
	m.Claims = []byte(`[{"claim":"<script>","prior":"<script>","verdict":"<script> x","conditions":[{"operator":"<script>"}]}]`)
	writeManifest(t, dir, m)
	if err := a.SetNote(id, script); err != nil {
		t.Fatal(err)
	}
	bidi := "\u202e\x1b"
	m.Notes, m.Argv = append(m.Notes, bidi), append(m.Argv, bidi)
	writeManifest(t, dir, m)
	for name, text := range map[string]string{
		store.LogFile:              `{"msg":"<script>","level":"<script>","<script>":"<script>\u202e"}` + "\n<script>" + bidi + "\n",
		"statistics.csv":           "<script>,b\n<script>,1\nx,2\n",
		"report.md":                "![<script>](figures/01-boxplot-missing_fraction.png)\n\n<script> [SVG](x)\n",
		store.SpecFile:             "<script>: <script>\n",
		"figures/<script>.svg":     "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
		"figures/\"onerror=x .csv": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s := web.New(a, web.Options{})
	for _, path := range []string{"/runs/" + id, "/runs/" + id + "/log", "/runs/" + id + "/log?text=%3Cscript%3E", "/compare?run=" + id + "&run=" + runID(t, a, "wider")} {
		status, body := get(t, s, path)
		if status != 200 || strings.Contains(body, "<script>alert") || strings.Contains(body, "<script> ") || strings.Contains(body, "<script>\n") || strings.Contains(body, "onerror=alert(1)>") {
			t.Errorf("%s: %d, with a script", path, status)
		}
		if !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("%s does not show the text", path)
		}
		if strings.ContainsAny(body, "\u202e\x1b") {
			t.Errorf("%s has characters that are not seen", path)
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/runs/"+id+"/files/figures/"+url.PathEscape("<script>.svg"), nil))
	if p := w.Header().Get("Content-Security-Policy"); w.Code != 200 || !strings.Contains(p, "default-src 'none'") || !strings.HasSuffix(p, "sandbox") {
		t.Errorf("an SVG: %d with policy %s", w.Code, p)
	}
}

func TestDamagedRuns(t *testing.T) {
	for _, name := range []string{store.ManifestFile, store.SpecFile, store.SignalsFile, store.TrainingFile, store.TagsFile, "statistics.csv", "report.md", store.LogFile, "SHA256SUMS"} {
		for what, damage := range map[string]func(string) error{
			"gone":   os.Remove,
			"cut":    func(p string) error { return os.Truncate(p, 10) },
			"a pipe": func(p string) error { _ = os.Remove(p); return mkfifo(p) },
		} {
			a := ownRuns(t)
			id := runID(t, a, "tiny")
			path := filepath.Join(a.Runs, id, name)
			if err := os.WriteFile(path, []byte("\xff\xfe a text that is none of a run"), 0o666); err != nil {
				t.Fatal(err)
			}
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			s := web.New(a, web.Options{})
			status, body := get(t, s, "/runs/"+id)
			if status != 200 || !strings.Contains(body, "figures/01-boxplot-missing_fraction.svg") {
				t.Errorf("%s is %s: %d, %.300s", name, what, status, body)
			}
			if name == store.ManifestFile && !strings.Contains(body, "The run&#39;s manifest: ") {
				t.Errorf("a manifest that is %s is not missed", what)
			}
			if status, _ := get(t, s, "/compare?run="+id+"&run="+runID(t, a, "wider")); status != 200 {
				t.Errorf("%s is %s: compared with status %d", name, what, status)
			}
		}
	}
}

func TestFiles(t *testing.T) {
	a := ownRuns(t)
	s := web.New(a, web.Options{})
	id := runID(t, a, "tiny")
	if err := os.Symlink("/etc/passwd", filepath.Join(a.Runs, id, "figures", "passwd.csv")); err != nil {
		t.Fatal(err)
	}
	ask := func(path, header string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/runs/"+id+"/files/"+path, nil)
		r.Header.Set("Range", header)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	for path, want := range map[string][2]string{
		"figures/01-boxplot-missing_fraction.svg":        {"image/svg+xml", "inline"},
		"figures/01-boxplot-missing_fraction.svg?save=1": {"image/svg+xml", "attachment"},
		"figures/01-boxplot-missing_fraction.csv":        {"text/csv; charset=utf-8", "attachment"},
		"spec.yaml":       {"text/plain; charset=utf-8", "attachment"},
		"signals.parquet": {"application/vnd.apache.parquet", "attachment"},
	} {
		w := ask(path, "")
		if h := w.Header(); w.Code != 200 || h.Get("Content-Type") != want[0] || !strings.HasPrefix(h.Get("Content-Disposition"), want[1]+"; filename") {
			t.Errorf("%s: %d, %v", path, w.Code, h)
		}
	}
	if w := ask("spec.yaml", "bytes=0-4"); w.Code != 206 || w.Body.String() != "# Que" {
		t.Errorf("a range: %d, %q", w.Code, w.Body)
	}
	for _, path := range []string{"none", "lock", "figures/passwd.csv", "figures/none.svg", "..%2fmanifest.json", "%2e%2e/spec.yaml", "%2fetc%2fpasswd", "figures%2f..%2f..%2f..%2fx.csv", "spec.yaml%00"} {
		if w := ask(path, ""); w.Code == 200 || w.Code >= 500 || strings.Contains(w.Body.String(), "root:") {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestLogPage(t *testing.T) {
	a := ownRuns(t)
	id := runID(t, a, "tiny")
	s := web.New(a, web.Options{})
	_, body := get(t, s, "/runs/"+id+"/log")
	contains(t, body, "epoch", "log.jsonl", "The last ")
	if _, body := get(t, s, "/runs/"+id+"/log?level=ERROR"); !strings.Contains(body, "No such message") {
		t.Error("no error is logged, but one is shown")
	}
	_, body = get(t, s, "/runs/"+id+"/log?lines=2")
	contains(t, body, "Older messages", "before=", "lines=2")
	for _, q := range []string{"level=LOUD", "before=-1", "before=x", "lines=0", "lines=1000000"} {
		if status, _ := get(t, s, "/runs/"+id+"/log?"+q); status != 400 {
			t.Errorf("%s: %d", q, status)
		}
	}
	if err := os.Remove(filepath.Join(a.Runs, id, store.LogFile)); err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, s, "/runs/"+id+"/log"); status != 200 || !strings.Contains(body, "no message yet") {
		t.Errorf("without a log: %d", status)
	}
}

func TestComparePage(t *testing.T) {
	a := fixture(t)
	s := web.New(a, web.Options{})
	tiny, wider := runID(t, a, "tiny"), runID(t, a, "wider")
	_, body := get(t, s, "/compare?run="+tiny)
	contains(t, body, "Choose two runs", `<option value="`+tiny+`" selected>`+tiny)
	status, body := get(t, s, "/compare?run="+tiny+"&run="+wider+"&metric=mse_missing")
	d, err := a.Diff(t.Context(), tiny, wider, "mse_missing")
	if status != 200 || err != nil {
		t.Fatal(status, err, body)
	}
	for _, g := range d.Results.Groups {
		contains(t, body, web.Number(*g.MedianA), web.Number(*g.MedianB), web.Number(*g.Difference))
	}
	contains(t, body, "priors.pca.code_dim", `<td class="mono value">6</td>`, "36 pairs", "identical", "Better in B", `"priors":["glo","pca","zero"]`, "/runs/"+tiny+"/spectra?cell=", "/runs/"+wider+"/spectra?cell=", "signal=",
		`"same":[true,false,true],"conditions":["20 % missing","20 % missing","20 % missing","60 % missing",`, "<td>60 % missing</td>", "36 of 36 pairs can be opened")
	if _, body := get(t, s, "/compare?run="+tiny+"&run="+runID(t, a, "search")); !strings.Contains(body, "Signal by signal") {
		t.Error("runs of other priors cannot be compared")
	}
	if _, body := get(t, s, "/compare?run="+tiny+"&run="+wider+"&metric=none"); !strings.Contains(body, "metric &#34;none&#34;") {
		t.Error("an unknown metric is not reported")
	}
	for _, q := range []string{"run=" + tiny + "&run=none", "run=..&run=" + tiny} {
		if status, _ := get(t, s, "/compare?"+q); status != 404 {
			t.Errorf("%s: %d", q, status)
		}
	}
	many := strings.Builder{}
	for i := range 9 {
		many.WriteString("&run=" + string(rune('a'+i)))
	}
	for _, q := range []string{many.String(), "run=" + tiny + "&run=" + wider + "&against=x"} {
		if status, _ := get(t, s, "/compare?"+q); status != 400 {
			t.Errorf("%.60s: %d", q, status)
		}
	}
	if status, body := get(t, web.New(app.Open(t.TempDir(), catalog.Default()), web.Options{}), "/compare"); status != 200 || !strings.Contains(body, "Choose") {
		t.Errorf("without runs: %d", status)
	}
}
