package cli_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/cli"
)

// A flag that is set to false is as if it were not there.
func TestConvertWithoutIterativePCA(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "spectra.csv")
	writeSpectra(t, in, 20)
	convert := func(out string, flags ...string) []byte {
		t.Helper()
		args := append([]string{"data", "convert", in, "--out", filepath.Join(dir, out), "--set", "dataset.prepare=[{step: rest_frame}, {step: rebin, from: 3700, to: 6590, fluxes: 100}]"}, flags...)
		var errs strings.Builder
		if code := cli.Main(catalog.Default(), args, &errs, &errs); code != 0 {
			t.Fatalf("%v: exit code %d: %s", flags, code, errs.String())
		}
		return readFile(t, dir, out)
	}
	plain, filled := convert("a.parquet"), convert("b.parquet", "--iterative-pca=false", "--iterative-pca")
	if off := convert("c.parquet", "--iterative-pca", "--iterative-pca=false"); !bytes.Equal(off, plain) || bytes.Equal(filled, plain) {
		t.Errorf("%d bytes without iterative PCA, %d with it, %d with --iterative-pca=false", len(plain), len(filled), len(off))
	}
	var errs strings.Builder
	if code := cli.Main(catalog.Default(), []string{"data", "convert", in, "--out", "d.parquet", "--iterative-pca=some"}, &errs, &errs); code != 2 || !strings.Contains(errs.String(), "expected true or false") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}
