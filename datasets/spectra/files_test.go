package spectra_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/datasets/spectra"
)

// recordedFile is a file of testdata/files, and what the program that wrote it reads from it.
type recordedFile struct {
	File, Program string
	Single        bool   // the program computes in single precision
	Error         string // the file is refused with this
	Options       spectra.Options
	Spectra       []struct {
		Name       string
		Redshift   *float64
		Wavelength []float64
		Flux, Ivar []*float64 // nil where it is no number
		Missing    []bool
		Bits       []uint32
	}
}

// content returns the bytes of the file, which may be kept compressed.
func (r recordedFile) content(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join("testdata", "files", r.File)
	data, err := os.ReadFile(path)
	if !errors.Is(err, os.ErrNotExist) {
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	f, err := os.Open(path + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if data, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return data
}

// Files are read as the programs read them that wrote them (testdata/files/record.py).
func TestRecordedFiles(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "files", "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []recordedFile
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		t.Run(r.File, func(t *testing.T) {
			content := r.content(t)
			var got []*spectra.Spectrum
			var failed error
			for s, err := range spectra.ReadFrom(t.Context(), r.File, bytes.NewReader(content), int64(len(content)), r.Options) {
				if err != nil {
					failed = errors.Join(failed, err)
					continue
				}
				got = append(got, s)
			}
			if r.Error != "" {
				if failed == nil || !strings.Contains(failed.Error(), r.Error) {
					t.Errorf("got error %v, expected %q", failed, r.Error)
				}
				return
			}
			if failed != nil || len(got) != len(r.Spectra) {
				t.Fatalf("%d spectra, expected %d as %s; error %v", len(got), len(r.Spectra), r.Program, failed)
			}
			for i := range got {
				r.compare(t, got[i], i)
			}
		})
	}
}

// compare compares a spectrum with what was recorded.
func (r recordedFile) compare(t *testing.T, got *spectra.Spectrum, number int) {
	t.Helper()
	want, most := r.Spectra[number], 1e-12
	if r.Single {
		most = 1e-6
	}
	unlike := func(a, b float64) bool { return !(math.Abs(a-b) <= most*math.Abs(b)) }
	if got.Name != want.Name || got.Row != number {
		t.Errorf("name %q, row %d; expected %q, %d", got.Name, got.Row, want.Name, number)
	}
	if want.Redshift == nil != math.IsNaN(got.Redshift) || want.Redshift != nil && unlike(got.Redshift, *want.Redshift) {
		t.Errorf("%s: redshift %g, expected %v", want.Name, got.Redshift, want.Redshift)
	}
	if len(got.Wavelength) != len(want.Wavelength) || got.Ivar == nil != (want.Ivar == nil) || !slices.Equal(got.Bits, want.Bits) {
		t.Fatalf("%s: %d pixels, errors %v, bits %v; expected %d, %v, %v", want.Name, len(got.Wavelength), got.Ivar != nil, got.Bits, len(want.Wavelength), want.Ivar != nil, want.Bits)
	}
	for i, lambda := range want.Wavelength {
		if unlike(got.Wavelength[i], lambda) || got.Measured(i) == want.Missing[i] {
			t.Errorf("%s: pixel %d: %.12g Å, measured %v; expected %.12g, %v", want.Name, i, got.Wavelength[i], got.Measured(i), lambda, !want.Missing[i])
			continue
		}
		if want.Missing[i] {
			continue
		}
		per := 1.0
		if strings.HasPrefix(r.File, "tabular_single") { // in Jy
			per = 2.99792458e-5 / lambda / lambda
		}
		if unlike(got.Flux[i], *want.Flux[i]*per) {
			t.Errorf("%s: pixel %d: flux %.12g, expected %.12g", want.Name, i, got.Flux[i], *want.Flux[i]*per)
		}
		if want.Ivar != nil && unlike(got.Ivar[i], *want.Ivar[i]/per/per) {
			t.Errorf("%s: pixel %d: inverse variance %.12g, expected %.12g", want.Name, i, got.Ivar[i], *want.Ivar[i]/per/per)
		}
	}
}
