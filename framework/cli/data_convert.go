package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/spec"
)

func (t *terminal) dataConvertCommand() *cobra.Command {
	var c app.Conversion
	cmd := answering(t, &cobra.Command{
		Use:   "convert FILE... --out FILE",
		Short: "Make a data set of spectra, on one grid",
		Long: "Convert reads spectra from FITS, CSV, ECSV, Parquet and NumPy files, prepares each by the steps of dataset.prepare, and writes\n" +
			"them as one data set. Without --spec it brings them to the rest frame and to the grid of the paper's SDSS spectra: 1000 bins of\n" +
			"log λ from 3162 to 7943 Å. --iterative-pca then fills in what was not measured, as for these. FILE is a file, a folder or a\n" +
			"pattern. --set changes the keys of the section dataset, and --spec takes them from a spec. A conversion that was interrupted\n" +
			"goes on when it is started again.",
		Example: "  sedlab data convert sdss/ --iterative-pca --out galaxies.npz\n" +
			"  sedlab data convert 'sdss/*.fits' --table galaxies.csv --set 'dataset.prepare=[{step: deredden}, {step: rest_frame}, {step: mask}, {step: rebin, fluxes: 500}]' --out galaxies.parquet",
		Args: cobra.MinimumNArgs(1),
	}, func(ctx context.Context, args []string) (*app.Converted, error) {
		c.Files = args
		if c.Out == "" {
			return nil, usageError{fmt.Errorf("--out is missing; expected the file to write, .npz or .parquet")}
		}
		converted, err := t.app.Convert(ctx, c, t.progress)
		t.progress.close()
		if err != nil {
			err = pathError{err, ""}
		}
		return converted, err
	}, printConverted)
	t.editFlags(cmd, &c.Edits)
	cmd.Flags().StringVar(&c.Spec, "spec", "", "a `SPEC` whose section dataset says how, instead of the usual steps")
	cmd.Flags().StringVar(&c.Out, "out", "", "`file` to write: .npz or .parquet")
	t.sourceFlags(cmd, &c.Edits)
	cmd.Flags().BoolFunc("iterative-pca", "fill in what was not measured by iterative PCA (dataset.preprocess=[{step: iterative_pca}])", func(string) error {
		c.Edits = append(c.Edits, spec.Edit{Origin: "--iterative-pca", Text: "dataset.preprocess=[{step: iterative_pca}]"})
		return nil
	})
	t.memoryFlag(cmd)
	return cmd
}

// sourceFlags adds short forms of --set for what files of spectra do not say.
func (t *terminal) sourceFlags(c *cobra.Command, edits *[]spec.Edit) {
	for _, flag := range []struct{ name, help string }{
		{"table", "CSV `file` with columns name, redshift, ebv, group, which go before what the files say"},
		{"unit", "`unit` of wavelengths where files do not say: angstrom, nm or um"},
		{"frame", "`vacuum` or air, where files do not say"},
	} {
		c.Flags().Func(flag.name, flag.help, func(text string) error {
			value, err := json.Marshal(text)
			*edits = append(*edits, spec.Edit{Origin: "--" + flag.name, Text: "dataset." + flag.name + "=" + string(value)})
			return err
		})
	}
	c.Flags().BoolFunc("skip-broken", "leave out files that cannot be read, list them, and go on (dataset.skip_broken=true)", func(text string) error {
		*edits = append(*edits, spec.Edit{Origin: "--skip-broken", Text: "dataset.skip_broken=" + text})
		return nil
	})
}

func printConverted(out io.Writer, c *app.Converted) {
	spectra := c.Signals
	for _, d := range c.Dropped {
		fmt.Fprintf(out, "left out: %s: %s\n", d.Name, d.Reason)
		if d.Unread != app.UnreadFile {
			spectra++
		}
	}
	fmt.Fprintf(out, "%s: %d of %d spectra from %s, %d fluxes from %.1f to %.1f Å, %.1f %% of them not measured\n",
		c.Out, c.Signals, spectra, plural(c.Files, "file"), c.Fluxes, c.From, c.To, 100*c.Missing)
}
