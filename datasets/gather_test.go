package datasets_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sedlab/datasets"
	"sedlab/datasets/spectra"
	"sedlab/internal/safetensors"
)

// refuse is a step that drops spectra with a name.
type refuse string

func (refuse) Check() []spectra.KeyError { return nil }
func (r refuse) Apply(s *spectra.Spectrum) error {
	if s.Name == string(r) {
		return &spectra.Drop{Reason: "not wanted"}
	}
	return nil
}

// measured returns a spectrum of three pixels, of which the last was not measured.
func measured(name string, scale float64) *spectra.Spectrum {
	s := spectra.New(name)
	s.Wavelength, s.Flux = []float64{4000, 4001, 4002}, []float64{scale, 2 * scale, math.NaN()}
	s.Ivar = []float64{100 / scale / scale, 25 / scale / scale, 0}
	s.Redshift = 0.1
	return s
}

func TestGatherer(t *testing.T) {
	for _, scale := range []float64{1, 1e-17, 1e30} {
		g := datasets.NewGatherer([]spectra.Step{refuse("b")})
		for _, name := range []string{"a", "b", "c"} {
			if err := g.Add(measured(name, scale)); err != nil {
				t.Fatal(err)
			}
		}
		set, err := g.Set()
		if err != nil {
			t.Fatal(err)
		}
		if err := set.Check(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(set.Names, []string{"a", "c"}) || len(set.Dropped) != 1 || set.Dropped[0].Reason != "not wanted" {
			t.Errorf("kept %v, dropped %v", set.Names, set.Dropped)
		}
		if !reflect.DeepEqual(set.Infilled, []bool{false, false, true, false, false, true}) {
			t.Errorf("infilled %v", set.Infilled)
		}
		if err := set.Normalize("rms"); err != nil {
			t.Fatal(err)
		}
		// The fluxes 1 and 2 are filled in by 1.5, and divided by √(7.25/3).
		norm := math.Sqrt(7.25 / 3)
		for j, want := range []float64{1 / norm, 2 / norm, 1.5 / norm} {
			if got := float64(set.Signal(1)[j]); math.Abs(got-want) > 1e-6 {
				t.Errorf("scale %g: flux %d is %g, expected %g", scale, j, got, want)
			}
		}
	}
}

func TestGathererRefusesOtherGrids(t *testing.T) {
	g := datasets.NewGatherer(nil)
	if _, err := g.Set(); err == nil || !strings.Contains(err.Error(), "no spectrum") {
		t.Errorf("an empty set: %v", err)
	}
	if err := g.Add(measured("a", 1)); err != nil {
		t.Fatal(err)
	}
	other := measured("b", 1)
	other.Wavelength[1] = 4001.5
	if err := g.Add(other); err == nil || !strings.Contains(err.Error(), "rebin") {
		t.Errorf("another grid: %v", err)
	}
	plain := measured("c", 1)
	plain.Ivar, plain.Flux[2] = nil, 1
	if err := g.Add(plain); err == nil || !strings.Contains(err.Error(), "errors") {
		t.Errorf("without errors: %v", err)
	}
}

// A data set is at rest or as observed, and what is written says so to both readers.
func TestRestFrameIsKept(t *testing.T) {
	for _, rest := range []bool{false, true} {
		g := datasets.NewGatherer(nil)
		a, b := measured("a", 1), measured("b", 1)
		a.Rest, b.Rest = rest, !rest
		if err := g.Add(a); err != nil {
			t.Fatal(err)
		}
		if err := g.Add(b); err == nil || !strings.Contains(err.Error(), "one is at rest and the other as observed; a step rest_frame") {
			t.Errorf("a mixture: %v", err)
		}
		state, err := g.State("work", nil)
		if err != nil {
			t.Fatal(err)
		}
		restored := datasets.NewGatherer(nil)
		if _, err := restored.Restore(state, "work"); err != nil {
			t.Fatal(err)
		}
		set, err := restored.Set()
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		var archive, table bytes.Buffer
		if err := errors.Join(set.WriteNPZ(&archive, nil), set.WriteParquet(&table), os.WriteFile(filepath.Join(dir, "a.npz"), archive.Bytes(), 0o666),
			os.WriteFile(filepath.Join(dir, "a.parquet"), table.Bytes(), 0o666)); err != nil {
			t.Fatal(err)
		}
		for _, c := range []datasets.Config{
			&datasets.NPZConfig{Path: filepath.Join(dir, "a.npz")}, &datasets.SpectraConfig{Path: filepath.Join(dir, "a.npz")}, &datasets.SpectraConfig{Path: filepath.Join(dir, "a.parquet")},
		} {
			if got, err := c.Load(t.Context(), 0); err != nil || got.Rest != rest {
				t.Errorf("%+v: at rest is not %v, error %v", c, rest, err)
			}
		}
	}
}

// A gatherer that was saved and restored goes on as if nothing had been.
func TestGathererState(t *testing.T) {
	add := func(g *datasets.Gatherer, names ...string) {
		for _, name := range names {
			if err := g.Add(measured(name, 1e-17)); err != nil {
				t.Fatal(err)
			}
		}
	}
	whole, part := datasets.NewGatherer([]spectra.Step{refuse("b")}), datasets.NewGatherer([]spectra.Step{refuse("b")})
	add(whole, "a", "b", "c", "d")
	add(part, "a", "b", "c", "half of a file")
	part.Truncate(2, 1)
	state, err := part.State("work", []string{"sum"})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := safetensors.Write(&file, state); err != nil {
		t.Fatal(err)
	}
	read, err := safetensors.Parse(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	rest := datasets.NewGatherer([]spectra.Step{refuse("b")})
	if _, err := rest.Restore(read, "other work"); err == nil || rest.Len() != 0 {
		t.Errorf("the state of other work: error %v, %d spectra", err, rest.Len())
	}
	if sums, err := rest.Restore(read, "work"); err != nil || !slices.Equal(sums, []string{"sum"}) {
		t.Fatal(sums, err)
	}
	add(rest, "d")
	want, err := whole.Set()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := rest.Set(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, expected %+v, error %v", got, want, err)
	}
}

// What is written is read again as the same set.
func TestWriteNPZ(t *testing.T) {
	g := datasets.NewGatherer(nil)
	for _, name := range []string{"a", "bé"} {
		if err := g.Add(measured(name, 3e-17)); err != nil {
			t.Fatal(err)
		}
	}
	set, err := g.Set()
	if err != nil {
		t.Fatal(err)
	}
	var first bytes.Buffer
	for range 20 { // the order of the arrays is fixed
		var again bytes.Buffer
		if err := set.WriteNPZ(&again, nil); err != nil || first.Len() > 0 && !bytes.Equal(again.Bytes(), first.Bytes()) {
			t.Fatalf("the same data set gives another file, error %v", err)
		}
		first = again
	}
	path := filepath.Join(t.TempDir(), "set.npz")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var again bytes.Buffer
	if err := errors.Join(set.WriteNPZ(file, nil), set.WriteNPZ(&again, nil)); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || !bytes.Equal(text, again.Bytes()) {
		t.Errorf("written twice, the bytes differ; %v", err)
	}
	got, err := datasets.Load(t.Context(), "npz", &datasets.NPZConfig{Path: path}, nil, datasets.Fractions{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Wavelength, set.Wavelength) || !slices.Equal(got.Infilled, set.Infilled) || !slices.Equal(got.Group, set.Group) || !slices.Equal(got.Redshift, set.Redshift) {
		t.Errorf("got %+v, expected %+v", got, set)
	}
	for i, v := range set.Flux {
		a, b := float64(v)*set.Scale[i/3], float64(got.Flux[i])*got.Scale[i/3]
		if math.Abs(a-b) > 1e-6*math.Abs(a) {
			t.Errorf("flux %d: got %g, expected %g", i, b, a)
		}
	}
}
