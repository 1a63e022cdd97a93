package repaired_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"sedlab/datasets/spectra"
	"sedlab/framework/repaired"
	"sedlab/internal/fits"
)

func example(name string) *repaired.Spectrum {
	nan := math.NaN()
	return &repaired.Spectrum{
		Name: name, File: "a.fits", Row: 3, Status: "ok", PValue: repaired.Number(0.5), Redshift: repaired.Number(0.1), Scale: repaired.Number(1e-17), Chi2: repaired.Number(1.1),
		Iterations: 10, Converged: true, FluxUnit: "erg / (s cm2 Angstrom)", Wavelength: []float64{4000, 4001, 4002}, Original: []float64{1, nan, 3}, Error: []float64{0.1, nan, 0.1},
		Flux: []float64{1.1, 2, nan}, Low: []float64{1, 1.5, nan}, Median: []float64{1.1, 2, nan}, High: []float64{1.2, 2.5, nan}, Filled: []bool{false, true, false},
	}
}

// sink collects spectra.
type sink struct{ list []*repaired.Spectrum }

func (s *sink) Add(x *repaired.Spectrum) error { s.list = append(s.list, x); return nil }
func (s *sink) Close() error                   { return nil }

// same compares two spectra, NaN included.
func same(a, b *repaired.Spectrum) bool {
	var x, y bytes.Buffer
	for out, s := range map[*bytes.Buffer]*repaired.Spectrum{&x: a, &y: b} {
		w := repaired.NewCSV(out)
		if w.Add(s) != nil || w.Close() != nil {
			return false
		}
	}
	return x.String() == y.String()
}

func TestPartsComeBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[b", "out.part")
	p, removed, err := repaired.OpenParts(dir, "work")
	if err != nil || removed != 0 {
		t.Fatal(removed, err)
	}
	failed := &repaired.Spectrum{Name: "failed", Status: "redshift unknown"}
	if err := p.Save(0, []*repaired.Spectrum{example("a"), failed}); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	again, removed, err := repaired.OpenParts(dir, "work")
	if err != nil || removed != 0 || !again.Has(0) || again.Has(1) || again.Empty() {
		t.Fatal(removed, err)
	}
	var got sink
	if err := again.Copy(0, &got); err != nil || len(got.list) != 2 || !same(got.list[0], example("a")) || !same(got.list[1], failed) {
		t.Errorf("%+v, %v", got.list, err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	other, removed, err := repaired.OpenParts(dir, "other work")
	if err != nil || removed != 1 || other.Has(0) || !other.Empty() {
		t.Errorf("parts of other work: %d removed, %v", removed, err)
	}
	if err := errors.Join(other.Remove(), other.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder is still there")
	}
}

// While one process works in a folder, another one neither removes its parts nor adds its own.
func TestPartsInUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out.part")
	p, _, err := repaired.OpenParts(dir, "work")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Save(0, []*repaired.Spectrum{example("a")}); err != nil {
		t.Fatal(err)
	}
	for _, work := range []string{"work", "other work"} {
		if _, _, err := repaired.OpenParts(dir, work); err == nil || !strings.Contains(err.Error(), dir+": in use by another process") {
			t.Errorf("%v; expected that the folder is in use", err)
		}
	}
	if !p.Has(0) {
		t.Error("the part is gone")
	}
	if err := errors.Join(p.Remove(), p.Close()); err != nil {
		t.Fatal(err)
	}
	next, _, err := repaired.OpenParts(dir, "other work")
	if err != nil {
		t.Fatal(err)
	}
	if err := next.Close(); err != nil {
		t.Fatal(err)
	}
}

// A part that has been damaged is an error that names it, not a panic.
func TestDamagedPart(t *testing.T) {
	dir := t.TempDir()
	p, _, err := repaired.OpenParts(dir, "work")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Save(0, []*repaired.Spectrum{example("a")}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "000000.part")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(whole); at += 3 {
		bad := slices.Clone(whole)
		bad[at] ^= 0x55
		if err := os.WriteFile(path, bad, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := p.Copy(0, new(sink)); err == nil {
			t.Fatalf("byte %d is damaged, and nobody notices", at)
		}
	}
}

func TestCSV(t *testing.T) {
	var out bytes.Buffer
	w := repaired.NewCSV(&out)
	if err := w.Add(example(`a "b", c`)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 4 || rows[1][0] != `a "b", c` || rows[2][2] != "" || rows[2][4] != "2" || rows[2][8] != "true" || rows[1][9] != "ok" {
		t.Errorf("%q, %v", rows, err)
	}
}

func TestFITS(t *testing.T) {
	var out bytes.Buffer
	w := repaired.NewFITS(&out)
	for _, name := range []string{"a", "bé"} {
		if err := w.Add(example(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := fits.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil || len(f.HDUs) != 3 {
		t.Fatal(err)
	}
	table, err := f.HDUs[1].Table()
	if err != nil || table.Columns[0].Name != "wavelength" || table.Columns[1].Name != "flux" || table.Columns[2].Name != "uncertainty" {
		t.Fatal(table, err)
	}
	flux, err := table.Floats(t.Context(), 1, 0, 2)
	if z, ok := f.HDUs[1].Header.Float("REDSHIFT"); err != nil || !slices.Equal(flux, []float64{1.1, 2}) || !ok || z != 0.1 {
		t.Errorf("flux %v, redshift %g, %v", flux, z, err)
	}
}

// A spectrum that was not repaired, or has no errors, has columns of NaN, also after it was kept
// in a part.
func TestFITSOfUnknownColumns(t *testing.T) {
	failed, bare := example("failed"), example("bare")
	failed.Status, failed.Flux, failed.Low, failed.Median, failed.High, bare.Error = "redshift unknown", nil, nil, nil, nil, nil
	p, _, err := repaired.OpenParts(filepath.Join(t.TempDir(), "out.part"), "work")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := repaired.NewFITS(&out)
	err = errors.Join(p.Save(0, []*repaired.Spectrum{failed, bare, {Name: "empty", Status: "left out"}}), p.Copy(0, w), w.Close(), p.Close())
	if err != nil {
		t.Fatal(err)
	}
	f, err := fits.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil || len(f.HDUs) != 4 {
		t.Fatal(err)
	}
	for hdu, column := range map[int]int{1: 1, 2: 7} {
		table, err := f.HDUs[hdu].Table()
		if err != nil {
			t.Fatal(err)
		}
		values, err := table.Floats(t.Context(), column, 0, 3)
		if err != nil || values[0] == values[0] {
			t.Errorf("HDU %d: %v, %v; expected NaN", hdu, values, err)
		}
	}
	if status, _ := f.HDUs[1].Header.Text("STATUS"); status != "redshift unknown" {
		t.Errorf("STATUS is %q", status)
	}
}

// A spectrum with a long name and a long unit is written all the same, its name whole.
func TestFITSOfLongTexts(t *testing.T) {
	x := example(strings.Repeat("星系", 20))
	x.FluxUnit = strings.Repeat("erg ", 20)
	var out bytes.Buffer
	if err := repaired.WriteFITS(&out, x); err != nil {
		t.Fatal(err)
	}
	f, err := fits.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if name, _ := f.HDUs[1].Header.Text("OBJECT"); name != fits.Escape(x.Name) {
		t.Errorf("OBJECT is %q", name)
	}
}

func TestParquetColumns(t *testing.T) {
	var out bytes.Buffer
	w := repaired.NewParquet(&out)
	if err := w.Add(example("a")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	rows, err := parquet.Read[repaired.Spectrum](bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil || len(rows) != 1 || !same(&rows[0], example("a")) || !reflect.DeepEqual(rows[0].Filled, example("a").Filled) {
		t.Errorf("%+v, %v", rows, err)
	}
}

// Spectra that are read again are at rest if they were.
func TestRestFrameComesBack(t *testing.T) {
	for name, sink := range map[string]func(io.Writer) repaired.Sink{"csv": repaired.NewCSV, "parquet": repaired.NewParquet, "fits": repaired.NewFITS} {
		for _, rest := range []bool{false, true} {
			var out bytes.Buffer
			x, w := example("a"), sink(&out)
			x.Rest = rest
			if err := errors.Join(w.Add(x), w.Close()); err != nil {
				t.Fatal(err)
			}
			for s, err := range spectra.ReadFrom(t.Context(), "a", bytes.NewReader(out.Bytes()), int64(out.Len()), spectra.Options{}) {
				if err != nil || s.Rest != rest || s.Redshift != 0.1 {
					t.Errorf("%s: at rest is not %v, error %v", name, rest, err)
				}
			}
		}
	}
}

func TestPicture(t *testing.T) {
	p, ok := example("a").Picture()
	if !ok || len(p.CSV) != 4 {
		t.Fatal(ok)
	}
	drawn := map[string]int{}
	_, err := p.Save(func(name string, write func(io.Writer) error) error {
		var out bytes.Buffer
		err := write(&out)
		drawn[name] = out.Len()
		return err
	}, "x", false)
	if err != nil || drawn["x.png"] < 1000 || drawn["x.svg"] < 1000 || drawn["x.csv"] == 0 {
		t.Errorf("%v, %v", drawn, err)
	}
	if _, ok := (&repaired.Spectrum{}).Picture(); ok {
		t.Error("a picture of nothing")
	}
}
