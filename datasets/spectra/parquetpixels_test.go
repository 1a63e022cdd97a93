package spectra_test

import (
	"bytes"
	"testing"

	"github.com/parquet-go/parquet-go"

	"sedlab/datasets/spectra"
)

type pixelRow struct {
	Name       string   `parquet:"name"`
	Wavelength float64  `parquet:"wavelength"`
	Flux       *float64 `parquet:"flux,optional"`
	Error      float64  `parquet:"error"`
}

// A Parquet file may have a pixel in each row, as DataFrame.to_parquet writes it.
func TestParquetPixels(t *testing.T) {
	x := 2.0
	rows := []pixelRow{{"a", 4000, &x, 0.5}, {"a", 4001, nil, 0.5}, {"a", 4002, &x, 0}, {"b", 4000, &x, 1}, {"b", 4001, &x, 1}}
	var out bytes.Buffer
	if err := parquet.Write(&out, rows); err != nil {
		t.Fatal(err)
	}
	list, err := readText(t, out.String(), spectra.Options{})
	if err != nil || len(list) != 2 || list[0].Name != "a" || list[1].Name != "b" || list[1].Row != 1 {
		t.Fatalf("%d spectra, %v", len(list), err)
	}
	if a := list[0]; len(a.Flux) != 3 || a.Ivar[0] != 4 || !a.Measured(0) || a.Measured(1) || a.Measured(2) || a.Wavelength[2] != 4002 {
		t.Errorf("%+v", a)
	}
	type bare struct {
		Wavelength float64 `parquet:"wavelength"`
		Flux       float64 `parquet:"flux"`
	}
	out.Reset()
	if err := parquet.Write(&out, []bare{{4000, 1}, {4001, 2}}); err != nil {
		t.Fatal(err)
	}
	if list, err := readText(t, out.String(), spectra.Options{}); err != nil || len(list) != 1 || list[0].Name != "file" || list[0].Ivar != nil {
		t.Errorf("without names: %+v, %v", list, err)
	}
}
