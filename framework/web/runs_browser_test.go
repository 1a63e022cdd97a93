package web_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"sedlab/framework/store"
	"sedlab/framework/web"
)

// shownRuns is JavaScript for the names of the runs in the table.
const shownRuns = `[...document.querySelectorAll('#list tbody tr')].map(r => r.dataset.run.split('-')[0]).join(' ')`

func TestFilterWhileTyping(t *testing.T) {
	t.Parallel()
	b := browse(t, web.New(fixture(t), web.Options{}))
	b.open("/runs")
	b.screenshot("runs")
	b.size(360, 900)
	b.screenshot("runs-phone")
	b.size(1280, 900)
	b.accessible()
	b.click("#filter [name=q]")
	b.keys("code_dim=6")
	b.wait(`document.getElementById('filter-error').textContent.includes('did you mean "priors.glo.code_dim"')`)
	if got := eval[string](b, shownRuns); got != "search wider tiny" {
		t.Errorf("after a mistake: %s", got)
	}
	b.wait(`document.getElementById('count').textContent.includes('not applied') && document.querySelector('#list.unfiltered')`)
	b.accessible()
	b.keys(strings.Repeat(kb.Backspace, 10) + "priors.pca.code_dim=6")
	b.wait(shownRuns + ` === 'wider'`)
	for what, want := range map[string]string{
		"location.search":                                     "?q=priors.pca.code_dim%3D6",
		"document.activeElement.name":                         "q",
		"document.activeElement.value":                        "priors.pca.code_dim=6",
		"document.getElementById('count').innerText":          "1 of 3 runs",
		"document.getElementById('filter-error').textContent": "",
	} {
		if got := eval[string](b, what); got != want {
			t.Errorf("%s: %q, expected %q", what, got, want)
		}
	}
	b.click(".tools details:nth-of-type(2) summary")
	b.click("#columns [value=cells]")
	b.click("#columns button")
	b.wait("location.search.includes('q=priors.pca.code_dim%3D6') && !document.querySelector('[data-sort=cells]') && " + shownRuns + ` === 'wider'`)
	b.click("#filter [name=q]")
	b.keys(kb.End + strings.Repeat(kb.Backspace, 21))
	b.wait(shownRuns + ` === 'search wider tiny'`)
	b.keys("nothing like it")
	b.wait(`document.getElementById('list').innerText.includes('No run fits')`)
	b.open("/runs?q=name%3Dtiny")
	b.wait(shownRuns + ` === 'tiny'`)
}

// Sorting by keyboard keeps the focus, and the browser's button back undoes it.
func TestSortByKeyboard(t *testing.T) {
	t.Parallel()
	b := browse(t, web.New(fixture(t), web.Options{}))
	b.open("/runs?sort=name")
	_ = eval[bool](b, `(document.querySelector('[data-sort=mse]').focus(), true)`)
	b.keys("\r")
	b.wait(`document.querySelector('th[aria-sort]').innerText.startsWith('mse')`)
	first := eval[string](b, shownRuns)
	if got := eval[string](b, "document.activeElement.dataset.sort"); got != "mse" {
		t.Errorf("the focus is on %q", got)
	}
	b.keys("\r")
	b.wait(`document.querySelector('th[aria-sort=descending]')`)
	if got := eval[string](b, shownRuns); got == first {
		t.Errorf("reversed: %s", got)
	}
	if got := eval[string](b, "location.search"); got != "?reverse=1&sort=mse" {
		t.Error(got)
	}
	_ = eval[bool](b, "(history.go(-2), true)")
	b.wait(`document.querySelector('th[aria-sort]').innerText.startsWith('run')===false && ` + shownRuns + ` === 'search tiny wider'`)
}

func TestPagesByKeyboard(t *testing.T) {
	t.Parallel()
	b := browse(t, web.New(many(t, 120), web.Options{}))
	b.open("/runs")
	_ = eval[bool](b, `(document.querySelector('[rel=next]').focus(), true)`)
	b.keys("\r")
	b.wait(`document.querySelector('.pages').innerText.includes('Page 2 of 3')`)
	if got := eval[string](b, "document.activeElement.rel"); got != "next" {
		t.Errorf("the focus is on %q", got)
	}
	b.accessible()
}

// Tags and notes are edited in place, by keyboard alone.
func TestEditInPlace(t *testing.T) {
	t.Parallel()
	a := ownRuns(t)
	b := browse(t, web.New(a, web.Options{}))
	b.open("/runs")
	cell := func(field string) string {
		return fmt.Sprintf(`document.querySelector('tr[data-run^=tiny] [data-field=%s]')`, field)
	}
	open := func(field string) {
		_ = eval[bool](b, "("+cell(field)+".querySelector('summary').focus(), true)")
		b.keys("\r")
		b.wait("document.activeElement.name === '" + field + "'")
	}
	focused := cell("tags") + ".querySelector('summary') === document.activeElement"
	open("tags")
	b.screenshot("runs-tags")
	b.accessible()
	b.keys("good bad!\r")
	b.wait(cell("tags") + ".querySelector('.error').textContent.includes('bad!\": expected up to 64') && document.activeElement.name === 'tags'")
	b.keys(kb.Escape)
	b.wait(focused + " && !" + cell("tags") + ".querySelector('[open]')")
	open("tags")
	if got := eval[string](b, "document.activeElement.value"); got != "" {
		t.Errorf("after Escape the field has %q", got)
	}
	b.keys("keep good\r")
	b.wait(cell("tags") + ".innerText.startsWith('good keep') && " + focused)
	open("note")
	b.keys("flat at the blue end" + kb.Enter + "<b>again</b>\t\t\t") // the last button leads to the text again
	if inside := eval[bool](b, `(r => r.left >= 0 && r.right <= innerWidth && document.activeElement.name === 'note')(document.activeElement.form.getBoundingClientRect())`); !inside {
		t.Error("the note's form does not keep the focus, or sticks out of the window")
	}
	_ = eval[bool](b, `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, bubbles: true}))`)
	b.wait(cell("note") + `.innerText.startsWith('flat at the blue end\n<b>again</b>')`)
	b.screenshot("runs-edited")
	tags, err := a.Tag(runID(t, a, "tiny"))
	note, noteErr := a.Note(runID(t, a, "tiny"))
	if err != nil || noteErr != nil || strings.Join(tags, " ") != "good keep" || note != "flat at the blue end\n<b>again</b>" {
		t.Errorf("%v, %q, %v, %v", tags, note, err, noteErr)
	}
}

func TestSelectAndCompare(t *testing.T) {
	t.Parallel()
	b := browse(t, web.New(fixture(t), web.Options{}))
	b.open("/runs")
	box := func(name string) string { return "tr[data-run^=" + name + "] .pick input" }
	if !eval[bool](b, "document.querySelector('#compare button').disabled") {
		t.Error("nothing is selected, but can be compared")
	}
	b.click(box("wider"))
	b.click("#filter [name=q]")
	b.keys("tiny") // a selected run stays so while it is not shown
	b.wait(shownRuns + ` === 'tiny'`)
	b.click(box("tiny"))
	b.wait("document.querySelector('#compare button').innerText === 'Compare 2 runs'")
	want := fmt.Sprintf("/compare?run=%s&run=%s", runID(t, fixture(t), "wider"), runID(t, fixture(t), "tiny"))
	b.click("#compare button")
	b.wait("location.pathname + location.search === '" + want + "'")
}

// A run in progress is followed, without disturbing the selection, an edit or the focus.
func TestListFollowsRuns(t *testing.T) {
	t.Parallel()
	a := ownRuns(t)
	m := store.NewManifest("live", time.Now(), nil)
	m.SpecHash = strings.Repeat("0", 64)
	r, err := store.Create(a.Runs, m, []byte("name: live\n"), json.RawMessage(`{"cells": []}`))
	if err != nil {
		t.Fatal(err)
	}
	tell := func(epoch int) {
		r.Log.Info(store.LogEpoch, "prior", "glo", "epoch", epoch, "of", 400, "loss", 1/float64(epoch), "seconds", float64(epoch))
	}
	tell(1)
	b := browse(t, web.New(a, web.Options{}))
	b.open("/runs")
	row := "document.querySelector('tr[data-run^=live]')"
	b.wait(row + ".innerText.includes('train glo, epoch 1 of 400')")
	b.click("tr[data-run^=tiny] .pick input")
	b.click("tr[data-run^=tiny] [data-field=note] summary")
	b.wait("document.activeElement.name === 'note'")
	b.keys("half a")
	_ = eval[bool](b, "(document.activeElement.setSelectionRange(0, 4), true)")
	tell(100)
	b.screenshot("runs-live")
	b.wait(row + ".innerText.includes('epoch 100 of 400') && " + row + ".querySelector('progress').value === 100 && " + row + ".querySelector('svg')")
	if err := r.Finish(store.Done, time.Now()); err != nil {
		t.Fatal(err)
	}
	b.wait(row + ".querySelector('.status-done')")
	if !eval[bool](b, "document.querySelector('tr[data-run^=tiny] .pick input').checked && document.activeElement.name === 'note'"+
		" && document.activeElement.value === 'half a' && document.activeElement.selectionEnd === 4") {
		t.Error("the list disturbed a person")
	}
}
