package spectra_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"sedlab/datasets/spectra"
	"sedlab/internal/fits"
)

// readText reads all spectra of a file's content.
func readText(t testing.TB, content string, o spectra.Options) (list []*spectra.Spectrum, err error) {
	t.Helper()
	for s, e := range spectra.ReadFrom(t.Context(), "file.txt", strings.NewReader(content), int64(len(content)), o) {
		if e != nil {
			err = errors.Join(err, e)
			continue
		}
		list = append(list, s)
	}
	return list, err
}

const plain = "4000 1 0.1\n4001 2 0.2\n4002 3 0.5\n"

// Tables in text say the same in every dialect.
func TestText(t *testing.T) {
	header := "wavelength,flux,error\n"
	csv := header + strings.ReplaceAll(plain, " ", ",")
	for name, c := range map[string]struct {
		content string
		options spectra.Options
	}{
		"blanks":    {plain, spectra.Options{}},
		"csv":       {csv, spectra.Options{}},
		"bom, crlf": {"\uFEFF" + strings.ReplaceAll(csv, "\n", "\r\n"), spectra.Options{}},
		"tsv":       {strings.ReplaceAll(csv, ",", "\t"), spectra.Options{}},
		"semicolon": {strings.ReplaceAll(csv, ",", ";"), spectra.Options{}},
		"nm":        {"wavelength [nm],flux,error\n400,1,.1\n400.1,2,.2\n400.2,3,.5\n", spectra.Options{}},
		"unit":      {"400 1 .1\n400.1 2 .2\n400.2 3 .5\n", spectra.Options{Unit: "nm"}},
		"falling":   {"4002 3 .5\n4001 2 .2\n4000 1 .1\n", spectra.Options{}},
		"loglam":    {fmt.Sprintf("loglam,flux,error\n%.12f,1,.1\n%.12f,2,.2\n%.12f,3,.5\n", math.Log10(4000), math.Log10(4001), math.Log10(4002)), spectra.Options{}},
		"comment":   {"# x\n# wave flux ivar\n4000 1 100\n4001 2 25\n4002 3 4\n", spectra.Options{}},
		"quotes":    {"wavelength,flux,error,remark\n4000,1,.1,\"a, b\"\n4001,2,.2,c\n4002,3,.5,\"\"\n", spectra.Options{}},
		"ivar":      {"ivar,wave,flux\n100,4000,1\n25,4001,2\n4,4002,3\n", spectra.Options{}},
		"variance":  {"var,wave,flux\n.01,4000,1\n.04,4001,2\n.25,4002,3\n", spectra.Options{}},
		"own names": {"a,b,c\n4000,1,.1\n4001,2,.2\n4002,3,.5\n", spectra.Options{Columns: spectra.Columns{Wavelength: "a", Flux: "B", Error: "c"}}},
		"ecsv": {"# %ECSV 1.0\n# ---\n# datatype:\n# - {name: wavelength, unit: nm, datatype: float64}\n# - {name: flux, datatype: float64}\n# - {name: error, datatype: float64}\n" +
			"# meta: !!omap\n# - {redshift: 0.25}\n# schema: astropy-2.0\nwavelength flux error\n400 1 .1\n400.1 2 .2\n400.2 3 .5\n", spectra.Options{}},
	} {
		list, err := readText(t, c.content, c.options)
		if err != nil || len(list) != 1 {
			t.Errorf("%s: %d spectra, %v", name, len(list), err)
			continue
		}
		s := list[0]
		for i, want := range []float64{4000, 4001, 4002} {
			if math.Abs(s.Wavelength[i]-want) > 1e-6 || s.Flux[i] != float64(i+1) || math.Abs(s.Ivar[i]-[]float64{100, 25, 4}[i]) > 1e-9 {
				t.Errorf("%s: pixel %d: %g Å, flux %g, inverse variance %g", name, i, s.Wavelength[i], s.Flux[i], s.Ivar[i])
			}
		}
		if name == "ecsv" && s.Redshift != 0.25 || s.Name != "file" {
			t.Errorf("%s: redshift %g, name %q", name, s.Redshift, s.Name)
		}
	}
}

// A column of names makes several spectra, of which a bad one does not stop the others.
func TestSeveralSpectraInText(t *testing.T) {
	content := "name,redshift,wavelength,flux,mask\na,0.1,4000,1,0\na,0.1,4001,nan,0\na,0.1,4002,3,1\nb,,4000,1,0\nb,,4000,2,0\nc,0.3,4000,5,false\nc,0.3,4001,6,true\n"
	list, err := readText(t, content, spectra.Options{})
	bad := new(spectra.BadSpectrum)
	if len(list) != 2 || !errors.As(err, &bad) || bad.Name != "b" || bad.Row != 1 || !strings.Contains(bad.Reason, "expected them in order") {
		t.Fatalf("%d spectra, %v", len(list), err)
	}
	a, c := list[0], list[1]
	if a.Name != "a" || a.Redshift != 0.1 || !a.Measured(0) || a.Measured(1) || a.Measured(2) || c.Row != 2 || !c.Measured(0) || c.Measured(1) {
		t.Errorf("%+v, %+v", a, c)
	}
}

func TestUnknownRedshift(t *testing.T) {
	for _, text := range []string{"unknown", "nan", ""} {
		list, err := readText(t, "# redshift: "+text+"\nwavelength,flux\n4000,1\n4001,1\n", spectra.Options{})
		if err != nil || !math.IsNaN(list[0].Redshift) {
			t.Errorf("%q: %v, %v", text, list, err)
		}
	}
}

func TestAirIsConverted(t *testing.T) {
	for _, c := range []struct {
		content string
		options spectra.Options
		want    float64
	}{
		{"wave_air,flux\n5000,1\n5001,2\n", spectra.Options{}, 5001.394},
		{"wave_air,flux\n5000,1\n5001,2\n", spectra.Options{Frame: "vacuum"}, 5000},
		{"wavelength,flux\n5000,1\n5001,2\n", spectra.Options{Frame: "air"}, 5001.394},
	} {
		if list, err := readText(t, c.content, c.options); err != nil || math.Abs(list[0].Wavelength[0]-c.want) > 1e-3 {
			t.Errorf("%q, frame %q: %v, %v", c.content, c.options.Frame, list, err)
		}
	}
}

// Errors in a text name the line.
func TestTextIsRefused(t *testing.T) {
	for content, want := range map[string]string{
		"":                             "is empty",
		"# nothing\n":                  "has no data",
		"wavelength,flux\n":            "has no data",
		"4000\n4001\n":                 "line 1: has 1 column",
		"4000 1 .1 0\n4001 1 .1 1\n":   "line 1: has 4 columns and no header",
		"wavelength,brightness\n1,2\n": `line 1: no column of flux is recognised among wavelength, brightness; --set 'dataset.columns={flux: …}' names it`,
		"name,wavelength,flux\na,1,1\na,2,1\nb,1,1\nb,2,1\na,3,1\n": `line 6: spectrum "a" continues after another one`,
		"# a\n# redshift: far\nwavelength,flux\n4000,1\n":           `line 2: comment redshift: got "far"`,
		"wavelength;flux\n4000;1,5\n":                               "column flux: got \"1,5\"; expected a number with a decimal point",
		"wavelength,flux\n4000,x\n":                                 `line 2: column flux: got "x"; expected a number`,
		"wavelength,flux\n4000,1,2\n":                               "line 2: has 3 fields; expected 2",
		"wavelength,flux\n4000,1\n4000,1\n":                         "pixel 1: wavelength 4000 Å after 4000 Å",
		"wavelength,flux\n-1,1\n1,1\n":                              "pixel 0: wavelength -1",
		"wavelength [furlong],flux\n1,1\n2,1\n":                     `unit "furlong" of wavelengths is unknown`,
		"\x00\x01\x02":                                              "is in no known format",
		"junk\x01\x02,4":                                            "is no table of spectra",
		"<html>":                                                    "is no table of spectra: it begins with \"<html>\"",
		"{\"a\": [1]}":                                              "is no table of spectra",
		"\x1f\x8b\x08":                                              "is compressed by gzip; unpack it first",
		"wavelength,flux\n" + strings.Repeat("1", 1<<20+1) + "\n":   "line 2: is longer than 1048576 bytes",
	} {
		if _, err := readText(t, content, spectra.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, expected %s", content, err, want)
		}
	}
}

// A pixel at the edge of a gap does not reach into it.
func TestGapsBetweenRows(t *testing.T) {
	content := "wavelength,flux\n"
	for i := range 60 {
		if i < 20 || i >= 40 {
			content += fmt.Sprintf("%d,%d\n", 4000+i, i)
		}
	}
	list, err := readText(t, content, spectra.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := list[0]
	if len(s.Wavelength) != 60 {
		t.Fatalf("%d pixels", len(s.Wavelength))
	}
	for i, l := range s.Wavelength {
		if math.Abs(l-float64(4000+i)) > 1e-9 || s.Measured(i) != (i < 20 || i >= 40) {
			t.Errorf("pixel %d at %g Å, measured %v", i, l, s.Measured(i))
		}
	}
}

// packed returns a FITS file.
func packed(t testing.TB, write func(w *fits.Writer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(fits.NewWriter(&out)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// dialects are FITS files of every kind, of the same spectrum: three pixels, of which the
// last was not measured.
func dialects(t testing.TB) map[string][]byte {
	cards := func(list ...any) (out []fits.Card) {
		for i := 0; i < len(list); i += 2 {
			out = append(out, fits.Card{Key: list[i].(string), Value: list[i+1]})
		}
		return out
	}
	log := []float64{math.Log10(4000), math.Log10(4001), math.Log10(4002)}
	step := (log[2] - log[0]) / 2
	return map[string][]byte{
		"sdss": packed(t, func(w *fits.Writer) error {
			return errors.Join(w.Table("COADD", nil, []fits.Output{
				{Name: "flux", Values: []float32{1, 2, 3}}, {Name: "loglam", Values: log}, {Name: "ivar", Values: []float32{100, 25, 0}},
				{Name: "and_mask", Values: []int32{0, 1 << 23, 1 << 24}},
			}), w.Table("SPECOBJ", nil, []fits.Output{{Name: "Z", Values: []float32{0.5}}, {Name: "CLASS", Values: []string{"GALAXY"}}, {Name: "PLUG_RA", Values: []float64{10}}}))
		}),
		"tabular": packed(t, func(w *fits.Writer) error {
			return w.Table("DATA", cards("REDSHIFT", 0.5), []fits.Output{
				{Name: "wavelength", Unit: "nm", Values: []float64{400, 400.1, 400.2}}, {Name: "flux", Unit: "adu", Values: []float64{1, 2, 3}},
				{Name: "uncertainty", Unit: "adu", Values: []float64{0.1, 0.2, 1}}, {Name: "mask", Values: []bool{false, false, true}},
			})
		}),
		"rows": packed(t, func(w *fits.Writer) error {
			return w.Table("SPECTRA", nil, []fits.Output{
				{Name: "NAME", Values: []string{"rows"}}, {Name: "Z", Values: []float64{0.5}}, {Name: "WAVE", Unit: "Angstrom", Repeat: 3, Values: []float64{4000, 4001, 4002}},
				{Name: "FLUX", Repeat: 3, Values: []float64{1, 2, math.NaN()}}, {Name: "IVAR", Repeat: 3, Values: []float64{100, 25, 4}},
			})
		}),
		"wcs1d": packed(t, func(w *fits.Writer) error {
			return errors.Join(w.Image("", cards("CTYPE1", "WAVE", "CRVAL1", 4000.0, "CDELT1", 1.0, "CRPIX1", 1.0, "CUNIT1", "Angstrom", "REDSHIFT", 0.5), []int{3}, []float64{1, 2, 3}),
				w.Image("ERROR", nil, []int{3}, []float64{0.1, 0.2, 1}), w.Image("MASK", nil, []int{3}, []uint8{0, 0, 1}))
		}),
		"iraf": packed(t, func(w *fits.Writer) error {
			return errors.Join(w.Image("", cards("DC-FLAG", 1, "CTYPE1", "LINEAR", "CRVAL1", log[1], "CD1_1", step, "CRPIX1", 2.0, "REDSHIFT", 0.5), []int{3}, []float64{1, 2, math.NaN()}),
				w.Image("IVAR", nil, []int{3}, []float64{100, 25, 1}))
		}),
		"spspec": packed(t, func(w *fits.Writer) error {
			return w.Image("", cards("COEFF0", log[0], "COEFF1", step, "Z", 0.5, "SPEC_CLN", 2), []int{5, 3},
				[]float64{1, 2, 3, 0, 0, 0, 0.1, 0.2, 0, 0, 1 << 23, 1 << 24, 0, 0, 0})
		}),
		"desi": packed(t, func(w *fits.Writer) error {
			image := func(name string, shape []int, values []float64) error { return w.Image(name, nil, shape, values) }
			return errors.Join(w.Image("", nil, nil, nil), image("B_WAVELENGTH", []int{2}, []float64{4000, 4001}), image("B_FLUX", []int{1, 2}, []float64{1, 1}),
				image("B_IVAR", []int{1, 2}, []float64{100, 12.5}), image("R_WAVELENGTH", []int{2}, []float64{4001, 4002}), image("R_FLUX", []int{1, 2}, []float64{3, 3}),
				image("R_IVAR", []int{1, 2}, []float64{12.5, 0}),
				w.Table("FIBERMAP", nil, []fits.Output{{Name: "TARGETID", Values: []int64{77}}}), w.Table("REDSHIFTS", nil, []fits.Output{{Name: "Z", Values: []float64{0.5}}}))
		}),
	}
}

func TestFITS(t *testing.T) {
	for name, content := range dialects(t) {
		list, err := readText(t, string(content), spectra.Options{})
		if err != nil || len(list) != 1 {
			t.Errorf("%s: %d spectra, %v", name, len(list), err)
			continue
		}
		s := list[0]
		for i := range 3 {
			if math.Abs(s.Wavelength[i]-float64(4000+i)) > 1e-3 || s.Measured(i) != (i < 2) {
				t.Errorf("%s: pixel %d at %g Å, measured %v", name, i, s.Wavelength[i], s.Measured(i))
			}
			if i < 2 && (s.Flux[i] != float64(i+1) || math.Abs(s.Ivar[i]-[]float64{100, 25}[i]) > 1e-6) {
				t.Errorf("%s: pixel %d: %g, inverse variance %g", name, i, s.Flux[i], s.Ivar[i])
			}
		}
		if math.Abs(s.Redshift-0.5) > 1e-6 {
			t.Errorf("%s: redshift %g", name, s.Redshift)
		}
		if want := map[string]string{"rows": "rows", "desi": "77"}[name]; want != "" && s.Name != want {
			t.Errorf("%s: name %q", name, s.Name)
		}
		if bits := map[string]bool{"sdss": true, "spspec": true}[name]; bits && s.Bits[1] != 1<<23 {
			t.Errorf("%s: mask bits %v", name, s.Bits)
		}
	}
}

// An image of SDSS's plates has a spectrum in each row, and not what spSpec files have there.
func TestPlates(t *testing.T) {
	for _, rows := range []int{4, 10} {
		var flux, ivar []float64
		for i := range 3 * rows {
			flux, ivar = append(flux, float64(i)), append(ivar, 4)
		}
		content := packed(t, func(w *fits.Writer) error {
			return errors.Join(w.Image("", []fits.Card{{Key: "COEFF0", Value: 3.6}, {Key: "COEFF1", Value: 1e-4}}, []int{rows, 3}, flux), w.Image("IVAR", nil, []int{rows, 3}, ivar))
		})
		list, err := readText(t, string(content), spectra.Options{})
		if err != nil || len(list) != rows || list[1].Flux[0] != 3 || list[1].Ivar[0] != 4 || list[1].Bits != nil {
			t.Errorf("%d rows: %d spectra, %v", rows, len(list), err)
		}
	}
}

// Damaged files are errors or other spectra, and nothing panics.
func TestDamagedFITS(t *testing.T) {
	for name, content := range dialects(t) {
		for length := 0; length < len(content); length += 97 {
			// Between two HDUs, a file may end.
			if list, err := readText(t, string(content[:length]), spectra.Options{}); err == nil && length < 2880 {
				t.Errorf("%s, %d of %d bytes: %d spectra and no error", name, length, len(content), len(list))
			}
		}
		for at := 0; at < len(content); at += 41 {
			bad := slices.Clone(content)
			bad[at] ^= byte(1 << (at % 8))
			_, _ = readText(t, string(bad), spectra.Options{}) // whatever it is, it does not panic
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, content := range dialects(f) {
		f.Add(content)
	}
	f.Add([]byte(plain))
	f.Add([]byte("# %ECSV 1.0\n# ---\n# datatype: [{name: flux}]\nname,wave,flux\na,1,2\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		for s, err := range spectra.ReadFrom(t.Context(), "f", bytes.NewReader(content), int64(len(content)), spectra.Options{}) {
			if err == nil && (len(s.Flux) == 0 || len(s.Wavelength) != len(s.Flux)) {
				t.Errorf("%d wavelengths, %d fluxes", len(s.Wavelength), len(s.Flux))
			}
		}
	})
}
