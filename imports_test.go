package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed says what each part of the program may import of the others, tests
// apart; ARCHITECTURE.md says why. The longest matching prefix decides.
var allowed = map[string][]string{
	".":             {"framework/cli"},
	"experiments":   {},
	"framework":     {"framework", "experiments", "operators", "priors", "internal"},
	"framework/app": {"framework", "operators", "priors", "reports", "internal"},
	"framework/cli": {"framework", "operators", "priors", "internal"},
	"operators":     {"operators", "internal"},
	"priors":        {"priors", "internal"},
	"reports":       {"internal"},
	"internal":      {"internal"},
}

func TestImportsPointOneWay(t *testing.T) {
	checked := 0
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (strings.HasPrefix(e.Name(), "_") || (path != "." && strings.HasPrefix(e.Name(), ".")) || path == "examples" || path == "runs") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		checked++
		checkFile(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 20 {
		t.Errorf("only %d files were found", checked)
	}
}

func checkFile(t *testing.T, path string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.ToSlash(filepath.Dir(path))
	rule := prefix(dir)
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		imported, ok := strings.CutPrefix(name, "sedlab/")
		if ok && !within(imported, allowed[rule]) {
			t.Errorf("%s imports %s; %s may import only %s", path, imported, rule, strings.Join(allowed[rule], ", "))
		}
	}
}

// prefix is the longest key of allowed that dir is at or below.
func prefix(dir string) string {
	for d := dir; d != "."; d = filepath.ToSlash(filepath.Dir(d)) {
		if _, ok := allowed[d]; ok {
			return d
		}
	}
	return "."
}

func within(path string, roots []string) bool {
	return slices.ContainsFunc(roots, func(r string) bool { return path == r || strings.HasPrefix(path, r+"/") })
}
