package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/spec"
)

func (t *terminal) dataConvertCommand() *cobra.Command {
	var c app.Conversion
	cmd := answering(t, &cobra.Command{
		Use:   "convert FILE... --out FILE",
		Short: "Make a data set, on one grid, from single spectra",
		Long: "Convert reads spectra from FITS, CSV, ECSV, Parquet and NumPy files, prepares each by the steps of dataset.prepare, and writes\n" +
			"them as one data set. Without --spec it brings them to the rest frame and to the grid of the paper's SDSS spectra: 1000 pixels,\n" +
			"evenly spaced in log λ, from 3162 Å to just below 7943 Å. --iterative-pca then fills in what was not measured, as was done for\n" +
			"those spectra. FILE is a file, a folder or a pattern. --set changes the keys of the section dataset, and --spec takes them from\n" +
			"a spec. A conversion that was interrupted goes on when it is started again.",
		Example: "  sedlab data convert sdss/ --out galaxies.npz\n" +
			"  sedlab data convert 'sdss/*.fits' --table galaxies.csv --set 'dataset.prepare=[{step: deredden, ebv: 0.03}, {step: rest_frame}, {step: mask}, {step: rebin, fluxes: 500}]' --out galaxies.parquet",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{fmt.Errorf("%s needs FILE; see %s --help", c.CommandPath(), c.CommandPath())}
			}
			return nil
		},
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
	cmd.Flags().StringVar(&c.Spec, "spec", "", "a `SPEC` whose section dataset says how, instead of the default steps")
	cmd.Flags().StringVar(&c.Out, "out", "", "`file` to write: .npz or .parquet")
	t.sourceFlags(cmd, &c.Edits)
	edit := spec.Edit{Origin: "--iterative-pca", Text: "dataset.preprocess=[{step: iterative_pca}]"}
	cmd.Flags().BoolFunc("iterative-pca", "fill in what was not measured by iterative PCA ("+edit.Text+")", func(text string) error {
		on, err := strconv.ParseBool(text)
		if err != nil {
			return errors.New("expected true or false")
		}
		c.Edits = slices.DeleteFunc(c.Edits, func(e spec.Edit) bool { return e == edit }) // the last flag counts
		if on {
			c.Edits = append(c.Edits, edit)
		}
		return nil
	})
	t.memoryFlag(cmd)
	return cmd
}

// sourceFlags adds short forms of --set for what files of spectra do not say.
func (t *terminal) sourceFlags(c *cobra.Command, edits *[]spec.Edit) {
	for _, flag := range []struct{ name, help string }{
		{"table", "CSV `file` with columns name, redshift, ebv, group, which take precedence over what files say"},
		{"unit", "`unit` of wavelengths where files do not say: angstrom, nm, um or m"},
		{"frame", "wavelengths are those in `vacuum` or air, whatever files say"},
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
