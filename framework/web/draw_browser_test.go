package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sedlab/framework/web"
)

// tabTo presses the Tab key until a field has the focus.
func (b *browser) tabTo(name string) {
	b.t.Helper()
	for range 60 {
		b.keys("\t")
		if eval[string](b, "document.activeElement.name ?? ''") == name {
			return
		}
	}
	b.t.Fatalf("the Tab key does not lead to %s", name)
}

// A figure is asked for by keyboard alone, and drawn while the form changes.
func TestDrawByKeyboard(t *testing.T) {
	t.Parallel()
	a := fixture(t)
	b := browse(t, web.New(a, web.Options{}))
	b.open("/runs/" + runID(t, a, "tiny") + "/draw")
	drawn := `document.querySelector('#drawn img')?.complete && document.querySelector('#drawn img').naturalWidth > 100 && document.getElementById('yaml').textContent`
	b.wait(drawn + " === '- {figure: boxplot, x: problem.missing_fraction, group: prior}'")
	b.screenshot("draw")
	b.accessible()
	b.open("/runs/" + runID(t, a, "tiny") + "/draw")
	b.tabTo("figure")
	b.keys("curves")
	b.wait(drawn + " === '- {figure: curves, x: problem.missing_fraction}' && document.activeElement.name === 'figure'")
	b.tabTo("y")
	b.keys("mse_m")
	b.wait(drawn + ".includes('y: mse_missing')")
	b.tabTo("title")
	b.keys("a title")
	b.wait(drawn + ".includes('title: \"a title\"') && document.getElementById('status').textContent === 'Drawn: a title' && document.activeElement.value === 'a title'")
	if at := eval[string](b, "location.search"); !strings.Contains(at, "figure=curves") || !strings.Contains(at, "title=a+title") {
		t.Errorf("the address is %s", at)
	}
	b.tabTo("where.problem.missing_fraction")
	b.keys("0.6")
	b.wait(drawn + ".includes('where: {problem.missing_fraction: 0.6}')")
	// A mistake is shown beside its field, and the person goes on.
	b.open("/runs/" + runID(t, a, "tiny") + "/draw?figure=boxplot")
	b.tabTo("drop_beyond_iqr")
	b.keys("x")
	b.wait("document.getElementById('e-drop_beyond_iqr').textContent.startsWith('got') && document.activeElement.getAttribute('aria-invalid') === 'true'")
	b.accessible()
	b.tabTo("prior")
}

// The filter of the report's figure goes with another kind or axis, or when it is cleared.
func TestFilterGoes(t *testing.T) {
	a := fixture(t)
	b := browse(t, web.New(a, web.Options{}))
	at := "/runs/" + runID(t, a, "tiny") + "/draw?figure=boxplot&x=prior&where.problem.missing_fraction=0.6"
	line := "document.getElementById('yaml')?.textContent"
	b.open(at)
	b.tabTo("x")
	b.keys("problem.m")
	b.wait(line + " === '- {figure: boxplot, x: problem.missing_fraction}' && !document.querySelector('#unfilter a')")
	b.open(at)
	b.tabTo("figure")
	b.keys("residuals")
	b.wait(line + " === '- {figure: residuals}'")
	b.open(at)
	b.click("#unfilter a")
	b.wait(line + " === '- {figure: boxplot, x: prior}'")
}

// An axis filters the settings, by dragging and by its sliders.
func TestBrush(t *testing.T) {
	t.Parallel()
	a := fixture(t)
	b := browse(t, web.New(a, web.Options{}))
	b.open("/runs/" + runID(t, a, "search") + "/search")
	b.wait("document.getElementById('shown').textContent === '6 of 6 settings shown'")
	b.screenshot("search")
	b.do(chromedp.ScrollIntoView(chromedp.CSS("#parallel")))
	var box [4]float64 // of the axis of the score: x, the lower end, the upper end
	for i, part := range []string{"left + 18", "bottom - 6", "top + 6"} {
		box[i] = eval[float64](b, fmt.Sprintf("(r => r.%s)([...document.querySelectorAll('#parallel .catch')].at(-1).getBoundingClientRect())", part))
	}
	b.do(chromedp.DragAndDropXY(box[0], box[1]+5, box[0], box[1]-3, 5)) // only the best is there
	b.wait("document.getElementById('shown').textContent === '1 of 6 settings shown'")
	if row := eval[string](b, "[...document.querySelectorAll('#settings tbody tr:not([hidden]) th')].map(e => e.textContent).join()"); row != "1" {
		t.Errorf("places %s are shown", row)
	}
	b.click("#clear")
	b.wait("document.getElementById('shown').textContent === '6 of 6 settings shown'")
	b.click("#charts summary")
	b.do(chromedp.Focus(chromedp.CSS("#sliders input")))
	b.keys(strings.Repeat("\u0304", 1) + "\u0305") // to the end
	b.wait("/^[1-5] of 6/.test(document.getElementById('shown').textContent)")
	b.do(chromedp.Focus(chromedp.CSS("#grid-of")))
	b.keys("median")
	b.wait("document.querySelector('#grid td.best-cell')")
	b.accessible()
}

// A key is overridden, and the command line follows.
func TestOverride(t *testing.T) {
	t.Parallel()
	b := browse(t, web.New(fixture(t), web.Options{}))
	b.open("/experiments")
	b.screenshot("experiments")
	b.accessible()
	b.click(`a[href="/experiments/sweeps/hyperparameters"]`)
	b.wait("document.getElementById('line')?.textContent === 'sedlab run sweeps/hyperparameters'")
	b.screenshot("experiment")
	b.tabTo("set.dataset.size")
	b.keys("500")
	if !eval[bool](b, "!document.getElementById('line').textContent.includes('500') === ('stale' in document.getElementById('command').dataset)") {
		t.Error("a stale command is not marked")
	}
	b.wait("document.getElementById('line')?.textContent === 'sedlab run sweeps/hyperparameters --set dataset.size=500' && document.activeElement.value === '500'")
	eval[bool](b, "scrollTo(0, 5000), true")
	if top := eval[float64](b, "document.getElementById('command').getBoundingClientRect().top"); top < 0 {
		t.Errorf("the command is at %v", top)
	}
	b.keys("x")
	b.wait("!document.getElementById('line') && document.getElementById('e-set.dataset.size').textContent.startsWith('got')")
	b.accessible()
}
