package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
)

func (t *terminal) dataCommand() *cobra.Command {
	return group("data", "Data sets: list, describe, split, fetch",
		t.dataListCommand(), t.dataInfoCommand(), t.dataSplitCommand(), t.dataFetchCommand(), t.dataConvertCommand())
}

func (t *terminal) dataListCommand() *cobra.Command {
	return answering(t, &cobra.Command{Use: "ls", Short: "List the sources that a spec can name"},
		func(context.Context, []string) ([]app.Source, error) { return t.app.Sources(), nil },
		func(out io.Writer, list []app.Source) {
			table(out, func(w io.Writer) {
				for _, s := range list {
					fmt.Fprintf(w, "%s\t%s\n", s.Name, s.Doc)
				}
			})
		})
}

func (t *terminal) dataInfoCommand() *cobra.Command {
	var ref app.DataRef
	c := answering(t, &cobra.Command{
		Use:     "info [SOURCE]",
		Short:   "Describe a data set",
		Example: "  sedlab data info npz --path spectra.npz",
	}, func(ctx context.Context, args []string) (*app.Dataset, error) {
		ref.Source = strings.Join(args, "")
		info, err := t.app.DataInfo(ctx, ref)
		if err != nil {
			err = pathError{err, "--path …"}
		}
		return info, err
	}, printInfo)
	c.Flags().StringVar(&ref.Path, "path", "", "the `file`, for sources that read one")
	t.memoryFlag(c)
	c.Flags().IntVar(&ref.Size, "size", 0, "signals to make, for a source that makes them; 0 for as many as it makes by default")
	c.Flags().Uint64Var(&ref.Seed, "seed", 0, "seed, for a source that makes its signals")
	return c
}

func printInfo(out io.Writer, i *app.Dataset) {
	table(out, func(w io.Writer) {
		fmt.Fprintf(w, "name\t%s\n", i.Name)
		fmt.Fprintf(w, "signals\t%d\n", i.Signals)
		fmt.Fprintf(w, "usable\t%s\n", usable(i))
		fmt.Fprintf(w, "split\t%s\n", splitText(i))
		fmt.Fprintf(w, "fluxes per signal\t%d\n", i.Fluxes)
		fmt.Fprintf(w, "wavelength\t%.1f to %.1f Å\n", i.Wavelength.Min, i.Wavelength.Max)
		fmt.Fprintf(w, "infilled\t%.1f %% of the fluxes\n", 100*i.InfilledShare)
		if i.Redshift != nil {
			fmt.Fprintf(w, "redshift\t%.4f to %.4f\n", i.Redshift.Min, i.Redshift.Max)
		}
		fmt.Fprint(w, "flux percentiles\t")
		for _, p := range i.FluxPercentiles {
			fmt.Fprintf(w, "%g%%: %.4g  ", p.Percent, p.Flux)
		}
		fmt.Fprint(w, "\nvariance explained\t")
		for _, e := range i.PCA {
			fmt.Fprintf(w, "%d PCs: %.2f %%  ", e.Components, 100*e.Share)
		}
		fmt.Fprintf(w, "\nSHA-256\t%s\n", i.SHA256)
		for _, note := range i.Notes {
			fmt.Fprintf(w, "note\t%s\n", note)
		}
	})
}

// usable says how many signals can be used, and why the others cannot.
func usable(i *app.Dataset) string {
	text := fmt.Sprint(i.Signals - i.Bad)
	if i.Bad > 0 {
		text += "; unusable: " + app.Reasons(i.Split.Unusable())
	}
	return text
}

// splitText says how the signals are split by default.
func splitText(i *app.Dataset) string {
	how := "by seed and default shares"
	switch {
	case i.Given:
		how = "given by the data"
	case i.Groups > 0:
		how += fmt.Sprintf(", in %s", plural(i.Groups, "group"))
	}
	return fmt.Sprintf("%v (%s)", i.Split, how)
}

func (t *terminal) dataFetchCommand() *cobra.Command {
	var url, path string
	var names, urls []string
	for _, s := range t.app.Sources() {
		if s.URL != "" {
			names, urls = append(names, s.Name), append(urls, s.Name+" from "+s.URL)
		}
	}
	c := &cobra.Command{
		Use:   "fetch SOURCE",
		Short: "Download the data of a source and verify them",
		Long: "Fetch downloads a source's data to where specs with that source look for them: " + strings.Join(urls, ", ") + ".\n" +
			"A download that was cut off is continued. A file with the wrong checksum is not kept.",
		ValidArgs: names,
		RunE: func(c *cobra.Command, args []string) error {
			fetched, err := t.app.Fetch(c.Context(), args[0], url, path, t.progress)
			t.progress.close()
			if err == nil {
				_, err = fmt.Fprintln(t.stdout, fetched)
			}
			return err
		},
	}
	c.Flags().StringVar(&url, "url", "", "where to download from, instead of the usual place")
	c.Flags().StringVar(&path, "to", "", "`file` to write, instead of the usual place")
	return c
}
