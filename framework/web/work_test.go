package web_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/cache"
	"sedlab/framework/store"
	"sedlab/framework/web"
)

// submitted returns an App with a run whose work is left to others.
func submitted(t *testing.T) (*app.App, *app.RunResult) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "tiny.yaml")
	if err := os.WriteFile(path, []byte(strings.TrimSpace(tinySpec)), 0o666); err != nil {
		t.Fatal(err)
	}
	a := app.Open(filepath.Join(dir, "runs"), catalog.Default())
	r, err := a.Prepare(t.Context(), app.SpecRef{Name: path}, app.RunOptions{Command: []string{"sedlab", "submit", path}})
	if err != nil {
		t.Fatal(err)
	}
	return a, r
}

// attempt records a process that failed, all of whose texts are the given one.
func attempt(t *testing.T, dir, text string) {
	t.Helper()
	at, err := store.BeginAttempt(dir, text, "", []string{text}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	at.Log.Error(text)
	at.Host, at.Job, at.Kernel, at.Left = text, text, text, map[string]int{text: 2}
	at.Failed = []store.Step{{Kind: cache.Cells, Key: "0", Error: text}}
	if err := at.End(text, errors.New(text), time.Now()); err != nil {
		t.Fatal(err)
	}
}

// The page of a submitted run says what is done, and what processes did, from what they wrote.
func TestSubmittedRun(t *testing.T) {
	a, r := submitted(t)
	s := web.New(a, web.Options{})
	_, body := get(t, s, "/runs/"+r.ID)
	contains(t, body, "No process has worked on it yet", "0 of 3 trainings", "nobody on anything", "sedlab cancel", "The spec is <code>")
	if strings.Contains(body, "What cannot be shown") || strings.Contains(body, "Processes that did the work") {
		t.Error("the page misses what a run has only in the end")
	}
	if _, body = get(t, s, "/runs?q=status%3Dsubmitted"); !strings.Contains(body, "–/6") || !strings.Contains(body, "1 run") {
		t.Error("the list does not have the run")
	}
	hostile := script + "\u202e\x1b[2J"
	for range 11 {
		attempt(t, r.Dir, hostile)
	}
	if _, err := a.Work(t.Context(), r.Dir, app.WorkOptions{Stage: app.StageTrainings}); err != nil {
		t.Fatal(err)
	}
	status, body := get(t, s, "/runs/"+r.ID)
	contains(t, body, "3 of 3", "0 of 6 cells", "<summary>12 attempts, the newest first</summary>", "&lt;script&gt;alert(1)", "1 step failed when")
	if status != 200 || strings.Contains(body, "<script>alert") || strings.Contains(body, "onerror=alert(1)>") || strings.ContainsAny(body, "\u202e\x1b") {
		t.Errorf("%d, with a script or characters that are not seen", status)
	}
}

// The page follows a run that others work on, to its end.
func TestSubmittedPage(t *testing.T) {
	t.Parallel()
	a, r := submitted(t)
	attempt(t, r.Dir, "<b>no</b>")
	b := browse(t, web.New(a, web.Options{}))
	b.open("/runs/" + r.ID)
	b.wait("document.getElementById('step-text').textContent === '0 of 3 trainings' && document.getElementById('time').hidden")
	b.accessible()
	if _, err := a.Work(t.Context(), r.Dir, app.WorkOptions{Stage: app.StageAll}); err != nil {
		t.Fatal(err)
	}
	b.wait("document.getElementById('cells-text').textContent === '6 of 6' && document.getElementById('trainings-done').textContent === '3 of 3'")
	if _, err := a.Gather(t.Context(), r.Dir, app.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	b.wait("document.querySelector('body > p[role=status]').textContent === 'The run is done.' && !document.getElementById('live')")
	b.wait("document.getElementById('attempts') && document.querySelector('#main').innerText.includes('core hours')")
	b.accessible()
}
