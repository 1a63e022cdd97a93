package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/cache"
)

func (t *terminal) cacheCommand() *cobra.Command {
	c := group("cache", "The cache of trained priors and finished cells: list, verify, prune",
		t.cacheListCommand(), t.cacheVerifyCommand(), t.cachePruneCommand())
	for _, below := range c.Commands() {
		t.cacheFlag(below)
		t.runsFlag(below)
	}
	return c
}

func (t *terminal) cacheListCommand() *cobra.Command {
	return answering(t, &cobra.Command{Use: "ls", Short: "List the trained priors and the cells of a cache"},
		func(ctx context.Context, _ []string) ([]cache.Info, error) { return t.app.CacheEntries(ctx) }, t.printEntries)
}

func (t *terminal) printEntries(out io.Writer, list []cache.Info) {
	var bytes int64
	table(out, func(w io.Writer) {
		if len(list) > 0 {
			fmt.Fprintln(w, "kind\tkey\tcreated\tsize\tnote")
		}
		for _, i := range list {
			bytes += i.Size()
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", i.Kind, i.Key.Short(),
				i.Created.Local().Format(time.DateTime), byteCount(i.Size()), notes(i.Note))
		}
	})
	fmt.Fprintf(out, "%s: %s, %s\n", t.app.CacheDir(), plural(len(list), "entry"), byteCount(bytes))
}

// unlisted are the keys of a note that are not for people.
var unlisted = []string{"columns", "continued", "counts", "scores"}

// notes writes a note in the order of its keys, and shortens hashes.
func notes(note map[string]string) string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(note)) {
		if slices.Contains(unlisted, key) {
			continue
		}
		value := note[key]
		if strings.HasSuffix(key, "sha256") {
			value = value[:min(12, len(value))]
		}
		list = append(list, key+"="+value)
	}
	return strings.Join(list, " ")
}

func (t *terminal) cacheVerifyCommand() *cobra.Command {
	return answering(t, &cobra.Command{
		Use: "verify", Short: "Check everything in a cache and set damaged items aside",
		Long: "Verify compares every file of a cache with its checksum. Damaged items are moved to the cache's folder damaged,\n" +
			"and computed again when a run needs them. If nothing can be written they stay, and verify says so. The exit\n" +
			"code is 1 if anything was damaged.",
	}, func(ctx context.Context, _ []string) (*cache.Report, error) {
		r, err := t.app.CacheVerify(ctx)
		if r == nil {
			return nil, err
		}
		for _, d := range r.Damaged {
			fmt.Fprintln(t.stderr, program+": damaged:", d)
		}
		return r, errors.Join(err, verdict(t.app.CacheDir(), r.Damaged))
	}, func(out io.Writer, r *cache.Report) {
		fmt.Fprintf(out, "%s: %s and %s verified, %s, %d damaged\n", t.app.CacheDir(),
			plural(r.Entries, "entry"), plural(r.Checkpoints, "checkpoint"), byteCount(r.Bytes), len(r.Damaged))
	})
}

// verdict returns an error if something in the cache is damaged.
func verdict(dir string, damaged []*cache.DamagedError) error {
	stuck := 0
	for _, d := range damaged {
		if d.Stuck != "" {
			stuck++
		}
	}
	switch {
	case len(damaged) == 0:
		return nil
	case stuck == 0:
		return fmt.Errorf("cache %s: %d damaged; they are computed again when a run needs them", dir, len(damaged))
	default:
		return fmt.Errorf("cache %s: %d damaged, of which %d cannot be set aside: no run can use or replace them; "+
			"verify it as a user who may write there, or make space", dir, len(damaged), stuck)
	}
}
