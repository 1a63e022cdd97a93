package web_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sedlab/framework/web"
	"sedlab/internal/record"
)

// shownRange returns the wavelengths at both ends of the plot [Å].
func shownRange(b *browser) (from, to float64) {
	b.t.Helper()
	text := eval[string](b, "document.getElementById('plot').dataset.view")
	if _, err := fmt.Sscan(text, &from, &to); err != nil {
		b.t.Fatalf("%q: %v", text, err)
	}
	return from, to
}

// painted counts the pixels of the plot with the colour of a curve, about.
func painted(b *browser, class string) int {
	b.t.Helper()
	return eval[int](b, `(() => {
		const c = document.getElementById('plot'), copy = document.createElement('canvas');
		copy.width = c.width;
		copy.height = c.height;
		const p = copy.getContext('2d', {willReadFrequently: true});
		p.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--`+class+`');
		p.fillRect(0, 0, 1, 1);
		const [r, g, b] = p.getImageData(0, 0, 1, 1).data, d = (p.drawImage(c, 0, 0), p.getImageData(0, 0, c.width, c.height).data);
		let n = 0;
		for (let i = 0; i < d.length; i += 4) if (Math.abs(d[i] - r) + Math.abs(d[i + 1] - g) + Math.abs(d[i + 2] - b) < 30) n++;
		return n;
	})()`)
}

// frames waits until what was changed is drawn.
const frames = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true)))))"

func drawn(b *browser) {
	b.t.Helper()
	_ = eval[bool](b, frames)
}

// openSpectra shows the spectra of the run tiny, and waits until one is drawn.
func openSpectra(t *testing.T) (b *browser, id string) {
	t.Helper()
	a := fixture(t)
	id = runID(t, a, "tiny")
	b = browse(t, web.New(a, web.Options{Repaired: []string{tinyOutput(t)}}))
	b.open("/runs/" + id + "/spectra")
	b.wait("document.getElementById('plot').dataset.shown")
	return b, id
}

// The wheel, a drag, buttons and keys change what is shown; a double click shows it all.
func TestSpectrumZoom(t *testing.T) {
	b, _ := openSpectra(t)
	low, high := shownRange(b)
	narrower := func(what string, from, to float64) {
		t.Helper()
		drawn(b)
		if a, z := shownRange(b); z-a >= to-from-1 {
			t.Errorf("%s: shows %v to %v, expected less than %v to %v", what, a, z, from, to)
		}
	}
	reset := func(what string) {
		t.Helper()
		drawn(b)
		if a, z := shownRange(b); a != low || z != high {
			t.Errorf("%s: shows %v to %v, expected %v to %v", what, a, z, low, high)
		}
	}
	b.click("[data-do=in]")
	narrower("button", low, high)
	b.click("[data-do=reset]")
	reset("button")
	event := func(kind, class, more string) {
		t.Helper()
		_ = eval[bool](b, `(() => { const c = document.getElementById('plot'), r = c.getBoundingClientRect();
			c.dispatchEvent(new `+class+`('`+kind+`', {bubbles: true, cancelable: true, pointerId: 1, `+more+`})); return true; })()`)
		drawn(b)
	}
	event("wheel", "WheelEvent", "deltaY: -200, clientX: r.left + 400")
	narrower("wheel", low, high)
	event("dblclick", "MouseEvent", "")
	reset("double click")
	_ = eval[bool](b, "document.getElementById('plot').setPointerCapture = () => {}, true")
	event("pointerdown", "PointerEvent", "clientX: r.left + 200, button: 0")
	event("pointermove", "PointerEvent", "clientX: r.left + 400")
	event("pointerup", "PointerEvent", "clientX: r.left + 400")
	narrower("drag over a range", low, high)
	from, to := shownRange(b)
	event("pointerdown", "PointerEvent", "clientX: r.left + 300, button: 0")
	event("pointermove", "PointerEvent", "clientX: r.left + 200")
	event("pointerup", "PointerEvent", "clientX: r.left + 200")
	if a, z := shownRange(b); a <= from || z-a > to-from+0.1 {
		t.Errorf("a drag moves from %v, %v to %v, %v", from, to, a, z)
	}
	_ = eval[bool](b, "document.getElementById('plot').focus(), true")
	b.keys(kb.Home)
	drawn(b)
	reset("Home")
	b.keys("+")
	narrower("+", low, high)
	from, _ = shownRange(b)
	b.keys(kb.ArrowRight)
	drawn(b)
	if a, _ := shownRange(b); a <= from {
		t.Errorf("→ moves from %v to %v", from, a)
	}
	b.wait("location.search.includes('x=')")
	b.screenshot("spectra-zoom")
}

// The keys and the buttons lead through the list, and the address is that of what is shown.
func TestSpectrumNextAndPrevious(t *testing.T) {
	b, _ := openSpectra(t)
	title := func() string { return eval[string](b, "document.querySelector('#chosen h2').innerText") }
	shown := func(n int) {
		t.Helper()
		b.wait(fmt.Sprintf("[...document.querySelectorAll('a.pick')].findIndex(a => a.ariaCurrent) === %d && document.querySelector('#chosen').dataset.source === document.getElementById('plot').dataset.shown", n))
	}
	first := title()
	b.keys("n")
	shown(1)
	if title() == first {
		t.Error("n shows the same spectrum")
	}
	b.keys("j")
	shown(2)
	b.keys("k")
	shown(1)
	b.click("button[data-step='-1']")
	shown(0)
	if title() != first {
		t.Errorf("%q, expected %q", title(), first)
	}
	_ = eval[bool](b, "document.querySelectorAll('a.pick')[4].click(), true")
	shown(4)
	fifth := title()
	b.open(eval[string](b, "location.href"))
	b.wait("document.getElementById('plot').dataset.shown")
	if title() != fifth {
		t.Errorf("the address leads to %q, expected %q", title(), fifth)
	}
	_ = eval[bool](b, "(() => { const s = document.querySelector('[name=condition]'); s.value = s.options[1].value; s.dispatchEvent(new Event('change', {bubbles: true})); return true })()")
	b.wait("document.querySelectorAll('a.pick').length === 6")
	shown(0)
}

// Several priors are drawn at once, in colours that the theme has; values are read flux by flux.
func TestSpectrumValues(t *testing.T) {
	b, id := openSpectra(t)
	a := fixture(t)
	if painted(b, "curve-1") == 0 || painted(b, "curve-2") == 0 || painted(b, "ink") == 0 {
		t.Error("curves are not drawn")
	}
	b.click("#curves input[value=pca]")
	drawn(b)
	if painted(b, "curve-2") > 0 {
		t.Error("a prior that is not chosen is drawn")
	}
	b.dark(true)
	drawn(b)
	if painted(b, "curve-1") == 0 || painted(b, "ground") == 0 {
		t.Error("the theme of the plot is not that of the page")
	}
	b.screenshot("spectra-dark")
	b.dark(false)
	w := worst(t, a, id, "glo")
	_ = eval[bool](b, "document.getElementById('plot').focus(), true")
	b.do(chromedp.KeyEvent(kb.ArrowRight, chromedp.KeyModifiers(chromedp.ModifierShift)))
	b.wait("document.getElementById('said').innerText.includes('Å')")
	text := eval[string](b, "document.getElementById('values').innerText")
	said := eval[string](b, "document.getElementById('said').innerText")
	for _, e := range tableOf[record.Example](t, a, id, "examples.parquet") {
		if e.SignalID != w.SignalID || e.CellID != w.CellID {
			continue
		}
		i := 0
		for ; i < len(e.Wavelength) && !strings.Contains(text, fmt.Sprintf("λ %.1f Å", e.Wavelength[i])); i++ {
		}
		if i == len(e.Wavelength) {
			t.Fatalf("no wavelength of the spectrum in %q", text)
		}
		for _, want := range []string{"original " + four(e.Truth[i]), "noise-free " + four(e.Clean[i]), "glo " + four(e.Reconstruction[i])} {
			if !strings.Contains(strings.Join(strings.Fields(text), " "), want) || !strings.Contains(said, want) {
				t.Errorf("%q and %q have no %q", text, said, want)
			}
		}
		return
	}
	t.Fatal("no such example")
}

// four writes a number as the viewer does.
func four(v float32) string {
	f, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', 6, 64), 32)
	f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'g', 4, 64), 64)
	return strings.ReplaceAll(strconv.FormatFloat(f, 'f', -1, 64), "-", "−")
}

// The CSV has all fluxes, and the PNG is a picture.
func TestSpectrumDownloads(t *testing.T) {
	b, id := openSpectra(t)
	_ = eval[bool](b, "(() => { window.saved = []; URL.createObjectURL = (blob) => { saved.push(blob); return '#'; }; return true })()")
	b.click("[data-do=csv]")
	b.click("[data-do=png]")
	b.wait("window.saved.length === 2")
	text := eval[string](b, "saved[0].text()")
	rows := strings.Split(strings.TrimSpace(text), "\n")
	e := tableOf[record.Example](t, fixture(t), id, "examples.parquet")[0]
	if rows[0] != "wavelength,original,noise_free,measured,glo,pca,pca_sigma,zero,hidden,infilled" && !strings.HasPrefix(rows[0], "wavelength,original,noise_free,measured,glo,pca,") || len(rows) != len(e.Wavelength)+1 {
		t.Errorf("%d rows, the first %s", len(rows), rows[0])
	}
	if kind := eval[string](b, "saved[1].type"); kind != "image/png" {
		t.Error(kind)
	}
}

// The pages of spectra have no violation, light, dark and on a phone.
func TestSpectraAccessible(t *testing.T) {
	b, _ := openSpectra(t)
	b.screenshot("spectra")
	b.click("details.numbers summary")
	b.accessible()
	b.open("/repaired/0")
	b.wait("document.getElementById('plot').dataset.shown")
	if painted(b, "curve-1") == 0 {
		t.Error("nothing is drawn")
	}
	b.screenshot("repaired")
	b.accessible()
}

// A report opens from a file, in both themes, and draws.
func TestReportInABrowser(t *testing.T) {
	t.Parallel()
	a := fixture(t)
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(report(t, a, "tiny")), 0o666); err != nil {
		t.Fatal(err)
	}
	b := browse(t, web.New(a, web.Options{}))
	b.open("file://" + path)
	b.wait("document.getElementById('plot').dataset.shown === '#0'")
	drawn(b)
	if painted(b, "curve-1") == 0 || painted(b, "ink") == 0 {
		t.Error("nothing is drawn")
	}
	b.keys("n")
	b.wait("document.getElementById('plot').dataset.shown === '#1'")
	low, high := shownRange(b)
	b.click("[data-do=in]")
	drawn(b)
	if from, to := shownRange(b); to-from >= high-low {
		t.Error("zooming in changes nothing")
	}
	if wide := eval[int](b, "[...document.images].filter(i => i.naturalWidth > 0).length"); wide < 2 {
		t.Errorf("%d figures are shown", wide)
	}
	b.dark(true)
	drawn(b)
	if painted(b, "curve-1") == 0 {
		t.Error("nothing is drawn in the dark theme")
	}
	b.screenshot("report-dark")
	b.dark(false)
	b.screenshot("report")
	b.accessible()
}

// A list that was sorted by a link stays sorted when a select is used.
func TestSpectraSortedByALink(t *testing.T) {
	b, _ := openSpectra(t)
	_ = eval[bool](b, "[...document.querySelectorAll('#list thead a')].find(a => a.textContent.startsWith('pca')).click(), true")
	b.wait("location.search.includes('by=pca') && document.querySelector('#choose [name=by]').value === 'pca'")
	_ = eval[bool](b, "(() => { const s = document.querySelector('[name=condition]'); s.value = s.options[1].value; s.dispatchEvent(new Event('change', {bubbles: true})); return true })()")
	b.wait("document.querySelectorAll('a.pick').length === 6 && location.search.includes('by=pca')")
	_ = eval[bool](b, "document.querySelector('a.skip[href=\"#plot\"]').click(), true")
	b.wait("document.activeElement === document.getElementById('plot')")
}

// Panning is measured, not judged: 1000 fluxes by five curves in two seconds.
func TestSpectrumFrames(t *testing.T) {
	b, _ := openSpectra(t)
	per := eval[[]float64](b, `new Promise(done => {
		document.querySelectorAll('#curves input:not(:checked)').forEach(i => i.click());
		const c = document.getElementById('plot');
		for (let i = 0; i < 3; i++) document.querySelector('[data-do=in]').click();
		const began = performance.now(), times = [];
		let last = began;
		const frame = now => {
			times.push(now - last); last = now;
			document.querySelector(Math.floor((now - began) / 400) % 2 ? '[data-do=left]' : '[data-do=right]').click();
			if (now - began < 2000) requestAnimationFrame(frame); else done([times.length / (now - began) * 1000, times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)]]);
		};
		requestAnimationFrame(frame);
	})`)
	t.Logf("panning: %.0f frames a second; 95 %% of frames took at most %.1f ms", per[0], per[1])
}
