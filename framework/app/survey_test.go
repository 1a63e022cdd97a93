package app_test

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/repaired"
)

// The first spectra tell how many there are, and a prior of a run is named for good.
func TestSurvey(t *testing.T) {
	a, dir := smallRun(), t.TempDir()
	in := filepath.Join(dir, "in.parquet")
	survey(t, in, 100, 100, 100, 100)
	r := app.Reconstruction{Prior: "latest", Files: []string{in}, Out: filepath.Join(dir, "out.parquet")}
	x, err := a.Survey(t.Context(), r, true, 100, nil)
	if err != nil {
		t.Fatal(err)
	}
	run, err := filepath.EvalSymlinks(filepath.Join(a.Runs, "latest"))
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(x.Prior) != filepath.Base(run)+":pca" || !filepath.IsAbs(x.Prior) || x.File || x.Calibrate < 1e6 {
		t.Errorf("%+v; expected prior pca of %s", x, run)
	}
	if x.Files != 1 || x.Pieces != 4 || math.Abs(x.Spectra-400) > 20 || !(x.Seconds > 0) {
		t.Errorf("%+v; expected about 400 spectra in 4 pieces", x)
	}
	for n, want := range map[int]float64{1: 1, 2: 0.5, 3: 0.5, 4: 0.25, 9: 0.25} {
		if got := x.Share(n); math.Abs(got-want) > 0.03 {
			t.Errorf("the largest of %d parts has %g of the bytes, expected %g", n, got, want)
		}
	}
	if one, four := x.Memory(1, 1), x.Memory(100, 1); one <= four || x.Memory(1, 9) <= one {
		t.Errorf("memory %g for the file, %g for a row group", one, four)
	}
	if x, err = a.Survey(t.Context(), r, false, 100, nil); err != nil || x.Seconds != 0 || x.Spectra != 0 {
		t.Errorf("nothing is to be measured: %+v, %v", x, err)
	}
	r.Prior, r.SavePrior = "latest", filepath.Join(dir, "prior.safetensors")
	r.Part, r.Parts = 1, 2
	if _, err := a.Reconstruct(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	list, err := app.PartResults(r.Out, 2)
	if err != nil || len(list) != 2 || list[0] != nil || list[1] == nil || list[1].Spectra != 200 {
		t.Errorf("%+v, %v; expected that only the second part is done", list, err)
	}
	r.Prior, r.SavePrior, r.Parts = r.SavePrior, "", 0
	r.Part = 0
	if x, err = a.Survey(t.Context(), r, false, 100, nil); err != nil || !x.File || x.Prior != r.Prior || !(x.Seconds > 0) {
		t.Errorf("with the file of a prior: %+v, %v", x, err)
	}
}

// Who comes while another process does the same may come again.
func TestReconstructInUse(t *testing.T) {
	a, dir := smallRun(), t.TempDir()
	out := filepath.Join(dir, "out.parquet")
	parts, _, err := repaired.OpenParts(out+".part", "other")
	if err != nil {
		t.Fatal(err)
	}
	defer parts.Close()
	r := app.Reconstruction{Prior: "latest", Files: []string{galaxy(dir)}, Out: out}
	if _, err := a.Reconstruct(t.Context(), r, nil); !errors.As(err, new(*app.LaterError)) {
		t.Errorf("got %v, expected a *LaterError", err)
	}
}
