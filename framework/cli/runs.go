package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/escape"
)

func (t *terminal) runsCommand() *cobra.Command {
	c := group("runs", "What has been run: list, watch, show, compare, verify, export, tag, note, remove",
		t.runsListCommand(), t.runsWatchCommand(), t.runsShowCommand(), t.runsDiffCommand(), t.runsVerifyCommand(), t.runsExportCommand(), t.runsTagCommand(), t.runsNoteCommand(), t.runsRemoveCommand())
	for _, below := range c.Commands() {
		t.runsFlag(below)
	}
	return c
}

func (t *terminal) runsTagCommand() *cobra.Command {
	c := answering(t, &cobra.Command{
		Use:   "tag [--json] [--runs DIR] RUN [+TAG|-TAG]...",
		Short: "Add tags to a run, remove them, or print them",
		Long:  "Tag adds the tags with + to a run, removes those with -, and prints all tags that the run then has.\n" + runNames,
		Example: "  sedlab runs tag latest +thesis -draft\n" +
			"  sedlab runs ls --tag thesis",
		DisableFlagsInUseLine: true,
	}, func(_ context.Context, args []string) ([]string, error) {
		for _, change := range args[1:] {
			if strings.HasPrefix(change, "--") {
				return nil, usageError{fmt.Errorf("%s: must come before the run; after the run only tags are allowed", change)}
			}
		}
		return t.app.Tag(args[0], args[1:]...)
	}, printLines)
	c.Flags().SetInterspersed(false) // so that -tag is not taken for a flag
	return c
}

func (t *terminal) runsNoteCommand() *cobra.Command {
	return answering(t, &cobra.Command{
		Use:   "note RUN [TEXT]",
		Short: "Note something about a run, or print what was noted",
		Long: "Note replaces the note of a run, which runs ls, runs show and the next report show. An empty TEXT removes it.\n" +
			"Nothing else in the folder changes. " + runNames,
		Example: "  sedlab runs note latest 'λ too large: the blue end is flat'\n  sedlab runs note latest",
	}, func(_ context.Context, args []string) (string, error) {
		if len(args) == 2 {
			if err := t.app.SetNote(args[0], args[1]); err != nil {
				return "", err
			}
		}
		return t.app.Note(args[0])
	}, func(out io.Writer, note string) {
		if note != "" {
			fmt.Fprintln(out, note)
		}
	})
}

func (t *terminal) runsRemoveCommand() *cobra.Command {
	var older string
	var yes, empty bool
	c := &cobra.Command{
		Use:   "rm [RUN...]",
		Short: "Move runs to the trash, or empty it",
		Long: "Rm moves run folders to the folder " + store.TrashFolder + " beside them, and says how to bring them back. It does not touch the\n" +
			"cache, or a run that a process is writing to, or whose jobs wait or run. With --older-than and no RUN it means all older runs: it lists them,\n" +
			"and moves them only with --yes. " + runNames,
		Example: "  sedlab runs rm latest\n  sedlab runs rm --older-than 30d --yes\n  sedlab runs rm --empty-trash",
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case !empty:
				return t.removeRuns(c.Context(), args, older, yes)
			case len(args) > 0 || older != "":
				return usageError{errors.New("--empty-trash: takes no RUN and no --older-than")}
			}
			return t.emptyTrash()
		},
	}
	c.Flags().StringVar(&older, "older-than", "", "only runs that began longer ago than an `age` such as 30d or 12h")
	c.Flags().BoolVar(&yes, "yes", false, "with --older-than and no RUN: move the runs instead of listing them")
	t.jsonFlag(c)
	c.Flags().BoolVar(&empty, "empty-trash", false, "delete the runs in the trash for good")
	return c
}

func (t *terminal) emptyTrash() error {
	n, err := t.app.EmptyTrash()
	if err != nil {
		return fmt.Errorf("trash: %d runs deleted: %w", n, err)
	}
	return show(t, t.stdout, map[string]int{"deleted": n}, func(out io.Writer, _ map[string]int) {
		fmt.Fprintf(out, "%d runs deleted\n", n)
	})
}

func (t *terminal) removeRuns(ctx context.Context, names []string, older string, yes bool) error {
	var before time.Time
	if older != "" {
		age, err := store.ParseAge(older)
		if err != nil {
			return usageError{fmt.Errorf("--older-than %w", err)}
		}
		before = time.Now().Add(-age)
	} else if len(names) == 0 {
		return usageError{errors.New("rm: names no run; expected RUN, --older-than AGE or --empty-trash")}
	}
	dirs, err := t.app.Find(before, names...)
	if err != nil {
		return err
	}
	if len(dirs) == 0 && !t.json {
		fmt.Fprintf(t.stderr, "%s: no run in %s is older than %s\n", program, t.app.Runs, older)
	}
	if len(names) > 0 || yes || len(dirs) == 0 {
		var refused []error
		dirs = slices.DeleteFunc(dirs, func(dir string) bool {
			err := t.quiet(ctx, dir)
			if err != nil {
				refused = append(refused, err)
			}
			return err != nil
		})
		moved, failed := t.app.Remove(dirs...)
		return errors.Join(errors.Join(refused...), failed, show(t, t.stdout, moved, printRemoved))
	}
	var list []app.Removed
	for _, dir := range dirs {
		list = append(list, app.Removed{From: dir})
	}
	asked := usageError{fmt.Errorf("%d runs are older than %s; --yes moves them to the trash", len(dirs), older)}
	return errors.Join(asked, show(t, t.stdout, list, printRemoved))
}

// printRemoved lists the runs that were moved, or would be.
func printRemoved(out io.Writer, runs []app.Removed) {
	for _, r := range runs {
		if r.To == "" {
			fmt.Fprintln(out, r.From)
			continue
		}
		fmt.Fprintf(out, "removed %s; to bring it back: mv %s %s\n", r.From, escape.Shell(r.To), escape.Shell(r.From))
	}
}
