package runner_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/spec"
)

// beginning is a spec whose prior begins with a file.
func beginning(path string) string {
	return strings.Replace(strings.Replace(searched, "search:", "init_from: "+path+", search:", 1), "size: 60", "size: 50", 1)
}

// tryPlan plans a spec with the files that its priors begin with.
func tryPlan(t *testing.T, text string) (*plan.Plan, error) {
	t.Helper()
	f, err := spec.Parse([]byte(text), "small.yaml", specOptions())
	if err != nil {
		t.Fatal(err)
	}
	file := func(path string) (string, error) { return cache.HashFile(t.Context(), path) }
	return plan.New(f, f.Points(), plan.Machine{}, plan.Identify{Data: identify, File: file})
}

// priorFile returns the file of the only trained vad in the cache that a spec ran in.
func priorFile(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	mustRun(t, dir, searched)
	var found []byte
	for _, path := range filesBelow(t, dir) {
		if data, err := os.ReadFile(path); err == nil && strings.HasSuffix(path, runner.PriorFile) && strings.Contains(string(data), "first_noise") {
			found = data
		}
	}
	if found == nil {
		t.Fatal("no vad in the cache")
	}
	return found
}

func filesBelow(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// The key of a training has the content of the file that it begins with, and not its path. Without
// a file nothing changes.
func TestKeysOfATrainingFromAPrior(t *testing.T) {
	dir := t.TempDir()
	key := func(name, content string) cache.Key {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		p, err := tryPlan(t, beginning(path))
		if err != nil {
			t.Fatal(err)
		}
		return p.Trainings[0].Key
	}
	a, b, c := key("a", "x"), key("b", "x"), key("a", "y")
	if a != b || a == c {
		t.Errorf("keys %s, %s at another path, %s with another content", a, b, c)
	}
	without, err := tryPlan(t, beginning(`""`))
	if err != nil || without.Trainings[0].Key == a || strings.Contains(string(without.Trainings[0].Inputs), "start") {
		t.Errorf("error %v, inputs %s", err, without.Trainings[0].Inputs)
	}
}

// A training begins with the prior of a file, and what it gives is that of the cache next time.
func TestTrainingFromAPrior(t *testing.T) {
	path, dir := filepath.Join(t.TempDir(), "prior.safetensors"), t.TempDir()
	if err := os.WriteFile(path, priorFile(t), 0o666); err != nil {
		t.Fatal(err)
	}
	execute := func(path string, dir string) *runner.Result {
		p, err := tryPlan(t, beginning(path))
		if err != nil {
			t.Fatal(err)
		}
		got, err := executeOver(t, t.Context(), openCache(t, dir), p, 2, &progress{})
		if err != nil || len(got.Failures) > 0 {
			t.Fatalf("error %v, failures %v", err, got.Failures)
		}
		return got
	}
	got, again, anew := execute(path, dir), execute(path, dir), execute(`""`, dir)
	sameResults(t, "from the cache", again, got)
	if got.Trained != 2 || again.Trained != 0 || anew.Trained != 1 {
		t.Errorf("%d trainings, %d again, %d without the file", got.Trained, again.Trained, anew.Trained)
	}
	if a, b := got.Training[0].Loss, anew.Training[0].Loss; a == b {
		t.Errorf("the loss of the first epoch is %g, and without the file too", a)
	}
}

// What is wrong with the file is said with the place of its key, before anything is trained.
func TestFilesThatNoTrainingCanBeginWith(t *testing.T) {
	path, good := filepath.Join(t.TempDir(), "prior.safetensors"), priorFile(t)
	for want, c := range map[string]struct {
		content []byte
		text    string
	}{
		"no such file":                                    {nil, beginning(path)},
		"is not the file of a trained prior":              {good[:len(good)-1], beginning(path)},
		`generator 0: tensor "noise"`:                     {[]byte(strings.Replace(string(good), "0/noise", "0/noisy", 1)), beginning(path)},
		"[2], 1 at most, [9], 0.2, and":                   {good, strings.Replace(beginning(path), "hidden: [8]", "hidden: [9]", 1)},
		"as in this spec and its data":                    {good, strings.Replace(beginning(path), "to: 3900", "to: 3910", 1)},
		"codes of [2] numbers, classes: 1, hidden layers": {good, strings.Replace(beginning(path), "code_dim: 2", "ensemble: [2, 2]", 1)},
	} {
		_ = os.Remove(path)
		if c.content != nil {
			if err := os.WriteFile(path, c.content, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		p, err := tryPlan(t, c.text)
		if err == nil {
			_, err = runner.Load(t.Context(), p, openCache(t, t.TempDir()), catalog.Default().Scores, &progress{})
		}
		place := fmt.Sprintf("small.yaml:5:%d: priors.vad.init_from: %s: ", strings.Index(strings.Split(c.text, "\n")[4], "init_from: ")+len("init_from: ")+1, path)
		if own := new(plan.FileError); !errors.As(err, &own) || !strings.HasPrefix(err.Error(), place) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v\nexpected %s…%s…", err, place, want)
		}
	}
}

// A file that changes after it was hashed ends the run.
func TestPriorFileThatChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "prior.safetensors")
	good := priorFile(t)
	if err := os.WriteFile(path, good, 0o666); err != nil {
		t.Fatal(err)
	}
	p, err := tryPlan(t, beginning(path))
	if err != nil {
		t.Fatal(err)
	}
	flip(t, path)
	if _, err := runner.Load(t.Context(), p, openCache(t, t.TempDir()), catalog.Default().Scores, &progress{}); err == nil || !strings.Contains(err.Error(), "changed while the run began") {
		t.Errorf("error %v", err)
	}
}
