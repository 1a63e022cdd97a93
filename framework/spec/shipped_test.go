package spec_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/catalog"
	"sedlab/experiments"
	"sedlab/framework/spec"
)

// shipped are the options under which the shipped specs run.
func shipped(sets ...string) spec.Options {
	opt := options(sets...)
	opt.Catalog = catalog.Default()
	return opt
}

func TestShippedSpecs(t *testing.T) {
	names := experiments.Names()
	if len(names) < 6 {
		t.Fatalf("only %d specs: %v", len(names), names)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			f, err := spec.Load(name, shipped())
			if err != nil {
				t.Fatal(err)
			}
			if f.Question == "" || f.Takes == "" || f.Expect == "" || strings.Contains(f.Comment, "TBD") || f.Run != "sedlab run "+name {
				t.Errorf("header lacks Question, Run, Takes or Expect: %+v", f.Header)
			}
			if want := filepath.Base(name); f.Base.Name != want {
				t.Errorf("name is %q, want %q", f.Base.Name, want)
			}
			text, err := f.YAML()
			if err != nil {
				t.Fatal(err)
			}
			asJSON, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			sameFile(t, f, text)
			f.Header = spec.Header{} // JSON has no comments
			sameFile(t, f, asJSON)
		})
	}
}

// sameFile checks that text parses to a file equal to want.
func sameFile(t *testing.T, want *spec.File, text []byte) {
	t.Helper()
	got, err := spec.Parse(text, "again.yaml", shipped())
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if diff := cmp.Diff(want.Header, got.Header); diff != "" {
		t.Errorf("header: -want +got\n%s", diff)
	}
	if diff := cmp.Diff(jsonText(t, want.Base), jsonText(t, got.Base)); diff != "" {
		t.Errorf("base: -want +got\n%s", diff)
	}
	if len(want.Points()) != len(got.Points()) {
		t.Fatalf("%d points became %d", len(want.Points()), len(got.Points()))
	}
	for i, p := range want.Points() {
		q := got.Points()[i]
		if diff := cmp.Diff(p.Values, q.Values) + cmp.Diff(jsonText(t, p.Spec), jsonText(t, q.Spec)); diff != "" {
			t.Errorf("point %d: -want +got\n%s", i, diff)
		}
	}
	if want.Hash() != got.Hash() {
		t.Errorf("hash %s became %s", want.Hash(), got.Hash())
	}
}

func jsonText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPaperSpecsKeepThePapersSettings(t *testing.T) {
	for _, name := range []string{"paper/figure1", "paper/figure2a", "paper/figure2b"} {
		f, err := spec.Load(name, shipped())
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(f.Base.Priors[0])
		if err != nil {
			t.Fatal(err)
		}
		want := `{"kind":"glo","code_dim":50,"hidden":[512,512,512,512,512,512,512],"activation":{"leaky_relu":0.2},` +
			`"batch_norm":true,"batch_norm_statistics":"running","sphere":true,"train":{"epochs":10000,"batch_size":64,"lr_generator":0.1,"lr_codes":0.01,` +
			`"weight_decay":0.00001,"fluxes":"all","schedule":"constant","validation":{"every":0,"missing_fraction":0.4,"signals":100,"patience":0}}}`
		if string(got) != want {
			t.Errorf("%s: prior\ngot  %s\nwant %s", name, got, want)
		}
		steps, source := f.Base.Value("solver.steps", f.Base.Priors[0]), f.Base.Dataset.Source.Kind.Name
		if steps != 1000.0 || source != "sdss-corrected" {
			t.Errorf("%s: %v steps, source %s", name, steps, source)
		}
	}
}

func TestLoad(t *testing.T) {
	text, err := fs.ReadFile(experiments.FS, "quickstart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if f, err := spec.Load(path, shipped()); err != nil || f.Filename != path {
		t.Errorf("a path: got %v, %v", f, err)
	}
	tests := map[string]string{
		"quikstart":                        `quikstart: neither a file nor a spec that ships with sedlab; did you mean "quickstart"?`,
		"figure2a":                         `did you mean "paper/figure2a"?`,
		"zzz":                              "expected one of best, quickstart,",
		"missing.yaml":                     "missing.yaml: no such file or directory",
		filepath.Dir(path):                 "is a directory",
		filepath.Join(path, "nested.yaml"): "not a directory",
	}
	for name, want := range tests {
		if _, err := spec.Load(name, shipped()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%q): got %v, want %q", name, err, want)
		}
	}
}
