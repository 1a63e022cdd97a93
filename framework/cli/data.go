package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sedlab/framework/dataset"
	"sedlab/internal/yamlpos"
)

func (a *app) dataCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "data", Short: "Data sets: list, describe, fetch",
		Args: cobra.ArbitraryArgs, RunE: unknownCommand,
	}
	c.AddCommand(a.dataListCommand(), a.dataInfoCommand(), a.dataFetchCommand())
	return c
}

func (a *app) dataListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "ls", Short: "List the sources that a spec can name", Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			type source struct {
				Name string `json:"name"`
				Doc  string `json:"doc"`
			}
			var list []source
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			for _, s := range dataset.Sources() {
				list = append(list, source{s.Name, s.Doc})
				fmt.Fprintf(w, "%s\t%s\n", s.Name, s.Doc)
			}
			if asJSON {
				return printJSON(a.stdout, list)
			}
			return w.Flush()
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) dataInfoCommand() *cobra.Command {
	o := dataset.Options{PathFlag: "--path "}
	var asJSON bool
	c := &cobra.Command{
		Use:     "info [SOURCE]",
		Short:   "Describe a data set",
		Example: "  sedlab data info npz --path spectra.npz",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.Source = args[0]
			}
			if err := checkSource(o); err != nil {
				return usageError{err}
			}
			set, err := dataset.Load(c.Context(), o)
			if err != nil {
				return err
			}
			info := set.Describe()
			if asJSON {
				return printJSON(a.stdout, info)
			}
			return a.printInfo(info)
		},
	}
	o.Source = "sdss-corrected"
	c.Flags().StringVar(&o.Path, "path", "", "the `file`, for sources that read one")
	c.Flags().IntVar(&o.Size, "size", 4000, "signals to make, for synthetic")
	c.Flags().Uint64Var(&o.Seed, "seed", 0, "seed, for synthetic")
	jsonFlag(c, &asJSON)
	return c
}

// checkSource returns what is wrong with a source and its file as they are
// named on the command line.
func checkSource(o dataset.Options) error {
	var names []string
	for _, s := range dataset.Sources() {
		if s.Name == o.Source {
			if s.NeedsPath && o.Path == "" {
				return fmt.Errorf("source %s needs a file: sedlab data info %s --path FILE", s.Name, s.Name)
			}
			return nil
		}
		names = append(names, s.Name)
	}
	if _, err := os.Stat(o.Source); err == nil || strings.EqualFold(filepath.Ext(o.Source), ".npz") {
		return fmt.Errorf("%s is no source but a file: sedlab data info npz --path %s", o.Source, quote(o.Source))
	}
	return fmt.Errorf("no source %q; %s", o.Source, yamlpos.Instead(o.Source, names))
}

func (a *app) printInfo(i dataset.Info) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "name\t%s\n", i.Name)
	fmt.Fprintf(w, "signals\t%d\n", i.Signals)
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
	fmt.Fprintf(w, "\nunusable signals\t%d\nSHA-256\t%s\n", i.Bad, i.SHA256)
	for _, note := range i.Notes {
		fmt.Fprintf(w, "note\t%s\n", note)
	}
	return w.Flush()
}

func (a *app) dataFetchCommand() *cobra.Command {
	url, path := dataset.SDSSCorrectedURL, ""
	c := &cobra.Command{
		Use:   "fetch sdss-corrected",
		Short: "Download astroML's corrected SDSS spectra and verify them",
		Long: "Fetch downloads spec4000.npz to where `dataset.source: sdss-corrected` looks for it. A download that was cut is\n" +
			"taken up again; what does not have the known checksum is not kept.",
		Args:      args(cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)),
		ValidArgs: []string{"sdss-corrected"},
		RunE: func(c *cobra.Command, _ []string) error {
			if path == "" {
				var err error
				if path, err = dataset.CachePath(); err != nil {
					return err
				}
			}
			b := newBars(a.stderr)
			defer b.close()
			if err := dataset.Fetch(c.Context(), path, url, b.bytes); err != nil {
				return err
			}
			_, err := fmt.Fprintln(a.stdout, path)
			return err
		},
	}
	c.Flags().StringVar(&url, "url", url, "where to download from")
	c.Flags().StringVar(&path, "to", "", "`file` to write, instead of the usual place")
	return c
}
