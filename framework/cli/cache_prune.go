package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/cache"
	"sedlab/framework/store"
)

// planFile is the plan of a run in its folder, with the keys of what it uses.
const planFile = "plan.json"

func (a *app) cachePruneCommand() *cobra.Command {
	var f cacheFlags
	var older string
	var dryRun bool
	c := &cobra.Command{
		Use: "prune", Short: "Remove from a cache what no run uses", Args: args(cobra.NoArgs),
		Long: "Prune removes the entries and the checkpoints that no run in --runs uses, and what was set aside as damaged.\n" +
			"Runs in other folders that share the cache, and runs in the trash, do not count: what they used is computed again\n" +
			"when it is needed. Nothing is removed while a process has the cache open.",
		Example: "  sedlab cache prune --older-than 30d --dry-run",
		RunE: func(c *cobra.Command, _ []string) error {
			age, err := parseAge(older)
			if err != nil {
				return usageError{fmt.Errorf("--older-than %w", err)}
			}
			dir, err := f.existing()
			if err != nil {
				return err
			}
			used, err := usedKeys(f.root)
			if err != nil {
				return err
			}
			removed, err := cache.Prune(c.Context(), dir, cache.PruneOptions{
				Keep:      func(_ cache.Kind, key cache.Key) bool { return used[key] },
				OlderThan: age, DryRun: dryRun,
			})
			return errors.Join(err, a.printPruned(removed, dryRun, f.json))
		},
	}
	f.add(c)
	c.Flags().StringVar(&older, "older-than", "0s", "only what was made longer ago than an `age` such as 30d or 12h")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only print what would be removed")
	return c
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
	_, err := fmt.Fprintf(a.stdout, "%s %d items, %s\n", word, len(removed), byteCount(bytes))
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

// usedKeys returns the keys of all that the runs in root use. A run folder that
// does not tell is an error: to guess would be to lose its work.
func usedKeys(root string) (map[cache.Key]bool, error) {
	list, err := os.ReadDir(root)
	if err != nil {
		return nil, usageError{fmt.Errorf("runs folder: %w; it says what is still used", err)}
	}
	used := map[cache.Key]bool{}
	for _, e := range list {
		dir := filepath.Join(root, e.Name())
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || !isRun(dir) {
			continue
		}
		if err := addKeys(used, dir); err != nil {
			return nil, fmt.Errorf("%w; without knowing what this run uses nothing is pruned: "+
				"mend it, or move the folder away", err)
		}
	}
	return used, nil
}

// isRun tells a run folder, whole or not, from any other.
func isRun(dir string) bool {
	for _, name := range []string{planFile, store.ManifestFile, store.SpecFile} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// addKeys adds the keys that a run uses. A run of a known status without a plan
// is of the time before the cache, and uses nothing of it.
func addKeys(used map[cache.Key]bool, dir string) error {
	path := filepath.Join(dir, planFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		m, err := store.ReadManifest(dir)
		if err == nil && m.Status == "" {
			err = fmt.Errorf("run %s: has no %s, and its manifest no status", dir, planFile)
		}
		return err
	}
	if err != nil {
		return err
	}
	type keyed struct {
		Key cache.Key `json:"key"`
	}
	var plan struct {
		Trainings []keyed `json:"trainings"`
		Cells     []keyed `json:"cells"`
	}
	if err := json.Unmarshal(data, &plan); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, k := range append(plan.Trainings, plan.Cells...) {
		if !k.Key.Valid() {
			return fmt.Errorf("%s: %q is not a key", path, k.Key)
		}
		used[k.Key] = true
	}
	return nil
}
