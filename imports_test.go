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

// allowed says what each folder may import of the others, tests apart; ARCHITECTURE.md
// says why. A name that ends in /... is of a folder and all below it. The longest key
// that matches a folder decides. internal is open to all.
var allowed = map[string][]string{
	".":           {"framework/cli", "catalog"},
	"catalog":     {"framework/spec", "datasets/...", "operators/...", "priors/...", "solvers/...", "reports/..."},
	"experiments": {},

	"datasets/...":       {"datasets/..."},
	"operators/...":      {"operators/..."},
	"priors/...":         {"priors/..."},
	"solvers/...":        {"solvers/...", "operators", "priors"},
	"solvers/solvertest": {"solvers", "operators/...", "priors/..."},
	"reports":            {"reports/draw", "reports/stats"},
	"reports/draw":       {},
	"reports/figures":    {"reports", "reports/draw", "reports/scores"},
	"reports/scores":     {},
	"reports/stats":      {},

	"framework/spec":        append([]string{"experiments", "datasets/spectra", "reports/figures", "reports/scores"}, rooms...),
	"framework/spec/schema": {"framework/spec"},
	"framework/cache":       {},
	"framework/plan":        {"framework/spec", "framework/cache", "datasets", "operators", "priors"},
	"framework/search":      {"framework/plan", "framework/spec", "framework/cache"},
	"framework/store":       {"framework/cache", "datasets"}, // the manifest counts signals
	"framework/compare":     {"framework/store"},
	"framework/runner":      append([]string{"framework/plan", "framework/spec", "framework/cache", "framework/store", "reports/scores"}, rooms...),
	"framework/repaired":    {"reports/draw"},
	"framework/reconstruct": {"framework/repaired", "datasets/spectra", "operators", "priors", "solvers"},
	"framework/bench":       append([]string{"priors/glo"}, rooms...), // it measures the network's kernels
	"framework/app": append([]string{"framework/spec", "framework/spec/schema", "framework/plan", "framework/search", "framework/runner",
		"framework/cache", "framework/store", "framework/compare", "framework/bench", "framework/reconstruct", "framework/repaired",
		"datasets/spectra", "reports/draw"}, rooms...),
	// Faces see the application and its results, and no room.
	"framework/web":     {"framework/app", "framework/spec", "framework/plan", "framework/store", "framework/compare"},
	"framework/cluster": {"framework/app", "framework/store"},
	"framework/cli":     {"framework/app", "framework/web", "framework/cluster", "framework/spec", "framework/plan", "framework/cache", "framework/store", "framework/compare", "framework/bench"},

	"internal/...": {},
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
	if rule(dir) == "" {
		t.Errorf("%s: folder %s is in no rule; add it to allowed", path, dir)
	}
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if imported, ok := strings.CutPrefix(name, "sedlab/"); ok && !mayImport(dir, imported) {
			t.Errorf("%s imports %s; %s may import only internal and %s", path, imported, dir, strings.Join(allowed[rule(dir)], ", "))
		}
	}
}

// rule returns the longest key of allowed that matches dir, or "" if none does.
func rule(dir string) (longest string) {
	for key := range allowed {
		if matches(key, dir) && len(key) > len(longest) {
			longest = key
		}
	}
	return longest
}

func mayImport(dir, imported string) bool {
	return matches("internal/...", imported) || slices.ContainsFunc(allowed[rule(dir)], func(name string) bool { return matches(name, imported) })
}

// matches reports whether a name of allowed is of a folder.
func matches(name, dir string) bool {
	root, below := strings.CutSuffix(name, "/...")
	return dir == root || below && strings.HasPrefix(dir, root+"/")
}

func TestImportRules(t *testing.T) {
	for _, c := range []struct {
		dir, imported string
		want          bool
	}{
		{".", "catalog", true},
		{".", "framework/app", false},
		{"framework/web", "catalog", false},
		{"framework/web", "framework/cli", false},
		{"framework/cli/pages", "framework/app", false}, // is in no rule
		{"framework/cluster", "framework/cli", false},
		{"framework/plan", "priors", true},
		{"framework/plan", "priors/glo", false},
		{"framework/plan", "framework/store", false},
		{"framework/plan", "internal/f32", true},
		{"framework/cli", "priors", false},
		{"framework/app", "catalog", false},
		{"catalog", "priors/glo", true},
		{"priors/mine", "priors", true},
		{"priors/mine", "operators", false},
		{"priorsmine", "priors", false},
		{"solvers/mine", "operators", true},
		{"solvers", "priors/glo", false},
		{"solvers/solvertest", "priors/pca", true},
		{"reports", "reports/figures", false},
		{"internal/nn", "internal/f32", true},
		{"internal/nn", "priors", false},
	} {
		if got := mayImport(c.dir, c.imported); got != c.want {
			t.Errorf("%s imports %s: %v, expected %v", c.dir, c.imported, got, c.want)
		}
	}
	for dir, want := range map[string]string{".": ".", "framework/pages": "", "priors/mine": "priors/...", "solvers/solvertest": "solvers/solvertest"} {
		if got := rule(dir); got != want {
			t.Errorf("the rule of %s is %q, expected %q", dir, got, want)
		}
	}
}
