package spectra_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"sedlab/datasets/internal/npz"
	"sedlab/datasets/spectra"
	"sedlab/internal/fits"
)

// A column that the options name and a file does not have is an error that lists what there is.
func TestNamedColumns(t *testing.T) {
	files := dialects(t)
	for _, c := range []struct {
		name, content string
		columns       spectra.Columns
		want          string
	}{
		{"csv", "wavelength,flux,err\n1,1,1\n2,1,1\n", spectra.Columns{Error: "sigma"}, `line 1: no "sigma", as dataset.columns={error: …} says; there are wavelength, flux, err`},
		{"csv", "wavelength,flux,err\n1,1,1\n2,1,1\n", spectra.Columns{Mask: "nope"}, `{mask: …} says; there are wavelength`},
		{"csv", "# z_best: 0.1\nwavelength,flux\n1,1\n2,1\n", spectra.Columns{Redshift: "z_best"}, ""},
		{"no header", plain, spectra.Columns{Error: "sigma"}, `there are no names`},
		{"tabular", "", spectra.Columns{Ivar: "w"}, `HDU 1 "DATA": no "w"`},
		{"tabular", "", spectra.Columns{Redshift: "redshift"}, ""},
		{"tabular", "", spectra.Columns{Flux: "f"}, `no "f", as dataset.columns={flux: …} says; there are PRIMARY, DATA, wavelength, flux`},
		{"sdss", "", spectra.Columns{Redshift: "Z"}, ""},
		{"sdss", "", spectra.Columns{Redshift: "Z_NOQSO"}, `no "Z_NOQSO"`},
		{"wcs1d", "", spectra.Columns{Error: "sigma"}, `no "sigma", as dataset.columns={error: …} says; there are ERROR, MASK`},
		{"wcs1d", "", spectra.Columns{Error: "ERROR", Mask: "mask"}, ""},
		{"wcs1d", "", spectra.Columns{Flux: "SCI"}, `no "SCI"`},
		{"desi", "", spectra.Columns{Mask: "bad"}, `no "bad", as dataset.columns={mask: …} says; there are TARGETID, Z`},
	} {
		if c.content == "" {
			c.content = string(files[c.name])
		}
		_, err := readText(t, c.content, spectra.Options{Columns: c.columns})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s, %+v: got %v, expected %s", c.name, c.columns, err, c.want)
		}
	}
}

// The redshift may be in the table beside that of the pixels, under any name.
func TestNamedRedshiftBeside(t *testing.T) {
	content := packed(t, func(w *fits.Writer) error {
		return errors.Join(w.Table("COADD", nil, []fits.Output{{Name: "wave", Values: []float64{1, 2}}, {Name: "flux", Values: []float64{1, 2}}}),
			w.Table("SPALL", nil, []fits.Output{{Name: "Z_NOQSO", Values: []float64{0.5}}}))
	})
	list, err := readText(t, string(content), spectra.Options{Columns: spectra.Columns{Redshift: "z_noqso"}})
	if err != nil || list[0].Redshift != 0.5 {
		t.Errorf("%+v, %v", list, err)
	}
}

// Columns and comments say that a spectrum is at rest.
func TestRestFrameColumns(t *testing.T) {
	fitsTable := func(columns ...fits.Output) string {
		return string(packed(t, func(w *fits.Writer) error { return w.Table("", nil, columns) }))
	}
	for _, content := range []string{
		"wavelength,flux,rest_frame\n1,1,true\n2,1,true\n",
		"# rest_frame: 1\nwavelength,flux\n1,1\n2,1\n",
		fitsTable(fits.Output{Name: "wave", Values: []float64{1, 2}}, fits.Output{Name: "flux", Values: []float64{1, 2}}, fits.Output{Name: "rest_frame", Values: []bool{true, true}}),
		fitsTable(fits.Output{Name: "wave", Repeat: 2, Values: []float64{1, 2}}, fits.Output{Name: "flux", Repeat: 2, Values: []float64{1, 2}}, fits.Output{Name: "rest_frame", Values: []bool{true}}),
	} {
		list, err := readText(t, content, spectra.Options{})
		if err != nil || len(list) != 1 || !list[0].Rest {
			t.Errorf("%.60q: %+v, %v", content, list, err)
		}
	}
}

// The options name the arrays of an archive too, in any case, and its errors.
func TestNamedArrays(t *testing.T) {
	var out bytes.Buffer
	w := npz.NewWriter(&out)
	npz.Write(w, "F", []float64{1, 2, 3}, 1, 3)
	npz.Write(w, "LAM", []float64{4000, 4001, 4002}, 3)
	npz.Write(w, "dF", []float64{0.1, 0.2, 0.5}, 1, 3)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	columns := spectra.Columns{Wavelength: "LAM", Flux: "f", Error: "dF"}
	list, err := readText(t, out.String(), spectra.Options{Columns: columns})
	if err != nil || list[0].Wavelength[2] != 4002 || list[0].Flux[1] != 2 || list[0].Ivar[2] != 4 {
		t.Errorf("got %+v, %v", list, err)
	}
	columns.Mask = "bad"
	if _, err := readText(t, out.String(), spectra.Options{Columns: columns}); err == nil || !strings.Contains(err.Error(), "there are F, LAM, dF") {
		t.Errorf("got %v", err)
	}
}
