package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/cache"
	"sedlab/framework/store"
)

func (a *app) cacheCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "cache", Short: "The cache of trained priors and finished cells: list, verify, prune",
		Args: cobra.ArbitraryArgs, RunE: unknownCommand,
	}
	c.AddCommand(a.cacheListCommand(), a.cacheVerifyCommand(), a.cachePruneCommand())
	return c
}

// cacheFlags say which cache a command is about.
type cacheFlags struct {
	dir, root string
	json      bool
}

func (f *cacheFlags) add(c *cobra.Command) {
	cacheFlag(c, &f.dir)
	rootFlag(c, &f.root)
	jsonFlag(c, &f.json)
}

func cacheFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "cache", "", "`folder` of the cache, instead of the folder cache in --runs")
}

// cacheDir is the cache that the flags --cache and --runs mean.
func cacheDir(dir, root string) string {
	if dir != "" {
		return dir
	}
	return filepath.Join(root, store.CacheFolder)
}

// existing returns the folder of a cache that is to be looked at: a mistyped one
// is not made.
func (f *cacheFlags) existing() (string, error) {
	dir := cacheDir(f.dir, f.root)
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", usageError{fmt.Errorf("cache %s: there is none", dir)}
	}
	if err == nil && !info.IsDir() {
		return "", usageError{fmt.Errorf("cache %s: is not a folder", dir)}
	}
	return dir, err
}

// over returns what a command does that looks at a cache.
func (f *cacheFlags) over(do func(context.Context, *cache.Cache) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, _ []string) (err error) {
		dir, err := f.existing()
		if err != nil {
			return err
		}
		opened, err := cache.Look(c.Context(), dir)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, opened.Close()) }()
		return do(c.Context(), opened)
	}
}

func (a *app) cacheListCommand() *cobra.Command {
	var f cacheFlags
	c := &cobra.Command{
		Use: "ls", Short: "List the trained priors and the cells of a cache", Args: args(cobra.NoArgs),
		RunE: f.over(func(_ context.Context, c *cache.Cache) error { return a.listCache(c, f.json) }),
	}
	f.add(c)
	return c
}

// listCache prints the entries that can be read; the others are the error.
func (a *app) listCache(c *cache.Cache, asJSON bool) error {
	list := []cache.Info{}
	var unread error
	var bytes int64
	for _, kind := range cache.Kinds() {
		for info, err := range c.Entries(kind) {
			if err != nil {
				unread = errors.Join(unread, err)
				continue
			}
			list = append(list, info)
			bytes += info.Size()
		}
	}
	if asJSON {
		return errors.Join(unread, printJSON(a.stdout, list))
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	if len(list) > 0 {
		fmt.Fprintln(w, "kind\tkey\tcreated\tsize\tnote")
	}
	for _, i := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", i.Kind, i.Key.Short(),
			i.Created.Local().Format(time.DateTime), byteCount(i.Size()), notes(i.Note))
	}
	err := w.Flush()
	fmt.Fprintf(a.stdout, "%s: %s, %s\n", c.Dir(), entries(len(list)), byteCount(bytes))
	return errors.Join(unread, err)
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// notes writes a note in the order of its keys, with the beginnings of hashes,
// which name what they are of as well.
func notes(note map[string]string) string {
	const shown = 12
	var list []string
	for _, key := range slices.Sorted(maps.Keys(note)) {
		value := note[key]
		if strings.HasSuffix(key, "sha256") {
			value = value[:min(shown, len(value))]
		}
		list = append(list, key+"="+value)
	}
	return strings.Join(list, " ")
}

// byteCount writes a number of bytes to three digits.
func byteCount(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/1000, 0
	for value >= 999.5 && unit < len("kMGTP")-1 {
		value, unit = value/1000, unit+1
	}
	return fmt.Sprintf("%.3g %cB", value, "kMGTP"[unit])
}

func (a *app) cacheVerifyCommand() *cobra.Command {
	var f cacheFlags
	c := &cobra.Command{
		Use: "verify", Short: "Read all that a cache holds and set aside what is damaged", Args: args(cobra.NoArgs),
		Long: "Verify compares every file of a cache with its checksum. What is damaged is moved to the folder damaged of the\n" +
			"cache, and computed again when a run needs it; where nothing can be written it stays, and verify says so. The exit\n" +
			"code is 1 if anything was damaged.",
		RunE: f.over(func(ctx context.Context, c *cache.Cache) error { return a.verifyCache(ctx, c, f.json) }),
	}
	f.add(c)
	return c
}

func (a *app) verifyCache(ctx context.Context, c *cache.Cache, asJSON bool) error {
	r, err := c.Verify(ctx)
	for _, d := range r.Damaged {
		fmt.Fprintln(a.stderr, "sedlab: damaged:", d)
	}
	if asJSON {
		err = errors.Join(err, printJSON(a.stdout, r))
	} else {
		fmt.Fprintf(a.stdout, "%s: %s and %s verified, %s, %d damaged\n",
			c.Dir(), entries(r.Entries), plural(r.Checkpoints, "checkpoint"), byteCount(r.Bytes), len(r.Damaged))
	}
	return errors.Join(err, verdict(c.Dir(), r.Damaged))
}

// verdict is the error of a cache in which some is damaged.
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
