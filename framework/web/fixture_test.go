package web_test

import (
	"context"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/framework/web"
	"sedlab/internal/disk"
	"sedlab/internal/disk/disktest"
)

// specs are run once for all tests, each with its edits.
var specs = []struct {
	file, text string
	edits      []string
}{
	{"tiny.yaml", tinySpec, nil},
	{"tiny.yaml", tinySpec, []string{"name=wider", "priors.pca.code_dim=6"}},
	{"search.yaml", searchSpec, nil},
}

// tinySpec trains a generator and keeps all reconstructions.
const tinySpec = `
# Question: what does a page show of three priors?
name: tiny
dataset: {source: synthetic, size: 80}
priors:
  glo: {kind: glo, code_dim: 4, hidden: [8], train: {epochs: 12, batch_size: 16, lr_generator: 0.01}}
  pca: {kind: pca, code_dim: 3}
  zero: {kind: zero}
problem: {operator: inpainting, noise: {sigma: 0.05}}
solver: {steps: 20}
evaluate: {signals: 6, keep: all}
sweep: {problem.missing_fraction: [0.2, 0.6]}
report:
  - {figure: boxplot, x: problem.missing_fraction, group: prior}
  - {figure: training}
`

// searchSpec searches three settings by successive halving.
const searchSpec = `
# Question: which of a few settings is the best?
name: search
dataset: {source: synthetic, size: 80, split: {train: 0.7, validation: 0.15, test: 0.15}}
priors:
  glo: {kind: glo, code_dim: 4, hidden: [8], train: {epochs: 4, batch_size: 16, lr_generator: 0.01}}
problem: {operator: inpainting}
solver: {steps: 10}
evaluate: {split: validation, signals: all}
select: {prior: glo, metric: mse, statistic: median}
sweep:
  random:
    count: 6
    space:
      priors.glo.code_dim: {integer: [2, 8]}
      priors.glo.train.lr_generator: {log_uniform: [1e-3, 0.1]}
  halving: {resource: priors.glo.train.epochs, from: 2, to: 8, factor: 2}
`

var made struct {
	sync.Once
	dir string
	err error
}

// fixture returns an App whose runs are tiny, wider and search, of the three specs. Tests must
// not change them; those that do take ownRuns.
func fixture(t *testing.T) *app.App {
	t.Helper()
	made.Do(func() {
		if made.dir, made.err = os.MkdirTemp("", "sedlab-web-"); made.err == nil {
			made.err = makeRuns(made.dir)
		}
	})
	if made.err != nil {
		t.Fatal(made.err)
	}
	return app.Open(filepath.Join(made.dir, "runs"), catalog.Default())
}

func makeRuns(dir string) error {
	a := app.Open(filepath.Join(dir, "runs"), catalog.Default())
	for _, s := range specs {
		path := filepath.Join(dir, s.file)
		if err := os.WriteFile(path, []byte(strings.TrimSpace(s.text)), 0o666); err != nil {
			return err
		}
		ref := app.SpecRef{Name: path}
		for _, e := range s.edits {
			ref.Edits = append(ref.Edits, spec.Edit{Origin: "--set", Text: e})
		}
		if _, err := a.Run(context.Background(), ref, app.RunOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// ownRuns returns an App with a copy of the runs of fixture, to change.
func ownRuns(t *testing.T) *app.App {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(fixture(t).Runs)); err != nil {
		t.Fatal(err)
	}
	return app.Open(dir, catalog.Default())
}

// runID returns the id of the run with a name.
func runID(t *testing.T, a *app.App, name string) string {
	t.Helper()
	list, err := a.List(app.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if r.Name == name {
			return r.ID
		}
	}
	t.Fatalf("no run %s", name)
	return ""
}

// TestMain keeps tests from waiting for the disk, and closes what they have shared.
func TestMain(m *testing.M) {
	disk.Watch(disktest.Unsynced)
	flag.Parse()
	if n := flag.Lookup("test.parallel"); n.Value.String() == n.DefValue {
		_ = n.Value.Set("4") // windows of browsers, which mostly wait
	}
	code := m.Run()
	closeBrowser()
	if made.dir != "" {
		_ = os.RemoveAll(made.dir) // the system clears what is left
	}
	os.Exit(code)
}

// get returns the status and the body of a page, as a browser on this machine gets it.
func get(t *testing.T, s *web.Server, path string) (status int, body string) {
	t.Helper()
	return do(t, s, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost:8765"+path, nil))
}

func do(t *testing.T, s *web.Server, r *http.Request) (status int, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	text, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(text)
}
