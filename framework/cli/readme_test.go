package cli_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/cli"
)

// firstCells returns the first cells of the README's table with a head.
func firstCells(t *testing.T, head string) (cells []string) {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), head+"\n")
	if !found {
		t.Fatalf("README.md has no table %s", head)
	}
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells = append(cells, strings.TrimSpace(strings.Split(line, "|")[1]))
	}
	return cells[1:] // after the line below the head
}

var coded = regexp.MustCompile("`([^`]*)`")

// The README's tables have all experiments and all commands, and no others.
func TestReadmeIsComplete(t *testing.T) {
	var names, want []string
	for _, cell := range firstCells(t, "| experiment | question |") {
		names = append(names, strings.Trim(cell, "`"))
	}
	for _, e := range app.Experiments() {
		want = append(want, e.Name)
	}
	if d := diffSorted(want, names); d != "" {
		t.Errorf("experiments: -program +README.md\n%s", d)
	}

	var commands []string
	for _, cell := range firstCells(t, "| command | does |") {
		above := "" // "`runs ls`, `show`" is runs ls and runs show
		for _, match := range coded.FindAllStringSubmatch(cell, -1) {
			words := slices.DeleteFunc(strings.Fields(match[1]), func(w string) bool { return strings.ToLower(w) != w || strings.HasPrefix(w, "[") })
			if len(words) == 2 {
				above = words[0]
			} else if above != "" {
				words = []string{above, words[0]}
			}
			commands = append(commands, strings.Join(words, " "))
		}
	}
	if d := diffSorted(append(paths(cli.Root(catalog.Default())), "completion"), commands); d != "" {
		t.Errorf("commands: -program +README.md\n%s", d)
	}
}

// paths returns the names of the commands below one that do something.
func paths(c *cobra.Command) (list []string) {
	for _, below := range c.Commands() {
		if list = append(list, paths(below)...); below.HasSubCommands() && !strings.Contains(below.Use, " ") {
			continue // it takes no arguments of its own
		}
		_, path, _ := strings.Cut(below.CommandPath(), " ")
		list = append(list, path)
	}
	return list
}

func diffSorted(want, got []string) string {
	slices.Sort(want)
	slices.Sort(got)
	return cmp.Diff(want, got)
}
