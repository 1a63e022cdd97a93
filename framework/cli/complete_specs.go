package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/store"
)

// experiments returns the names of the shipped specs, with their questions.
func experiments(*cobra.Command, []string, string) (list []cobra.Completion) {
	for _, e := range app.Experiments() {
		list = append(list, described(e.Name, e.Question))
	}
	return list
}

// specs returns the names of the shipped specs, and the folders and YAML files that a
// path leads to.
func specs(c *cobra.Command, args []string, text string) []cobra.Completion {
	list := experiments(c, args, text)
	dir, _ := filepath.Split(text)
	entries, _ := os.ReadDir(filepath.Clean("./" + dir)) // of a path that is only begun
	if filepath.IsAbs(dir) {
		entries, _ = os.ReadDir(dir)
	}
	for _, e := range entries {
		path := dir + e.Name()
		info, err := os.Stat(path) // of what a link leads to
		switch ext := filepath.Ext(path); {
		case err != nil || strings.HasPrefix(e.Name(), "."):
		case info.IsDir():
			list = append(list, path+"/")
		case ext == ".yaml" || ext == ".yml" || ext == ".json":
			list = append(list, path)
		}
	}
	return list
}

// specOf returns the spec that the arguments and the flags so far name.
func (t *terminal) specOf(c *cobra.Command, args []string) (ref app.SpecRef, ok bool) {
	edited := t.refs[c]
	if edited == nil || len(args) == 0 {
		return ref, false
	}
	ref = *edited
	ref.Name = args[0]
	if ofRun(c) {
		dir, err := t.app.Find(time.Time{}, args[0])
		if err != nil {
			return ref, false
		}
		ref.Name = filepath.Join(dir[0], store.SpecFile)
	}
	return ref, true
}

// ofRun reports whether a command runs again what a run recorded, of which only where
// the data are may be edited.
func ofRun(c *cobra.Command) bool { return strings.Fields(c.Use)[1] == "RUN" }

// specKeys returns the keys that explain knows.
func (t *terminal) specKeys(c *cobra.Command, args []string, _ string) (list []cobra.Completion) {
	ref, _ := t.specOf(c, args)
	all, _ := t.app.Explain(ref, "")
	swept, _ := t.app.Explain(ref, "sweep")
	for _, e := range slices.Concat(all, swept) {
		list = append(list, described(e.Key, e.Meaning))
	}
	return list
}

// setKeys returns the keys that --set can set, or behind key= the words that it can have.
func (t *terminal) setKeys(c *cobra.Command, args []string, text string) (list []cobra.Completion) {
	key, _, valued := strings.Cut(text, "=")
	for _, k := range t.editKeys(c, args, text) {
		switch {
		case !valued:
			list = append(list, described(k.Key+"=", k.Doc))
		case k.Key == key && !k.List && !strings.HasPrefix(key, "sweep"):
			for _, word := range k.Choices {
				list = append(list, key+"="+word)
			}
		}
	}
	return list
}

// unsetKeys returns the keys that --unset can remove, and whole priors.
func (t *terminal) unsetKeys(c *cobra.Command, args []string, text string) (list []cobra.Completion) {
	for _, k := range t.editKeys(c, args, "") {
		if words := strings.SplitN(k.Key, ".", 3); words[0] == "priors" {
			list = append(list, "priors."+words[1])
		}
		list = append(list, described(k.Key, k.Doc))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// editKeys returns the keys that an edit can name. Those of further sweeps are among them
// only if text begins so.
func (t *terminal) editKeys(c *cobra.Command, args []string, text string) []app.Key {
	ref, ok := t.specOf(c, args)
	if !ok {
		return nil
	}
	keys, _ := t.app.Keys(ref, strings.HasPrefix(text, "sweep"))
	if ofRun(c) {
		keys = slices.DeleteFunc(keys, func(k app.Key) bool { return !k.File })
	}
	return keys
}

func (t *terminal) sources(*cobra.Command, []string, string) (list []cobra.Completion) {
	for _, s := range t.app.Sources() {
		list = append(list, described(s.Name, s.Doc))
	}
	return list
}

// described returns a word with its meaning, for shells that show it.
func described(word, meaning string) cobra.Completion {
	return cobra.CompletionWithDesc(word, strings.ReplaceAll(firstLine(meaning), "\t", " "))
}
