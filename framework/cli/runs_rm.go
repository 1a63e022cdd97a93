package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/store"
)

// removeFlags are the flags of sedlab runs rm.
type removeFlags struct {
	root, older      string
	yes, empty, json bool
}

func (a *app) runsRemoveCommand() *cobra.Command {
	var f removeFlags
	c := &cobra.Command{
		Use:   "rm [RUN...]",
		Short: "Move runs to the trash, or empty it",
		Long: "Rm moves run folders to the folder " + store.TrashFolder + " beside them, and says how to bring them back. A run that a process is\n" +
			"writing to is left alone, and so is the cache. With --older-than and no RUN all older runs are meant: they are\n" +
			"listed, and moved with --yes. " + runNames,
		Example: "  sedlab runs rm latest\n  sedlab runs rm --older-than 30d --yes\n  sedlab runs rm --empty-trash",
		Args:    args(cobra.ArbitraryArgs),
		RunE: func(_ *cobra.Command, args []string) error {
			if f.empty {
				return a.emptyTrash(args, f)
			}
			return a.removeRuns(args, f)
		},
	}
	rootFlag(c, &f.root)
	c.Flags().StringVar(&f.older, "older-than", "", "only runs that began longer ago than an `age` such as 30d or 12h")
	c.Flags().BoolVar(&f.yes, "yes", false, "with --older-than and no RUN: really move them")
	c.Flags().BoolVar(&f.empty, "empty-trash", false, "delete what is in the trash, for good")
	jsonFlag(c, &f.json)
	return c
}

func (a *app) emptyTrash(names []string, f removeFlags) error {
	if len(names) > 0 || f.older != "" {
		return usageError{errors.New("--empty-trash: takes no RUN and no --older-than")}
	}
	n, err := store.EmptyTrash(f.root)
	if err != nil {
		return fmt.Errorf("trash: %d runs deleted: %w", n, err)
	}
	if f.json {
		return printJSON(a.stdout, map[string]int{"deleted": n})
	}
	_, err = fmt.Fprintf(a.stdout, "%d runs deleted\n", n)
	return err
}

// removed is a run that was moved.
type removed struct {
	From string `json:"from"`
	To   string `json:"to,omitempty"`
}

func (a *app) removeRuns(names []string, f removeFlags) error {
	dirs, err := f.folders(names)
	if err != nil {
		return usageError{err}
	}
	if len(names) == 0 && !f.yes && len(dirs) > 0 {
		return a.askToRemove(dirs, f)
	}
	moved := []removed{}
	var failed error
	for _, dir := range dirs {
		to, err := store.Remove(dir)
		failed = errors.Join(failed, err)
		if to == "" {
			continue
		}
		moved = append(moved, removed{dir, to})
		if !f.json {
			fmt.Fprintf(a.stdout, "removed %s; to bring it back: mv %s %s\n", dir, quote(to), quote(dir))
		}
	}
	if f.json {
		return errors.Join(failed, printJSON(a.stdout, moved))
	}
	if len(dirs) == 0 {
		fmt.Fprintf(a.stderr, "sedlab: no run in %s is older than %s\n", f.root, f.older)
	}
	return failed
}

// askToRemove lists what would be moved.
func (a *app) askToRemove(dirs []string, f removeFlags) error {
	asked := usageError{fmt.Errorf("%d runs are older than %s; --yes moves them to the trash", len(dirs), f.older)}
	if f.json {
		var list []removed
		for _, dir := range dirs {
			list = append(list, removed{From: dir})
		}
		return errors.Join(asked, printJSON(a.stdout, list))
	}
	for _, dir := range dirs {
		fmt.Fprintln(a.stdout, dir)
	}
	return asked
}

// quote returns a path as a shell reads it.
func quote(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool { return strings.ContainsRune(" '\"\\$&;()<>|*?[]#~`!\t\n", r) }) {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

// folders returns the folders of the runs that are meant, each once.
func (f *removeFlags) folders(names []string) ([]string, error) {
	if len(names) == 0 && f.older == "" {
		return nil, errors.New("rm: names no run; expected RUN, --older-than AGE or --empty-trash")
	}
	before := time.Now().AddDate(1, 0, 0)
	if f.older != "" {
		age, err := parseAge(f.older)
		if err != nil {
			return nil, fmt.Errorf("--older-than %w", err)
		}
		before = time.Now().Add(-age)
	}
	if len(names) == 0 {
		return f.olderThan(before)
	}
	var dirs []string
	seen := map[string]bool{}
	for _, name := range names {
		dir, err := store.Find(f.root, name)
		if err != nil {
			return nil, err
		}
		m, err := store.ReadManifest(dir)
		if f.older != "" && (err != nil || !m.Started.Before(before)) || seen[dir] {
			continue
		}
		seen[dir] = true
		dirs = append(dirs, dir)
	}
	return dirs, nil
}

// olderThan returns the folders of all runs that began before a time. One that
// cannot be read does not tell; one that is alive is left alone.
func (f *removeFlags) olderThan(before time.Time) ([]string, error) {
	list, err := store.List(f.root)
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, s := range list {
		if s.Status != store.Unreadable && s.Status != store.Running && s.Started.Before(before) {
			dirs = append(dirs, filepath.Join(f.root, s.ID))
		}
	}
	return dirs, nil
}
