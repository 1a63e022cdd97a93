package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sedlab/framework/store"
)

func (t *terminal) runsVerifyCommand() *cobra.Command {
	var all bool
	var sample string
	c := answering(t, &cobra.Command{
		Use:   "verify [RUN]...",
		Short: "Compare the files of runs with their checksums",
		Long: "Verify compares every file of the named runs with its checksum: tables, figures, report, spec, plan, manifest, log,\n" +
			"tags and note. It changes nothing. With --sample it reads only part of the files, chosen anew each time. The exit\n" +
			"code is 1 if a file is missing or not as it was written.\n" + runNames,
		Example: "  sedlab runs verify latest\n  sedlab runs verify --all --sample 5%",
	}, func(ctx context.Context, args []string) ([]*store.Verified, error) {
		share, err := parseShare(sample)
		switch {
		case err != nil:
			return nil, usageError{fmt.Errorf("--sample %w", err)}
		case all == (len(args) > 0):
			return nil, usageError{errors.New("verify: expected the names of runs, or --all")}
		}
		found, err := t.app.Verify(ctx, share, args...)
		return found, errors.Join(err, unsound(found))
	}, printVerified)
	c.Flags().BoolVar(&all, "all", false, "verify all runs")
	c.Flags().StringVar(&sample, "sample", "100%", "read only about this `share` of the files, such as 5%")
	return c
}

// parseShare reads a percentage, or a number up to 1.
func parseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	if percent {
		share /= 100
	}
	if err != nil || !(share > 0 && share <= 1) {
		return 0, fmt.Errorf("%s: must be a share of the files such as 5%%", text)
	}
	return share, nil
}

// unsound returns an error if a run is damaged.
func unsound(list []*store.Verified) error {
	runs, files := 0, 0
	for _, v := range list {
		if files += len(v.Damaged); len(v.Damaged) > 0 {
			runs++
		}
	}
	if runs == 0 {
		return nil
	}
	return fmt.Errorf("%s of %s damaged", plural(files, "file"), plural(runs, "run"))
}

func printVerified(out io.Writer, list []*store.Verified) {
	for _, v := range list {
		fmt.Fprintf(out, "%s: %s verified, %s", v.Dir, plural(v.Files, "file"), byteCount(v.Bytes))
		for _, part := range []struct {
			n    int
			what string
		}{{v.Skipped, "left out"}, {len(v.Unchecked), "without checksum"}, {len(v.Damaged), "damaged"}} {
			if part.n > 0 {
				fmt.Fprintf(out, ", %d %s", part.n, part.what)
			}
		}
		fmt.Fprintln(out)
		for _, d := range v.Damaged {
			fmt.Fprintf(out, "  damaged: %s: %s\n", d.File, d.What)
		}
		for _, name := range v.Unchecked {
			fmt.Fprintf(out, "  without checksum: %s\n", name)
		}
	}
}
