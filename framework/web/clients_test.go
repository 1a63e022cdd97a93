package web_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
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

// Fifty clients ask for pages while a run is written and tagged. No page fails, and none shows a
// run that is done without its results.
func TestManyClients(t *testing.T) {
	a := ownRuns(t)
	h := httptest.NewServer(web.New(a, web.Options{}))
	defer h.Close()
	id, other, search := runID(t, a, "tiny"), runID(t, a, "wider"), runID(t, a, "search")
	pages := []string{
		"/runs", "/runs?q=priors.pca.code_dim%3E4", "/runs/" + id, "/runs/" + id + "/log", "/runs/" + id + "/spectra",
		"/runs/" + id + "/draw", "/compare?run=" + id + "&run=" + other, "/runs/" + search + "/search", "/experiments", "/experiments/quickstart",
	}
	ctx, stop := context.WithTimeout(t.Context(), *soak)
	defer stop()
	var asked atomic.Int64
	var clients sync.WaitGroup
	for n := range 50 {
		clients.Go(func() {
			for i := n; ctx.Err() == nil; i++ {
				if err := ask(h.URL + pages[i%len(pages)]); err != nil {
					t.Error(err)
					return
				}
				asked.Add(1)
			}
		})
	}
	ref := app.SpecRef{Name: filepath.Join(made.dir, "tiny.yaml")}
	for n := 0; ctx.Err() == nil; n++ {
		ref.Edits = []spec.Edit{{Origin: "--set", Text: fmt.Sprintf("name=new%d", n)}}
		r, err := a.Run(t.Context(), ref, app.RunOptions{})
		if err == nil {
			err = ask(h.URL + "/runs/" + r.ID)
		}
		if err == nil {
			_, err = a.Tag(r.ID, "+new")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	clients.Wait()
	t.Logf("%d pages", asked.Load())
}

// ask gets a page, which must be whole.
func ask(address string) error {
	answer, err := http.Get(address) //nolint:noctx // the server ends it
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", address, err)
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %s: %s", address, answer.Status, body)
	case !bytes.HasSuffix(bytes.TrimSpace(body), []byte("</html>")):
		return fmt.Errorf("%s: the page is cut", address)
	case strings.Contains(address, "/runs/") && bytes.Contains(body, []byte(`class="error"`)):
		return fmt.Errorf("%s: shows an error", address)
	}
	return nil
}
