package web_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/framework/web"
)

var soak = flag.Duration("soak", time.Second, "how long TestManyClients goes on")

// Fifty clients ask for pages while a run is written and tagged, some for those of the run in
// progress. No page fails, and none shows a run that is done without its results.
func TestManyClients(t *testing.T) {
	a := ownRuns(t)
	h := httptest.NewServer(web.New(a, web.Options{}))
	defer h.Close()
	id, other, search := runID(t, a, "tiny"), runID(t, a, "wider"), runID(t, a, "search")
	pages := []string{
		"/runs", "/runs?q=priors.pca.code_dim%3E4", "/runs/" + id, "/runs/" + id + "/log", "/runs/" + id + "/spectra",
		"/runs/" + id + "/draw", "/compare?run=" + id + "&run=" + other, "/runs/" + search + "/search", "/experiments", "/experiments/quickstart",
		"/runs/NEW", "/runs/NEW/spectra", "/runs/NEW/draw",
	}
	var fresh atomic.Pointer[string] // the id of the newest run
	fresh.Store(&id)
	ctx, stop := context.WithTimeout(t.Context(), *soak)
	defer stop()
	var asked, running, busy atomic.Int64
	var clients sync.WaitGroup
	for n := range 50 {
		clients.Go(func() {
			for i := n; ctx.Err() == nil; i++ {
				body, err := ask(h.URL + strings.Replace(pages[i%len(pages)], "NEW", *fresh.Load(), 1))
				switch {
				case errors.Is(err, errBusy):
					busy.Add(1)
				case err != nil:
					t.Error(err)
					return
				}
				if strings.Contains(body, `class="status-running"`) {
					running.Add(1)
				}
				asked.Add(1)
			}
		})
	}
	clients.Go(func() {
		for ; ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
			if begun, err := filepath.Glob(filepath.Join(a.Runs, "new*", "manifest.json")); err == nil && len(begun) > 0 {
				newest := filepath.Base(filepath.Dir(slices.MaxFunc(begun, func(x, y string) int { return cmp.Or(len(x)-len(y), strings.Compare(x, y)) })))
				fresh.Store(&newest)
			}
		}
	})
	ref := app.SpecRef{Name: filepath.Join(made.dir, "tiny.yaml")}
	for n := 0; ctx.Err() == nil; n++ {
		ref.Edits = []spec.Edit{{Origin: "--set", Text: fmt.Sprintf("name=new%d", n)}}
		r, err := a.Run(t.Context(), ref, app.RunOptions{})
		if err == nil {
			_, err = ask(h.URL + "/runs/" + r.ID)
		}
		if err == nil {
			_, err = a.Tag(r.ID, "+new")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	clients.Wait()
	t.Logf("%d pages, %d with a run in progress", asked.Load(), running.Load())
	if busy.Load() > 0 {
		t.Errorf("%d of %d pages: the server was busy with others", busy.Load(), asked.Load())
	}
}

// errBusy is a page that the server did not come to make.
var errBusy = errors.New("the server is busy")

// ask gets a page, which must be whole.
func ask(address string) (page string, err error) {
	answer, err := http.Get(address) //nolint:noctx // the server ends it
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	body := string(text)
	run, _, _ := strings.Cut(address, "?")
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: %w", address, err)
	case answer.StatusCode == http.StatusServiceUnavailable:
		return "", errBusy
	case answer.StatusCode != http.StatusOK:
		return "", fmt.Errorf("%s: %s: %s", address, answer.Status, body)
	case !strings.HasSuffix(strings.TrimSpace(body), "</html>"):
		return "", fmt.Errorf("%s: the page is cut", address)
	case !strings.HasSuffix(run, "/runs") && !strings.Contains(address, "/new") && strings.Contains(body, `class="error"`):
		return "", fmt.Errorf("%s: shows an error", address)
	case strings.Contains(address, "/compare") && !strings.Contains(body, `of rows that agree in`):
		return "", fmt.Errorf("%s: has no pairs of signals", address)
	case strings.HasSuffix(path.Dir(run), "/runs") && strings.Contains(body, `class="status-done"`) &&
		!(strings.Contains(body, `id="results"`) && strings.Contains(body, `id="figures"`)):
		return "", fmt.Errorf("%s: the run is done, but has no results or no figures", address)
	}
	return body, nil
}
