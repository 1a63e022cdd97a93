package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sedlab/framework/store"
	"sedlab/framework/web"
)

// A run in progress moves without being loaded again, and shows its results when it ends.
func TestLivePage(t *testing.T) {
	t.Parallel()
	a, run := begin(t)
	logEpoch(run, 1, 0.5)
	b := browse(t, web.New(a, web.Options{}))
	b.open("/runs/" + run.Manifest.ID)
	_ = eval[bool](b, "window.same = true")
	b.wait("document.getElementById('step').value === 1 && document.getElementById('step').max === 100")
	for epoch := 10; epoch <= 50; epoch += 10 {
		logEpoch(run, epoch, 1/float64(epoch))
	}
	b.wait("document.getElementById('step-text').textContent === '50 of 100 epochs'")
	b.wait("document.querySelectorAll('#curve polyline').length === 1 && document.querySelector('#curve polyline').points.length === 6")
	b.wait("/^(49|50)s$/.test(document.getElementById('left').textContent)")
	b.wait("/^4[5-8]s$/.test(document.getElementById('left').textContent)") // it counts down
	b.screenshot("live")
	b.accessible()
	run.Log.Info(store.LogCells, "done", 3, "of", 4, "first", 0, "seconds", 6.0)
	b.wait("document.getElementById('cells').value === 3 && document.querySelector('p[role=status]').textContent === 'Reconstructing'")
	_ = eval[bool](b, "document.querySelector('.tabs a[href$=log]').focus(), true")
	run.Manifest.Cells = store.Cells{Total: 4, Done: 4}
	run.Manifest.Results = []store.PriorResult{{Prior: "glo", Rows: 4, Results: 4, Medians: map[string]float64{"mse": 0.125}}}
	if err := run.Finish(store.Done, time.Now()); err != nil {
		t.Fatal(err)
	}
	b.wait("!document.getElementById('live') && document.querySelector('#main').innerText.includes('0.125')")
	b.wait("document.querySelector('body > p[role=status]').textContent === 'The run is done.'")
	if !eval[bool](b, "window.same && document.activeElement.textContent === 'Log'") {
		t.Error("the page was loaded again, or lost the focus")
	}
}

// Pages that nobody sees hold no connection, of which a browser opens only six.
func TestManyLivePages(t *testing.T) {
	a, run := begin(t)
	logEpoch(run, 1, 0.5)
	b := browse(t, web.New(a, web.Options{}))
	b.open("/runs")
	for range 7 {
		_ = eval[bool](b, fmt.Sprintf("window.last = open('/runs/%s'), true", run.Manifest.ID))
		b.wait("last.document.getElementById('step')?.max === 100 && last.document.getElementById('rate').textContent !== ''")
		_ = eval[bool](b, "Object.defineProperty(last.document, 'hidden', { value: true, configurable: true }), last.document.dispatchEvent(new Event('visibilitychange'))")
	}
	if status := eval[int](b, "fetch('/runs', { signal: AbortSignal.timeout(10000) }).then(r => r.status)"); status != 200 {
		t.Error("status ", status)
	}
	_ = eval[bool](b, "Object.defineProperty(last.document, 'hidden', { value: false }), last.document.dispatchEvent(new Event('visibilitychange'))")
	logEpoch(run, 50, 0.25)
	b.wait("last.document.getElementById('step').value === 50")
	if err := run.Finish(store.Done, time.Now()); err != nil {
		t.Fatal(err)
	}
	b.wait("!last.document.getElementById('live')")
}

func TestRunInABrowser(t *testing.T) {
	t.Parallel()
	a := fixture(t)
	b := browse(t, web.New(a, web.Options{}))
	b.open("/runs/" + runID(t, a, "tiny"))
	b.wait("[...document.querySelectorAll('figure img')].every(i => (i.loading = 'eager', i.complete && i.naturalWidth > 100))")
	b.do(chromedp.Evaluate[chromedp.Void]("document.querySelectorAll('details').forEach(d => d.open = true)"))
	b.screenshot("run")
	b.accessible()
	text := eval[string](b, "fetch(document.querySelector('a[download][href*=statistics]').href).then(r => r.text())")
	want, err := os.ReadFile(filepath.Join(a.Runs, runID(t, a, "tiny"), "statistics.csv"))
	if err != nil || text != string(want) {
		t.Errorf("statistics.csv is %.100q, %v", text, err)
	}
	b.open("/runs/" + runID(t, a, "tiny") + "/log")
	b.accessible()
}

// A point of the scatter leads to the spectrum of its signal.
func TestCompareInABrowser(t *testing.T) {
	t.Parallel()
	a := fixture(t)
	b := browse(t, web.New(a, web.Options{}))
	tiny, wider := runID(t, a, "tiny"), runID(t, a, "wider")
	b.open("/compare")
	b.accessible()
	path := fmt.Sprintf("/compare?run=%s&run=%s", tiny, wider)
	b.click("main form button") // the newest two
	b.wait("location.search.includes('&run=tiny') || location.search.includes('run=wider')")
	b.open(path)
	b.wait("document.querySelectorAll('#scatter g path').length === 12 && !document.querySelector('#scatter .hollow')")
	b.screenshot("compare")
	b.accessible()
	_ = eval[bool](b, "document.querySelector('#scatter > svg').focus(), true")
	b.keys(kb.ArrowRight)
	b.wait("/^signal \\d+, pca, [26]0 % missing: /.test(document.getElementById('readout').textContent)")
	link := eval[string](b, "document.querySelector('#scatter a').getAttribute('href')")
	b.click("#scatter .key li:nth-child(1) input")
	b.wait("document.querySelectorAll('#scatter g:first-of-type path').length === 12")
	b.wanted = true // the page of the spectra is another's
	b.open(path)
	b.click("#scatter g:nth-of-type(2) path:nth-child(3)")
	b.wait("location.pathname.endsWith('/" + wider + "/spectra') && /^\\?signal=\\d+&cell=[0-9a-f]+&prior=pca$/.test(location.search)")
	if link == "" {
		t.Error("a point that was chosen by a key has no link")
	}
}

// Pairs whose reconstructions were not kept are hollow, and lead nowhere.
func TestCompareWhatWasNotKept(t *testing.T) {
	a := ownRuns(t)
	tiny, wider := runID(t, a, "tiny"), runID(t, a, "wider")
	if err := os.Remove(filepath.Join(a.Runs, wider, store.ExamplesFile)); err != nil {
		t.Fatal(err)
	}
	s := web.New(a, web.Options{})
	path := fmt.Sprintf("/compare?run=%s&run=%s", tiny, wider)
	_, body := get(t, s, path)
	if contains(t, body, "36 of 36 pairs", "in A</a>"); strings.Contains(body, "in B</a>") {
		t.Error("a link to a spectrum that B did not keep")
	}
	if err := os.Remove(filepath.Join(a.Runs, tiny, store.ExamplesFile)); err != nil {
		t.Fatal(err)
	}
	_, body = get(t, s, path)
	if contains(t, body, "No pair can be opened", "not kept"); strings.Contains(body, "in A</a>") {
		t.Error("a link to a spectrum that A did not keep")
	}
	b := browse(t, s)
	b.open(path)
	b.wait("document.querySelectorAll('#scatter path.hollow').length === 12")
	_ = eval[bool](b, "document.querySelector('#scatter > svg').focus(), true")
	b.keys(kb.ArrowRight)
	b.wait("document.getElementById('opens').textContent.includes('not kept') && !document.querySelector('#scatter a[href]')")
}
