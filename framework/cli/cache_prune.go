package cli

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/cache"
	"sedlab/framework/store"
)

// pruneFlags are the flags of sedlab cache prune.
type pruneFlags struct {
	cache       cacheFlags
	older       string
	dryRun, yes bool
}

func (a *app) cachePruneCommand() *cobra.Command {
	var f pruneFlags
	c := &cobra.Command{
		Use: "prune", Short: "Remove from a cache what no run uses", Args: args(cobra.NoArgs),
		Long: "Prune removes the entries and the checkpoints that no run in --runs uses, and what was set aside as damaged. Runs\n" +
			"in the trash count until it is emptied. Runs in other folders do not: what they used is computed again when it is\n" +
			"needed. So a cache that is not the one in --runs is pruned only with --older-than or --yes. Nothing is removed\n" +
			"while a process has the cache open.",
		Example: "  sedlab cache prune --older-than 30d --dry-run",
		RunE:    func(c *cobra.Command, _ []string) error { return a.pruneCache(c, f) },
	}
	f.cache.add(c)
	c.Flags().StringVar(&f.older, "older-than", "0s", "only what was made longer ago than an `age` such as 30d or 12h")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "only print what would be removed")
	c.Flags().BoolVar(&f.yes, "yes", false, "prune a cache that runs in other folders than --runs may use")
	return c
}

func (a *app) pruneCache(c *cobra.Command, f pruneFlags) error {
	age, err := parseAge(f.older)
	if err != nil {
		return usageError{fmt.Errorf("--older-than %w", err)}
	}
	dir, err := f.cache.existing()
	if err != nil {
		return err
	}
	if _, err := os.Stat(f.cache.root); err != nil {
		return usageError{fmt.Errorf("runs folder: %w; it says what is still used", err)}
	}
	if careful := f.dryRun || f.yes || c.Flags().Changed("older-than"); !careful && !beside(dir, f.cache.root) {
		return usageError{fmt.Errorf("cache %s: is not the one of the runs in %s, and others may use it: "+
			"say --older-than AGE, or --yes to remove all that these do not use; --dry-run lists it", dir, f.cache.root)}
	}
	removed, err := cache.Prune(c.Context(), dir, cache.PruneOptions{
		Used: func() (map[cache.Key]bool, error) {
			used, err := store.UsedKeys(f.cache.root)
			if err != nil {
				err = fmt.Errorf("nothing is pruned: %w", err)
			}
			return used, err
		},
		OlderThan: age, DryRun: f.dryRun,
	})
	return errors.Join(err, a.printPruned(removed, f.dryRun, f.cache.json))
}

// beside tells whether a cache is the one in a folder of runs, by whatever path.
func beside(dir, root string) bool {
	this, err := os.Stat(dir)
	if err != nil {
		return false
	}
	that, err := os.Stat(cacheDir("", root))
	return err == nil && os.SameFile(this, that)
}

func (a *app) printPruned(removed []cache.Removed, dryRun, asJSON bool) error {
	if asJSON {
		return printJSON(a.stdout, append([]cache.Removed{}, removed...))
	}
	word := "removed"
	if dryRun {
		word = "would remove"
	}
	var bytes int64
	for _, r := range removed {
		bytes += r.Bytes
		line := fmt.Sprintf("%s %s %s  %s  %s", word, r.Kind, r.Name, byteCount(r.Bytes), notes(r.Note))
		fmt.Fprintln(a.stdout, strings.TrimSpace(line))
	}
	_, err := fmt.Fprintf(a.stdout, "%s %s, %s\n", word, plural(len(removed), "item"), byteCount(bytes))
	return err
}

// parseAge reads an age: a number of days such as 30d, or a duration as Go writes it.
func parseAge(text string) (time.Duration, error) {
	age, err := time.ParseDuration(text)
	if count, ok := strings.CutSuffix(text, "d"); ok {
		var days uint64
		days, err = strconv.ParseUint(count, 10, 16)
		age = time.Duration(days) * 24 * time.Hour
	}
	if err != nil || age < 0 {
		return 0, fmt.Errorf("%s: must be an age such as 30d, 12h or 90m", text)
	}
	return age, nil
}
