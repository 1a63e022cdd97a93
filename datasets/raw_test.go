package datasets_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/datasets"
)

// rawFiles writes two spectra of 3 pixels and a table, and returns a configuration of them.
func rawFiles(t *testing.T, table string) *datasets.SpectraConfig {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.csv": "# redshift: 0.5\nwavelength,flux,error\n4000,1,1\n4001,2,1\n4002,4,0\n", "b.csv": "wavelength,flux,error\n4000,3,1\n4001,2,1\n4002,1,1\n", "table.txt": table,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	c := &datasets.SpectraConfig{Path: filepath.Join(dir, "*.csv")}
	if table != "" {
		c.Table = filepath.Join(dir, "table.txt")
	}
	return c
}

func digestFile(_ context.Context, path string) (string, error) {
	data, err := os.ReadFile(path)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), err
}

func TestSpectraTable(t *testing.T) {
	c := rawFiles(t, "\ufeffname,redshift,group\na,0.25,x\nb.csv,,y\n")
	set, err := c.Load(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if set.Redshift[0] != 0.25 || !math.IsNaN(set.Redshift[1]) || set.Group[0] != "x" || set.Group[1] != "y" {
		t.Errorf("got redshifts %v, groups %q", set.Redshift, set.Group)
	}
	id, err := c.Identify(t.Context(), 0, digestFile)
	if err != nil || id.SHA256 != set.SHA256 {
		t.Errorf("identified as %s, loaded as %s, %v", id.SHA256, set.SHA256, err)
	}
}

// Renamed files are other data: their names decide what the table says, and the split.
func TestNamesIdentify(t *testing.T) {
	c := rawFiles(t, "name,redshift\na,0.25\nb,0.5\n")
	before, err := c.Identify(t.Context(), 0, digestFile)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(c.Path)
	if err := os.Rename(filepath.Join(dir, "b.csv"), filepath.Join(dir, "c.csv")); err != nil {
		t.Fatal(err)
	}
	after, err := c.Identify(t.Context(), 0, digestFile)
	if err != nil || after == before {
		t.Errorf("a file with another name has the same identity, error %v", err)
	}
	if set, err := c.Load(t.Context(), 0); err != nil || set.SHA256 != after.SHA256 || !math.IsNaN(set.Redshift[1]) {
		t.Errorf("identified as %s, loaded as %+v, %v", after.SHA256, set, err)
	}
	moved := t.TempDir()
	for _, name := range []string{"a.csv", "c.csv"} {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(moved, name)); err != nil {
			t.Fatal(err)
		}
	}
	c.Path = filepath.Join(moved, "*.csv")
	if id, err := c.Identify(t.Context(), 0, digestFile); err != nil || id != after {
		t.Errorf("files in another folder: %v, expected %v, error %v", id, after, err)
	}
}

func TestSpectraErrors(t *testing.T) {
	for table, want := range map[string]string{
		"nme,redshift\na,1\n":         `no column "name"`,
		"name,z\na,1\n":               "no column redshift, ebv or group",
		"name,redshift\na,x\n":        `line 2: column redshift: got "x"`,
		"name,redshift\na,1\na,0.5\n": `line 3: name "a" is repeated`,
	} {
		_, err := rawFiles(t, table).Load(t.Context(), 0)
		var input *datasets.InputError
		if !errors.As(err, &input) || filepath.Base(input.Path) != "table.txt" || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, expected %q", table, err, want)
		}
	}
	c := &datasets.SpectraConfig{Path: filepath.Join(t.TempDir(), "*.fits")}
	var input *datasets.InputError
	if _, err := c.Load(t.Context(), 0); !errors.As(err, &input) || !strings.Contains(err.Error(), "no file matches") {
		t.Errorf("got error %v", err)
	}
	if _, err := c.Identify(t.Context(), 0, digestFile); !errors.As(err, &input) {
		t.Errorf("got error %v", err)
	}
}

func TestParquetIsReadBack(t *testing.T) {
	want, err := rawFiles(t, "").Load(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := want.WriteParquet(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.parquet")
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	got, err := (&datasets.SpectraConfig{Path: path}).Load(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, missing := range want.Infilled {
		if got.Infilled[i] != missing || !missing && (got.Flux[i] != want.Flux[i] || got.Ivar[i] != want.Ivar[i]) {
			t.Errorf("flux %d: got %g, %g; expected %g, %g", i, got.Flux[i], got.Ivar[i], want.Flux[i], want.Ivar[i])
		}
	}
	if got.Names[0] != "a" || got.Redshift[0] != 0.5 || !math.IsNaN(got.Redshift[1]) {
		t.Errorf("got names %q, redshifts %v", got.Names, got.Redshift)
	}
}
