package cli

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// completer returns what can stand at a place of a command line that begins with text.
// args are the arguments before it. Its words need not begin with the text.
type completer func(c *cobra.Command, args []string, text string) []cobra.Completion

// complete lets the shell complete the arguments of all commands, by the words of their
// Use lines, and the values of their flags, by the flags' names.
func (t *terminal) complete(c *cobra.Command) {
	for _, below := range c.Commands() {
		t.complete(below)
	}
	if c.HasSubCommands() && len(strings.Fields(c.Use)) == 1 { // it takes no arguments of its own
		return
	}
	if c.ValidArgs == nil {
		c.ValidArgsFunction = func(c *cobra.Command, args []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return completions(t.argument(c, len(args)), c, args, text)
		}
	}
	for name, do := range map[string]completer{
		"set": t.setKeys, "unset": t.unsetKeys, "where": t.whereKeys, "metric": t.metrics, "sort": t.columns, "columns": t.columnLists, "tag": t.tags, "status": statuses,
	} {
		if c.Flags().Lookup(name) != nil {
			_ = c.RegisterFlagCompletionFunc(name, func(c *cobra.Command, args []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
				return completions(do, c, args, text)
			}) // it fails only for a flag that has one
		}
	}
	for _, folder := range []string{"runs", "cache"} {
		if c.Flags().Lookup(folder) != nil {
			_ = c.MarkFlagDirname(folder)
		}
	}
}

// completions returns the words of a completer that begin with text. No blank follows a
// word that is only a beginning.
func completions(do completer, c *cobra.Command, args []string, text string) (list []cobra.Completion, d cobra.ShellCompDirective) {
	d = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	if do == nil {
		return nil, d
	}
	begun := false
	for _, word := range do(c, args, text) {
		if strings.HasPrefix(word, text) {
			list = append(list, word)
			plain, _, _ := strings.Cut(word, "\t")
			begun = begun || strings.HasSuffix(plain, "=") || strings.HasSuffix(plain, "/")
		}
	}
	if begun {
		d |= cobra.ShellCompDirectiveNoSpace
	}
	return list, d
}

var flagInUse = regexp.MustCompile(`\[--[^\]]*\]`)

// argument returns the completer of an argument of a command, counted from 0, or nil.
func (t *terminal) argument(c *cobra.Command, i int) completer {
	words := strings.Fields(flagInUse.ReplaceAllString(c.Use, ""))[1:]
	if n := len(words); n > 0 && i >= n && strings.HasSuffix(words[n-1], "...") {
		i = n - 1
	}
	if i >= len(words) {
		return nil
	}
	return map[string]completer{
		"SPEC": specs, "RUN": t.runNames, "A": t.runNames, "B": t.runNames, "NAME": experiments, "KEY": t.specKeys,
		"+TAG|-TAG": t.tagChanges, "SOURCE": t.sources,
	}[strings.Trim(words[i], "[].")]
}
