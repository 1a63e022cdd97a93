package app_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"sedlab/catalog"
	"sedlab/datasets/spectra"
	"sedlab/framework/app"
	"sedlab/framework/reconstruct"
	"sedlab/framework/spec"
)

// A spec is run, and its medians are read.
func Example() {
	dir, err := os.MkdirTemp("", "sedlab")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "mine.yaml")
	text := `
name: mine
dataset: {source: synthetic, size: 200}
priors:
  pca: {kind: pca, code_dim: 10}
  zero: {kind: zero}
problem: {operator: inpainting, missing_fraction: 0.4}
`
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		fmt.Println(err)
		return
	}

	a := app.Open(filepath.Join(dir, "runs"), catalog.Default())
	run, err := a.Run(context.Background(), app.SpecRef{Name: path}, app.RunOptions{Events: notes{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(run.Status, run.Cells.Done, "cells")
	for _, r := range run.Results {
		fmt.Printf("%s: median mse %.3f of %d signals\n", r.Prior, r.Medians["mse"], r.Rows)
	}
	// Output:
	// note: evaluate.signals asks for 100, but the test split has only 16: all of them are used
	// done 2 cells
	// pca: median mse 0.002 of 16 signals
	// zero: median mse 1.000 of 16 signals
}

// notes are the only events that are shown.
type notes struct{ app.Quiet }

func (notes) Note(text string) { fmt.Println("note:", text) }

// A prior of a run repairs spectra that are read from a file: here one of a redshift of 0.1, of which
// a third was not measured.
func ExampleApp_Prior() {
	ctx, a := context.Background(), smallRun()
	file := galaxy(filepath.Dir(a.Runs))
	prior, err := a.Prior(ctx, "latest:pca", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for s, err := range spectra.Read(ctx, file, spectra.Options{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		repaired, err := prior.Reconstruct(ctx, []*spectra.Spectrum{s}, reconstruct.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		x := repaired[0]
		i := slices.Index(x.Filled, true)
		fmt.Println(x.Name, x.Status, x.Low[i] < x.Flux[i] && x.Flux[i] < x.High[i])
	}
	// Output:
	// galaxy ok true
}

// smallRun runs a small spec, once for all who only read it, and returns the folder that the run is in.
var smallRun = sync.OnceValue(func() *app.App {
	dir, err := os.MkdirTemp(temp, "sedlab")
	if err != nil {
		panic(err)
	}
	path := filepath.Join(dir, "small.yaml")
	text := `
name: small
dataset: {source: synthetic, size: 200}
priors: {pca: {kind: pca, code_dim: 5}}
problem: {operator: inpainting, missing_fraction: 0.4}
evaluate: {signals: 10}
`
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		panic(err)
	}
	a := app.Open(filepath.Join(dir, "runs"), catalog.Default())
	if _, err := a.Run(context.Background(), app.SpecRef{Name: path}, app.RunOptions{}); err != nil {
		panic(err)
	}
	return a
})

// galaxy writes a spectrum with a gap into a folder, and returns its path.
func galaxy(dir string) string {
	path := filepath.Join(dir, "galaxy.csv")
	text := "# redshift: 0.1\nwavelength,flux,error\n"
	for i := range 300 {
		flux := fmt.Sprint(10 + float64(i)/100)
		if i >= 100 && i < 200 {
			flux = "nan"
		}
		text += fmt.Sprintf("%d,%s,0.5\n", 4000+10*i, flux)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		panic(err)
	}
	return path
}

// Edits change a spec as its file would, and Explain says where values are from.
func ExampleApp_Explain() {
	a := app.Open("runs", catalog.Default())
	ref := app.SpecRef{Name: "quickstart", Edits: []spec.Edit{{Origin: "--set", Text: "solver.steps=20"}}}
	list, err := a.Explain(ref, "solver.steps")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range list {
		fmt.Printf("%s = %s, %s; %s\n", e.Key, e.Value, e.From, e.Meaning)
	}
	// Output:
	// solver.steps = 20, --set solver.steps=20; gradient steps
}
