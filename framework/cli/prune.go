package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"sedlab/framework/app"
	"sedlab/framework/cache"
	"sedlab/framework/store"
)

func (t *terminal) cachePruneCommand() *cobra.Command {
	var o app.PruneOptions
	var older string
	var yes bool
	var c *cobra.Command
	c = answering(t, &cobra.Command{
		Use: "prune", Short: "Remove everything from a cache that no run uses",
		Long: "Prune removes the entries and the checkpoints that no run in --runs uses, and damaged items that were set aside.\n" +
			"Runs in the trash count until it is emptied. Runs in other folders do not count: entries that only they used are\n" +
			"computed again when needed. So a cache that is not the one in --runs is pruned only with --older-than or --yes.\n" +
			"If trainings of more than a minute would be lost, prune asks; without a terminal, it removes nothing. Nothing is\n" +
			"removed while a process has the cache open.",
		Example: "  sedlab cache prune --older-than 30d --dry-run",
	}, func(ctx context.Context, _ []string) (removed []cache.Removed, err error) {
		if o.OlderThan, err = store.ParseAge(older); err != nil {
			return nil, usageError{fmt.Errorf("--older-than %w", err)}
		}
		o.Shared, o.Long = yes || o.DryRun || c.Flags().Changed("older-than"), yes
		removed, err = t.app.CachePrune(ctx, o)
		long := new(app.LongTrainingError)
		switch {
		case !errors.As(err, &long):
			return removed, err
		case t.json || !term.IsTerminal(int(os.Stdin.Fd())):
			return nil, err
		case !t.confirm(ctx, removed, long):
			return []cache.Removed{}, ctx.Err()
		}
		o.Long = true
		return t.app.CachePrune(ctx, o)
	}, func(out io.Writer, removed []cache.Removed) { printPruned(out, removed, o.DryRun) })
	c.Flags().StringVar(&older, "older-than", "0s", "remove only items older than an `age` such as 30d or 12h")
	c.Flags().BoolVar(&o.DryRun, "dry-run", false, "only print what would be removed")
	c.Flags().BoolVar(&yes, "yes", false, "remove long trainings without asking, and prune the cache even if runs outside of --runs may use it")
	return c
}

// confirm asks on the terminal whether to remove items with long trainings among them.
// No answer means no.
func (t *terminal) confirm(ctx context.Context, items []cache.Removed, long *app.LongTrainingError) bool {
	printPruned(t.stderr, items, true)
	fmt.Fprintf(t.stderr, "That includes %s. Remove everything? [y/N] ", long.Lost())
	answers := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(os.Stdin).ReadString('\n')
		answers <- strings.ToLower(strings.TrimSpace(text))
	}()
	select {
	case answer := <-answers:
		return answer == "y" || answer == "yes"
	case <-ctx.Done():
		return false
	}
}

// printPruned lists what was removed, or would be.
func printPruned(out io.Writer, removed []cache.Removed, dryRun bool) {
	word := "removed"
	if dryRun {
		word = "would remove"
	}
	var bytes int64
	for _, r := range removed {
		bytes += r.Bytes
		fmt.Fprintln(out, strings.TrimSpace(fmt.Sprintf("%s %s %s  %s  %s", word, r.Kind, r.Name, byteCount(r.Bytes), notes(r.Note))))
	}
	fmt.Fprintf(out, "%s %s, %s\n", word, plural(len(removed), "item"), byteCount(bytes))
}
