package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/reports"
	"sedlab/reports/draw"
	"sedlab/reports/figures"
)

const drawnSpec = `
name: drawn
dataset: {source: synthetic, size: 60}
priors:
  glo: {kind: glo, code_dim: 4, hidden: [8], train: {epochs: 4, batch_size: 16, lr_generator: 0.01}}
  pca: {kind: pca, code_dim: 3}
problem: {operator: inpainting}
solver: {steps: 10}
evaluate: {signals: 6, keep: all}
sweep: {problem.missing_fraction: [0.2, 0.5], evaluate.split: [test, train]}
report:
  - {figure: boxplot, x: problem.missing_fraction, group: prior, where: {evaluate.split: test}, drop_beyond_iqr: 3}
  - {figure: curves, x: problem.missing_fraction, band: interval, title: "a: b, {c} #1"}
  - {figure: heatmap, x: problem.missing_fraction, rows: prior, y: measurement_loss}
  - {figure: scatter, prior: glo, against: pca, scale: log}
  - {figure: residuals, prior: pca}
  - {figure: training}
  - {figure: reconstructions, prior: glo, wavelengths: [4000, 6000], signals: 2, band: none}
  - {figure: code_map, prior: pca}
`

// What is drawn on demand is what the report has, by the item that Drawing.Line writes too.
func TestDrawIsTheReports(t *testing.T) {
	a, ref := open(t, drawnSpec)
	r, err := a.Run(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	form, err := a.FigureForm(r.ID)
	if err != nil || len(form.Own) != 8 || len(form.Kinds) != len(catalog.Default().Figures) {
		t.Fatalf("form %+v, %v", form, err)
	}
	var lines []string
	for i, own := range form.Own {
		item := a.FigureItem(own.Kind, own.Keys)
		if item != own.Line {
			t.Errorf("figure %d: from its texts %s, expected %s", i+1, item, own.Line)
		}
		d, err := a.Draw(t.Context(), r.ID, item)
		if err != nil || d.Line != own.Line || d.Heading == "" || len(d.Unread) > 0 {
			t.Fatalf("%s: %+v, %v", item, d, err)
		}
		lines = append(lines, d.Line)
		for _, format := range []string{"csv", "svg", "png"} {
			files, err := filepath.Glob(filepath.Join(r.Dir, "figures", fmt.Sprintf("%02d-*.%s", i+1, format)))
			if err != nil || len(files) != 1 {
				t.Fatalf("figure %d: %q, %v", i+1, files, err)
			}
			want, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			if got := written(t, d, format); !bytes.Equal(got, want) {
				t.Errorf("%s: its %s has %d bytes, that of the report %d", item, format, len(got), len(want))
			}
		}
		if !bytes.HasPrefix(written(t, d, "pdf"), []byte("%PDF-")) {
			t.Errorf("%s: no PDF", item)
		}
	}
	// Pasted into a spec, the lines are right and the same figures.
	text := strings.SplitAfter(drawnSpec, "report:\n")[0] + "  " + strings.Join(lines, "\n  ")
	if err := os.WriteFile(ref.Name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if c, err := a.Check(ref); err != nil || !c.OK {
		t.Errorf("pasted: %v, %v", c.Errors, err)
	}
	testDrawErrors(t, a, r)
	testOwnKind(t, a, r)
}

func written(t *testing.T, d *app.Drawing, format string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := d.Write(&out, format); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func testDrawErrors(t *testing.T, a *app.App, r *app.RunResult) {
	t.Helper()
	for item, want := range map[string]string{
		"{figure: boxplott, x: prior}":                            `did you mean "boxplot"?`,
		"{figure: boxplot}":                                       "x: missing",
		"{figure: boxplot, x: problem.missing_fracton}":           `did you mean "problem.missing_fraction"?`,
		"{figure: boxplot, x: prior, where: {prior: vae}}":        "where.prior: got vae",
		"{figure: boxplot, x: prior, group: 7}":                   "group: ",
		"{figure: boxplot, x: prior, against: pca}":               "against: is not a key of boxplot",
		"{figure: boxplot, x: prior, drop_beyond_iqr: -1}":        "drop_beyond_iqr: ",
		"- {figure: boxplot, x: prior}\n- {figure: training}":     "expected a section",
		"&a {figure: *a}":                                         "",
		"{":                                                       "",
		"":                                                        "",
		strings.Repeat("[", 200):                                  "",
		"{figure: boxplot, x: prior, title: \"\x00\"}":            "",
		"{figure: boxplot, x: " + strings.Repeat("y", 3000) + "}": "x: ",
	} {
		_, err := a.Draw(t.Context(), r.ID, item)
		if !is[*spec.Errors](err) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, expected %s", item, err, want)
		}
	}
	if _, err := a.Draw(t.Context(), r.ID, "{figure: reconstructions, signal_ids: [999999]}"); !is[*app.DrawError](err) {
		t.Errorf("a signal that was not kept: %v", err)
	}
	d, err := a.Draw(t.Context(), r.ID, a.FigureItem("boxplot", []spec.KeyText{{Key: "x", Text: "prior"}, {Key: "title", Text: "<script>\xff"}}))
	if err != nil || d.Heading != "<script>�" || strings.Contains(string(written(t, d, "svg")), "<script") {
		t.Errorf("a title that is code: %+v, %v", d, err)
	}
	if err := d.Write(&bytes.Buffer{}, "exe"); !is[*app.QueryError](err) {
		t.Errorf("another format: %v", err)
	}
}

// fails is a user's own kind, which panics.
var fails = figures.Kind{Name: "fails", Doc: "it fails", Version: 1, New: func() figures.Config { return new(failing) }}

type failing struct {
	By string `spec:"by" required:"true" names:"column"`
}

func (f *failing) Check(s figures.Sweep) []figures.KeyError {
	return s.CheckAxis("by", f.By, s.Columns.Names())
}
func (f *failing) Draw(run reports.Run) (*reports.Drawn, error) {
	if f.By == "split" {
		panic("a mistake")
	}
	return &reports.Drawn{Picture: draw.Picture{CSV: [][]string{{"rows"}, {fmt.Sprint(len(run.Signals))}}}, Name: "fails", Default: "rows"}, nil
}

// A user's own kind can be asked for as any other, and a mistake in it ends nothing.
func testOwnKind(t *testing.T, a *app.App, r *app.RunResult) {
	t.Helper()
	c := catalog.Default()
	c.Figures = append(slices.Clone(c.Figures), fails)
	own := app.Open(a.Runs, c)
	form, err := own.FigureForm(r.ID)
	if err != nil {
		t.Fatal(err)
	}
	k := form.Kinds[len(form.Kinds)-1]
	if k.Name != "fails" || len(k.Keys) != 1 || k.Keys[0].Suggested != "problem.missing_fraction" || !slices.Contains(k.Keys[0].Choices, "prior") {
		t.Errorf("its form: %+v", k)
	}
	d, err := own.Draw(t.Context(), r.ID, "{figure: fails, by: prior}")
	if err != nil || !slices.Equal(d.Formats(), []string{"csv"}) || string(written(t, d, "csv")) != fmt.Sprintf("rows\n%d\n", r.Results[0].Rows+r.Results[1].Rows) {
		t.Errorf("its figure: %+v, %v, %q", d, err, written(t, d, "csv"))
	}
	if _, err := own.Draw(t.Context(), r.ID, "{figure: fails, by: split}"); !is[*app.DrawError](err) || strings.Contains(err.Error(), "goroutine") {
		t.Errorf("its mistake: %v", err)
	}
}

// A run has no figures before it has tables, and those of the tables that can be read.
func TestDrawOfWhatThereIs(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Run(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{store.SignalsFile, store.ExamplesFile} {
		if err := os.WriteFile(filepath.Join(r.Dir, name), []byte("PAR1 damaged PAR1"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	d, err := a.Draw(t.Context(), r.ID, "{figure: training}")
	if err != nil || len(d.Unread) != 1 || !is[*store.TableError](d.Unread[0]) {
		t.Errorf("with a damaged table: %+v, %v", d, err)
	}
	_, err = a.Draw(t.Context(), r.ID, "{figure: reconstructions}")
	if !is[*app.DrawError](err) || !is[*store.TableError](err) {
		t.Errorf("from a damaged table: %v", err)
	}
	for _, name := range []string{store.SignalsFile, store.TrainingFile, store.ExamplesFile, "SHA256SUMS"} {
		if err := os.Remove(filepath.Join(r.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Draw(t.Context(), r.ID, "{figure: training}"); !is[*app.UnfinishedError](err) {
		t.Errorf("without tables: %v", err)
	}
	if _, err := a.Draw(t.Context(), "none", "{figure: training}"); !errors.As(err, new(*store.FindError)) {
		t.Errorf("without a run: %v", err)
	}
}
