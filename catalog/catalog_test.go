package catalog_test

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/catalog"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/internal/kind/kindtest"
	"sedlab/internal/yamlpos"
	"sedlab/operators/operatortest"
	"sedlab/priors"
	"sedlab/solvers"
)

var update = flag.Bool("update", false, "write testdata/kinds.txt")

const goldenKinds = "testdata/kinds.txt"

// kinds writes a line for each kind, with its version, and one for each of its keys
// with the default.
func kinds() string {
	var b strings.Builder
	write := func(room, name string, version int, fields []yamlpos.Field) {
		fmt.Fprintf(&b, "%s %s version %d\n", room, name, version)
		for _, path := range yamlpos.Paths(fields, "") {
			if f, _ := yamlpos.Find(fields, path); len(f.Fields) == 0 || f.Default != "" {
				fmt.Fprintf(&b, "  %s: %s\n", path, f.Default)
			}
		}
	}
	slots := catalog.Default().Slots()
	for _, s := range []spec.Slot{slots.Dataset, slots.Step, slots.Problem, slots.Prior, slots.Solver, slots.Figure} {
		for _, k := range s.Kinds {
			write(s.Path, k.Name, k.Version, k.Fields)
		}
		if len(s.Fixed) > 0 {
			write(s.Path, "whatever the kind", plan.StepVersion(s.Path), s.Fixed)
		}
	}
	for _, k := range catalog.Default().Scores {
		write("score", k.Name, k.Version, nil)
	}
	return b.String()
}

// A default is in no key, so a changed one would bring back results of the old one.
// It needs another version of its kind, which -update cannot waive.
func TestChangedDefaultsHaveAnotherVersion(t *testing.T) {
	golden, err := os.ReadFile(goldenKinds)
	if err != nil {
		t.Fatal(err)
	}
	got := kinds()
	for _, problem := range unversioned(string(golden), got) {
		t.Error(problem)
	}
	if t.Failed() {
		return
	}
	if *update {
		if err := os.WriteFile(goldenKinds, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(string(golden), got); diff != "" {
		t.Errorf("kinds have changed; if they should, go test ./catalog -update: -want +got\n%s", diff)
	}
}

// unversioned returns which defaults of one golden text another changes or lacks, though
// the version of their kind is the same.
func unversioned(then, now string) (problems []string) {
	after := defaults(now)
	for kind, before := range defaults(then) {
		if after[kind] == nil {
			continue // is gone, or has another version
		}
		for key, value := range before {
			switch got, known := after[kind][key]; {
			case !known && value != "":
				problems = append(problems, fmt.Sprintf("%s: %s is gone, whose default was %s: raise the version", kind, key, value))
			case known && got != value:
				problems = append(problems, fmt.Sprintf("%s: %s: the default was %s and is %s: raise the version", kind, key, value, got))
			}
		}
	}
	slices.Sort(problems)
	return problems
}

// defaults returns the defaults in a golden text, by kind with version and by key.
func defaults(text string) map[string]map[string]string {
	all, kind := map[string]map[string]string{}, ""
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		if key, value, ok := strings.Cut(strings.TrimPrefix(s.Text(), "  "), ": "); ok && strings.HasPrefix(s.Text(), "  ") {
			all[kind][key] = value
		} else {
			kind = s.Text()
			all[kind] = map[string]string{}
		}
	}
	return all
}

func TestDefaultsOfText(t *testing.T) {
	want := map[string]map[string]string{"solver adam version 1": {"lr": "0.1"}, "solver other version 2": {"lr": "0.2"}, "score mse version 1": {}}
	got := defaults("solver adam version 1\n  lr: 0.1\nsolver other version 2\n  lr: 0.2\nscore mse version 1\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnversionedChanges(t *testing.T) {
	const then = "solver adam version 1\n  lr: 0.1\n  noise: {l2: 0}\n  noise.l2: \n"
	for now, want := range map[string]string{
		then:                       "",
		then + "  beta: 0.9\n":     "",
		"solver other version 1\n": "",
		"solver adam version 2\n":  "",
		"solver adam version 1\n  lr: 0.1\n  noise: {l2: 0}\n":                  "", // no default is lost
		"solver adam version 1\n  lr: 0.2\n  noise: {l2: 0}\n":                  "lr: the default was 0.1 and is 0.2",
		"solver adam version 1\n  lr: \n  noise: {l2: 0}\n":                     "lr: the default was 0.1 and is : ",
		"solver adam version 1\n  noise: {l2: 0}\n":                             "lr is gone",
		"solver adam version 1\n  lr: 0.1\n  noise.l2: \n":                      "noise is gone",
		"solver adam version 1\n  lr: 0.1\n  noise: {l2: 0}\n  noise.l2: 0.5\n": "noise.l2: the default was  and is 0.5",
	} {
		got := strings.Join(unversioned(then, now), "\n")
		if !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%q: got %q, expected %q", now, got, want)
		}
	}
}

// trained returns the kinds of priors that are trained, and not made of others.
func trained() []priors.Kind {
	return slices.DeleteFunc(catalog.Default().Priors, func(k priors.Kind) bool {
		_, composed := k.New().(priors.Composer)
		return composed
	})
}

// A section that names only its kind is a prior ready to be trained, and what it
// gives can be kept.
func TestPriorsAreReadyByDefault(t *testing.T) {
	for _, k := range trained() {
		config := kindtest.Config(t, k, "{}")
		for _, e := range config.Check(3600, 1000) {
			t.Errorf("%s: %s: %s", k.Name, e.Key, e.Problem)
		}
		if _, ok := config.(priors.Opener); !ok {
			t.Errorf("%s: its priors cannot be kept", k.Name)
		}
	}
}

// So are operators and solvers, and solvers can use the priors.
func TestOperatorsAndSolversAreReadyByDefault(t *testing.T) {
	c := catalog.Default()
	for _, k := range c.Operators {
		if errs := kindtest.Config(t, k, "{}").Check(operatortest.Grid(1000)); len(errs) > 0 {
			t.Errorf("%s: %v", k.Name, errs)
		}
	}
	for _, s := range c.Solvers {
		for _, p := range trained() {
			if errs := solvers.CheckPrior(kindtest.Config(t, s, "{}"), kindtest.Config(t, p, "{}")); len(errs) > 0 {
				t.Errorf("%s with %s: %v", s.Name, p.Name, errs)
			}
		}
	}
}

// New returns a config of its own every time: a spec has several of a kind.
func TestConfigsAreNotShared(t *testing.T) {
	c := catalog.Default()
	for _, k := range c.Priors {
		separate(t, k.Name, k.New(), k.New())
	}
	for _, k := range c.Operators {
		separate(t, k.Name, k.New(), k.New())
	}
	for _, k := range c.Solvers {
		separate(t, k.Name, k.New(), k.New())
	}
	for _, k := range c.Sources {
		separate(t, k.Name, k.New(), k.New())
	}
	for _, k := range c.Figures {
		separate(t, k.Name, k.New(), k.New())
	}
}

func separate(t *testing.T, name string, a, b any) {
	t.Helper()
	v := reflect.ValueOf(a)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		t.Errorf("%s: New returns a %T, expected a pointer to a struct", name, a)
	} else if v.Elem().Type().Size() > 0 && a == b {
		t.Errorf("%s: New returns the same config twice", name)
	}
}
