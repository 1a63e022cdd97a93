package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/settings"
)

// runList returns the runs, the newest first, or none if they cannot be listed.
func (t *terminal) runList() []store.Summary {
	list, _ := t.app.List(app.ListOptions{})
	return list
}

func (t *terminal) runNames(*cobra.Command, []string, string) (list []cobra.Completion) {
	for i, s := range t.runList() {
		if i == 0 {
			list = append(list, described("latest", s.ID))
		}
		list = append(list, described(s.ID, strings.TrimSpace(string(s.Status)+" "+strings.Join(s.Tags, " "))))
	}
	return list
}

// whereKeys returns the keys of the specs that have been run, or behind key= the values
// that they have had.
func (t *terminal) whereKeys(_ *cobra.Command, _ []string, text string) (list []cobra.Completion) {
	key, _, valued := strings.Cut(text, "=")
	for _, s := range t.runList() {
		for _, setting := range s.Spec {
			name := strings.TrimPrefix(setting.Key, "sweep.")
			switch {
			case !valued:
				list = append(list, name+"=")
			case name == key:
				for _, v := range s.Spec.Takes(key) {
					list = append(list, key+"="+strings.Trim(settings.Text(v), `"`))
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (t *terminal) metrics(*cobra.Command, []string, string) []cobra.Completion {
	return t.app.Metrics()
}

// columns returns the columns of a list of runs: properties, medians of any prior or of
// one, and keys of specs.
func (t *terminal) columns(*cobra.Command, []string, string) []cobra.Completion {
	list := append(store.Properties(), t.app.Metrics()...)
	for _, s := range t.runList() {
		for _, r := range s.Results {
			for _, m := range t.app.Metrics() {
				list = append(list, m+"."+r.Prior)
			}
		}
		for _, setting := range s.Spec {
			list = append(list, strings.TrimPrefix(setting.Key, "sweep."))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// columnLists returns the columns with which a list, separated by commas, can go on.
func (t *terminal) columnLists(c *cobra.Command, args []string, text string) (list []cobra.Completion) {
	begun := text[:strings.LastIndex(text, ",")+1]
	for _, name := range t.columns(c, args, text) {
		if !slices.Contains(strings.Split(begun, ","), name) {
			list = append(list, begun+name)
		}
	}
	return list
}

func (t *terminal) tags(*cobra.Command, []string, string) (list []cobra.Completion) {
	for _, s := range t.runList() {
		list = append(list, s.Tags...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// tagChanges returns the tags that a run can lose, and those of others that it can get.
func (t *terminal) tagChanges(c *cobra.Command, args []string, text string) (list []cobra.Completion) {
	own, _ := t.app.Tag(args[0])
	for _, tag := range t.tags(c, args, text) {
		sign := map[bool]string{true: "-", false: "+"}[slices.Contains(own, tag)]
		list = append(list, sign+tag)
	}
	return list
}

func statuses(*cobra.Command, []string, string) []cobra.Completion { return statusNames() }
