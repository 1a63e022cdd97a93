package web_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/framework/web"
	"sedlab/internal/record"
)

// tableOf reads a table of a run as a whole.
func tableOf[T record.Row](t *testing.T, a *app.App, id, name string) []T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(a.Runs, id, name))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := record.Decode[T](t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// worst returns the row of a prior with the greatest MSE.
func worst(t *testing.T, a *app.App, id, prior string) (w record.Signal) {
	t.Helper()
	for _, s := range tableOf[record.Signal](t, a, id, "signals.parquet") {
		if s.Prior == prior && (w.Prior == "" || s.Score("mse") > w.Score("mse")) {
			w = s
		}
	}
	return w
}

var picked = regexp.MustCompile(`<a class="pick" href="([^"]*)"( aria-current="true")?>(\d+)</a>`)

// The worst reconstruction of the first prior comes first, and of another if asked for.
func TestSpectraListTheWorstFirst(t *testing.T) {
	a := fixture(t)
	id, s := runID(t, a, "tiny"), web.New(a, web.Options{})
	for query, prior := range map[string]string{"": "glo", "?by=pca&sort=mse": "pca"} {
		status, body := get(t, s, "/runs/"+id+"/spectra"+query)
		rows := picked.FindAllStringSubmatch(body, -1)
		if status != http.StatusOK || len(rows) != 12 || rows[0][2] == "" {
			t.Fatalf("%q: status %d, %d rows", query, status, len(rows))
		}
		if w := worst(t, a, id, prior); rows[0][3] != fmt.Sprint(w.SignalID) {
			t.Errorf("%q: signal %s is first, expected %d", query, rows[0][3], w.SignalID)
		}
		if !strings.Contains(body, `<h2 tabindex="-1">Signal `+rows[0][3]) || !strings.Contains(body, "60 % missing") {
			t.Errorf("%q: the first is not chosen", query)
		}
	}
	first, last := picked.FindAllStringSubmatch(body(t, s, "/runs/"+id+"/spectra"), -1), picked.FindAllStringSubmatch(body(t, s, "/runs/"+id+"/spectra?order=best"), -1)
	if first[0][3] != last[11][3] {
		t.Errorf("the worst is %s, and the last of the best is %s", first[0][3], last[11][3])
	}
}

func body(t *testing.T, s *web.Server, path string) string {
	t.Helper()
	_, text := get(t, s, path)
	return text
}

// data is what the viewer gets.
type data struct {
	Title                    string
	Wavelength, Truth, Clean []*float64
	Measured                 []*float64
	Hidden                   [][2]int
	Curves                   []struct {
		Name        string
		Flux, Sigma []*float64
	}
}

// The fluxes that the viewer gets are those of the table, for every prior at the condition,
// whichever cell of it the address names.
func TestSpectrumDataIsThatOfTheTable(t *testing.T) {
	a := fixture(t)
	id, s := runID(t, a, "tiny"), web.New(a, web.Options{})
	rows := tableOf[record.Example](t, a, id, "examples.parquet")
	for _, e := range rows {
		status, text := get(t, s, fmt.Sprintf("/runs/%s/spectra/data?signal=%d&cell=%s", id, e.SignalID, e.CellID))
		var d data
		if err := json.Unmarshal([]byte(text), &d); err != nil || status != http.StatusOK || len(d.Curves) != 3 {
			t.Fatalf("status %d, %v, %d curves", status, err, len(d.Curves))
		}
		for _, c := range d.Curves {
			if c.Name == e.Prior {
				close6(t, "reconstruction", c.Flux, e.Reconstruction)
				close6(t, "sigma", c.Sigma, e.Sigma)
			}
		}
		close6(t, "truth", d.Truth, e.Truth)
		close6(t, "clean", d.Clean, e.Clean)
		close6(t, "measurement", d.Measured, e.Measurement)
		hidden := 0
		for _, r := range d.Hidden {
			for i := r[0]; i < r[1]; i++ {
				if hidden++; e.Observed[i] {
					t.Errorf("flux %d is not hidden", i)
				}
			}
		}
		if want := math.Round(e.MissingFraction * float64(len(e.Observed))); float64(hidden) != want {
			t.Errorf("%d fluxes are hidden, expected %v", hidden, want)
		}
	}
}

// close6 compares numbers to six digits; null stands for NaN.
func close6(t *testing.T, what string, got []*float64, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, expected %d", what, len(got), len(want))
	}
	for i, w := range want {
		if w := float64(w); math.IsNaN(w) != (got[i] == nil) || got[i] != nil && math.Abs(*got[i]-w) > 1e-5*math.Abs(w) {
			t.Fatalf("%s: value %d is %v, expected %v", what, i, got[i], w)
		}
	}
}

// Addresses that no page makes are refused, and what was not kept is said so.
func TestSpectraRefuseOtherAddresses(t *testing.T) {
	a := fixture(t)
	id, s := runID(t, a, "tiny"), web.New(a, web.Options{})
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/runs/nothing/spectra":                         {404, "no such folder"},
		"/runs/..%2ftiny/spectra":                       {404, "no such folder"},
		"/runs/" + id + "/spectra?sort=norm":            {400, "sort &#34;norm&#34;"},
		"/runs/" + id + "/spectra?by=<b>":               {400, "prior &#34;&lt;b&gt;&#34;"},
		"/runs/" + id + "/spectra?from=-1":              {400, "expected the number of a row"},
		"/runs/" + id + "/spectra?from=99999999999999":  {200, "12 kept spectra"},
		"/runs/" + id + "/spectra?condition=x":          {400, "no kept reconstruction is of cell"},
		"/runs/" + id + "/spectra?signal=x":             {400, "expected the number of a signal"},
		"/runs/" + id + "/spectra?signal=987654":        {200, "no reconstruction of signal 987654 was kept"},
		"/runs/" + id + "/spectra/data?signal=987654":   {404, "no reconstruction of signal 987654"},
		"/runs/" + id + "/spectra/data?signal=1&cell=x": {404, "in cell x was kept"},
	} {
		if status, text := get(t, s, path); status != want.status || !strings.Contains(text, want.text) {
			t.Errorf("%s: status %d, expected %d with %q:\n%.300s", path, status, want.status, want.text, text)
		}
	}
}

// A run whose tables are damaged or not there yet has a page that says so.
func TestSpectraOfDamagedRuns(t *testing.T) {
	a := ownRuns(t)
	id, s := runID(t, a, "tiny"), web.New(a, web.Options{})
	path := func(name string) string { return filepath.Join(a.Runs, id, name) }
	table, err := os.ReadFile(path("examples.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(path("SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	page := func(what, want string) {
		t.Helper()
		if status, text := get(t, s, "/runs/"+id+"/spectra"); status != http.StatusOK || !strings.Contains(text, want) || !strings.Contains(text, "/runs/"+id+"/log") {
			t.Errorf("%s: status %d, expected %q:\n%.600s", what, status, want, text)
		}
	}
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path(name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	page("whole", "12 kept spectra")
	flipped := append([]byte{}, table...)
	flipped[len(flipped)/2] ^= 1
	write("examples.parquet", flipped)
	page("a flipped bit", "does not match its SHA-256")
	write("examples.parquet", table[:len(table)/2])
	page("cut", "does not match its SHA-256")
	if err := os.Remove(path("examples.parquet")); err != nil {
		t.Fatal(err)
	}
	page("removed", "is missing")
	write("examples.parquet", table)
	if err := os.Remove(path("signals.parquet")); err != nil {
		t.Fatal(err)
	}
	page("without errors", "errors are unknown")
	if err := os.Remove(path("examples.parquet")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path("SHA256SUMS")); err != nil {
		t.Fatal(err)
	}
	page("nothing", "has kept no reconstructions")
	write("SHA256SUMS", sums)
}

// tinyOutput writes two spectra as reconstruct does.
func tinyOutput(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("name,wavelength,original,error,flux,flux_16,flux_50,flux_84,filled,status,unlike,p_value,redshift,redshift_16,redshift_84,scale,chi2,iterations,converged,flux_unit,rest_frame,file,row\n")
	for row, name := range []string{"<i>first</i>", "second"} {
		for i := range 300 {
			original := fmt.Sprintf("%g,0.1", 2+math.Sin(float64(i)/9))
			if i > 100 && i < 150 {
				original = ","
			}
			fmt.Fprintf(&b, "%s,%d,%s,%g,%g,2,%g,%t,ok,%t,%g,0.1,,,1,1.5,10,true,Jy,false,a.fits,%d\n",
				name, 4000+2*i, original, 2+math.Sin(float64(i)/9), 1.5, 2.5, i > 100 && i < 150, row == 1, 0.5-float64(row)*0.4, row)
		}
	}
	path := filepath.Join(t.TempDir(), "out.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// Of a run that kept a few signals, the page names the worst, and how to keep it.
func TestWorstThatWasNotKept(t *testing.T) {
	a := ownRuns(t)
	path := filepath.Join(t.TempDir(), "few.yaml")
	if err := os.WriteFile(path, []byte(strings.TrimSpace(tinySpec)), 0o666); err != nil {
		t.Fatal(err)
	}
	edits := []spec.Edit{{Origin: "--set", Text: "name=few"}, {Origin: "--set", Text: "evaluate.keep=1"}}
	if _, err := a.Run(t.Context(), app.SpecRef{Name: path, Edits: edits}, app.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	id, s := runID(t, a, "few"), web.New(a, web.Options{})
	named := 0
	for _, prior := range []string{"glo", "pca", "zero"} {
		w, text := worst(t, a, id, prior), body(t, s, "/runs/"+id+"/spectra?by="+prior)
		kept := false
		for _, e := range tableOf[record.Example](t, a, id, "examples.parquet") {
			kept = kept || e.SignalID == w.SignalID && e.CellID == w.CellID
		}
		want := "The worst of all of them is in this list."
		if !kept {
			named++
			want = fmt.Sprintf("The worst of the run is signal %d, %.0f %% missing: mse", w.SignalID, 100*w.MissingFraction)
		}
		for _, want := range []string{want, "1 of 6 signals of each cell was kept.", "--set evaluate.keep=all"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: has no %q: %s", prior, want, regexp.MustCompile(`The worst of .*`).FindString(text))
			}
		}
	}
	if named == 0 {
		t.Error("every worst signal was kept")
	}
}

// Repaired spectra are shown, escaped, and only those that were named.
func TestRepairedSpectra(t *testing.T) {
	path := tinyOutput(t)
	s := web.New(fixture(t), web.Options{Repaired: []string{path}})
	_, text := get(t, s, "/repaired/0")
	if !strings.Contains(text, "&lt;i&gt;first&lt;/i&gt;") || strings.Contains(text, "<i>") || !strings.Contains(text, "2 spectra") {
		t.Errorf("%s", text)
	}
	if _, text := get(t, s, "/repaired/0?sort=p_value"); !strings.Contains(text, `<h2 tabindex="-1">second`) {
		t.Errorf("the most doubtful is not first:\n%s", text)
	}
	var d data
	if _, text := get(t, s, "/repaired/0/data?spectrum=1"); json.Unmarshal([]byte(text), &d) != nil || d.Title != "second" || len(d.Wavelength) != 300 || fmt.Sprint(d.Hidden) != "[[101 150]]" || *d.Measured[0] != 2 || d.Measured[120] != nil {
		t.Errorf("%.300s", text)
	}
	for path, want := range map[string]int{"/repaired/1": 404, "/repaired/-1": 404, "/repaired/x": 404, "/repaired/0?sort=x": 400, "/repaired/0/data?spectrum=2": 400, "/repaired/0?from=x": 400} {
		if status, _ := get(t, s, path); status != want {
			t.Errorf("%s: status %d, expected %d", path, status, want)
		}
	}
	if err := os.WriteFile(path, []byte("name,"), 0o666); err != nil {
		t.Fatal(err)
	}
	if status, text := get(t, s, "/repaired/0"); status != http.StatusOK || !strings.Contains(text, "has no repaired spectra") {
		t.Errorf("a damaged file: status %d:\n%s", status, text)
	}
}
