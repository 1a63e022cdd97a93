package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
)

func (t *terminal) reconstructCommand() *cobra.Command {
	var r app.Reconstruction
	var only string
	c := answering(t, &cobra.Command{
		Use:   "reconstruct --prior RUN:NAME --in FILE --out FILE",
		Short: "Fill in and denoise spectra of your own, with error bars",
		Long: "Reconstruct completes spectra with a trained prior: the prior NAME of a run, or a file that --save-prior wrote. FILE is a file, a\n" +
			"folder or a pattern; the spectra may be on any grid, at any redshift and in any unit. --out is a table (.parquet, .csv), a FITS\n" +
			"file with a table for each spectrum, or a folder for a FITS file of each. Each spectrum gets its repaired flux, the 16th, 50th\n" +
			"and 84th percentiles of its band, a scale and χ², and a flag if it is unlike the spectra that the prior was trained on. An\n" +
			"interrupted command goes on when it is started again.\n\n" +
			"With --part 3/16 it does a sixteenth of the files, or of the row groups of a large Parquet file, and writes\n" +
			"out-00003-of-00016.parquet for --out out.parquet: the parts can run at once, anywhere, and together have the rows of\n" +
			"an undivided command. A part that is done is not done again.\n\n" + runNames,
		Example: "  sedlab reconstruct --prior latest:glo --in 'sdss/*.fits' --out repaired/ --plot figures/\n" +
			"  sedlab reconstruct --prior latest:pca --save-prior pca.safetensors\n" +
			"  sedlab reconstruct --prior pca.safetensors --in spectra.csv --redshift-range 0,0.7 --out repaired.parquet\n" +
			"  sedlab reconstruct --prior pca.safetensors --in survey.parquet --out repaired.parquet --part 0/16",
		Args: noFiles,
	}, func(ctx context.Context, _ []string) (*app.Reconstructed, error) {
		if err := errors.Join(checkOrder(r), chooseOnly(&r, only)); err != nil {
			return nil, err
		}
		done, err := t.app.Reconstruct(ctx, r, t.progress)
		t.progress.close()
		if err != nil && !errors.As(err, new(*app.LaterError)) {
			err = pathError{err, ""}
		}
		return done, err
	}, printReconstructed)
	t.orderFlags(c, &r)
	f := c.Flags()
	f.StringVar(&r.SavePrior, "save-prior", "", "`file` to write the prior to, for use without the run")
	f.Func("part", "do only the part `i/n` of the spectra, with i from 0 to n - 1, and add it to the name of the results", func(text string) (err error) {
		r.Part, r.Parts, err = app.ParsePart(text)
		return err
	})
	f.StringVar(&only, "only", "", "with --part i/n, do the part whose number is in line i of this `file`, with i from 0; it has one number per line")
	f.BoolVar(&r.Shared, "shared-prior", false, "one process writes the prior's file and others wait for it: with --save-prior FILE, say in FILE.failed if the prior cannot be made; without, exit with 75 until the file of --prior is there, or with 1 if FILE.failed is")
	f.StringVar(&r.Kernel, "kernel", "", "`kernel` that computes: avx512, avx2, generic, or common for one that all machines have; exit with 69 if this machine lacks it; if empty, its fastest")
	f.IntVar(&r.Workers, "workers", 0, "number of goroutines that compute; 0 for the number of processors")
	return c
}

// chooseOnly replaces Part, the number of a line, by what the line says, if a file with numbers of parts is named.
func chooseOnly(r *app.Reconstruction, file string) error {
	if file == "" {
		return nil
	}
	if r.Parts == 0 {
		return usageError{errors.New("--only: needs --part i/n")}
	}
	list, err := app.ReadParts(file, r.Parts)
	if err != nil {
		return err
	}
	if r.Part >= len(list) {
		return usageError{fmt.Errorf("--part %d/%d: %s has %d lines; i counts them from 0", r.Part, r.Parts, file, len(list))}
	}
	r.Part = list[r.Part]
	return nil
}

// noFiles refuses arguments: files have a flag.
func noFiles(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s takes no arguments, got %q; name files of spectra with --in", c.CommandPath(), args[0])}
	}
	return nil
}

// checkOrder returns an error if an order says too little.
func checkOrder(r app.Reconstruction) error {
	switch {
	case r.Prior == "":
		return usageError{errors.New("--prior is missing; expected RUN:NAME or a file")}
	case len(r.Files) == 0 && r.SavePrior == "":
		return usageError{errors.New("--in is missing; expected files of spectra")}
	case len(r.Files) > 0 && r.Out == "":
		return usageError{errors.New("--out is missing; expected a file or a folder to write")}
	}
	return nil
}

// orderFlags are the flags that say which spectra are repaired, and how.
func (t *terminal) orderFlags(c *cobra.Command, r *app.Reconstruction) {
	f := c.Flags()
	f.StringVar(&r.Prior, "prior", "", "`RUN:NAME` of a trained prior, or its file; NAME may be left out if the run has only one prior")
	f.StringArrayVar(&r.Files, "in", nil, "`file`, folder or pattern of spectra; may be repeated")
	f.StringVar(&r.Out, "out", "", "`file` to write, .parquet, .csv or .fits, or a folder for FITS files")
	f.StringVar(&r.Plots, "plot", "", "`folder` for a figure of each spectrum")
	f.Func("redshift-range", "solve for redshifts between `a,b`, whatever the files say", func(text string) (err error) {
		r.RedshiftRange, err = parseRange(text)
		return err
	})
	t.editFlags(c, &r.Edits)
	t.sourceFlags(c, &r.Edits)
	t.runsFlag(c)
	t.cacheFlag(c)
	t.memoryFlag(c)
}

// parseRange reads two numbers a,b.
func parseRange(text string) (*[2]float64, error) {
	low, high, _ := strings.Cut(text, ",")
	a, err := strconv.ParseFloat(low, 64)
	if err != nil {
		return nil, fmt.Errorf("expected two numbers such as 0,0.7")
	}
	b, err := strconv.ParseFloat(high, 64)
	if err != nil || !(a > -1) || !(b > a) || b > 100 {
		return nil, fmt.Errorf("expected two numbers such as 0,0.7, the second one larger")
	}
	return &[2]float64{a, b}, nil
}

func printReconstructed(out io.Writer, r *app.Reconstructed) {
	if r.Saved != "" {
		fmt.Fprintf(out, "%s: prior %s\n", r.Saved, r.Prior)
	}
	if r.Out == "" {
		return
	}
	for _, d := range r.Dropped {
		fmt.Fprintf(out, "left out: %s: %s\n", d.Name, d.Reason)
	}
	fmt.Fprintf(out, "%s: %d of %s repaired by %s\n", r.Out, r.Repaired, spectraCount(r.Spectra), r.Prior)
	for _, status := range slices.Sorted(maps.Keys(r.Failed)) {
		fmt.Fprintf(out, "not repaired: %d: %s\n", r.Failed[status], status)
	}
	printRate(out, r)
	printNames(out, "unlike the training spectra", r.Unlike)
	printNames(out, "redshift at the edge of the range", r.AtEdge)
}

// leastRated is the number of spectra from which on a rate says something: fewer take no longer than
// to begin.
const leastRated = 64

// printRate prints how fast the spectra were repaired.
func printRate(out io.Writer, r *app.Reconstructed) {
	if r.Before {
		fmt.Fprintln(out, "was done already")
		return
	}
	if n := r.Spectra - r.Resumed; n >= leastRated {
		fmt.Fprintf(out, "%s in %s: %.3g per second, %.3g per second and core\n", spectraCount(n), span(r.Seconds), r.Rate, r.Rate/float64(r.Workers))
	}
}

// printNames prints the first of the spectra of which something is true.
func printNames(out io.Writer, what string, names []string) {
	const most = 20
	for i, name := range names {
		if i == most {
			fmt.Fprintf(out, "%s: %d more\n", what, len(names)-most)
			break
		}
		fmt.Fprintf(out, "%s: %s\n", what, name)
	}
}

// spectraCount counts spectra.
func spectraCount(n int) string {
	if n == 1 {
		return "1 spectrum"
	}
	return fmt.Sprintf("%d spectra", n)
}
