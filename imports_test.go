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

// The rooms hold what a spec can name. Of them only solvers see others.
var rooms = []string{"datasets", "operators", "priors", "solvers", "reports"}

// allowed says what each part of the program may import of the others, tests
// apart; ARCHITECTURE.md says why. The longest matching prefix decides. internal is
// open to all.
var allowed = map[string][]string{
	".":           {"framework/cli", "catalog"},
	"catalog":     append([]string{"framework/spec"}, rooms...),
	"experiments": {},

	"datasets":           {"datasets"},
	"operators":          {"operators"},
	"priors":             {"priors"},
	"solvers":            {"solvers", "operators", "priors"},
	"solvers/solvertest": {"solvers", "operators", "priors"},
	"reports":            {"reports/draw"},
	"reports/draw":       {},
	"reports/figures":    {"reports"},
	"reports/scores":     {},

	"framework/spec":        append([]string{"experiments"}, rooms...),
	"framework/spec/schema": {"framework/spec"},
	"framework/cache":       {},
	"framework/plan":        {"framework/spec", "framework/cache", "datasets", "priors"},
	"framework/search":      {"framework/plan", "framework/spec", "framework/cache"},
	"framework/store":       {"framework/cache"},
	"framework/compare":     {"framework/store"},
	"framework/runner":      append([]string{"framework/plan", "framework/spec", "framework/cache", "framework/store"}, rooms...),
	"framework/bench":       rooms,
	"framework/app": append([]string{"framework/spec", "framework/plan", "framework/search", "framework/runner",
		"framework/cache", "framework/store", "framework/compare", "framework/bench"}, rooms...),
	// Faces see the application and its results, and no room.
	"framework/cli": {"framework/app", "framework/spec", "framework/plan", "framework/cache", "framework/store", "framework/compare", "framework/bench"},

	"internal": {},
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
		if ok && !within(imported, allowed[rule]) && !within(imported, []string{"internal"}) {
			t.Errorf("%s imports %s; %s may import only internal and %s", path, imported, rule, strings.Join(allowed[rule], ", "))
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
