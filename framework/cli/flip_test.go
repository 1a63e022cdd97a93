package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/framework/store"
)

// A byte that was changed in what a run recorded is noticed by who reads it.
func TestFlippedBytesOfARun(t *testing.T) {
	dir := writeSpec(t, strings.Replace(sixty, "to: 0.75", "to: 0.1", 1))
	mustExec(t, dir, "run", "sixty.yaml")
	run := filepath.Join(dir, "runs", "latest")
	for _, test := range []struct{ file, command string }{
		{store.ManifestFile, "runs show"}, {store.SignalsFile, "report"}, {store.SignalsFile, "replay"},
		{store.TrainingFile, "report"}, {store.ExamplesFile, "report"}, {store.ExamplesFile, "runs verify"}, {store.LogFile, "runs verify"}, {store.SpecFile, "resume"}, {store.PlanFile, "cache prune"},
	} {
		path := filepath.Join(run, test.file)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{len(whole) / 5, len(whole) / 2, len(whole) - 9} {
			changed := []byte(string(whole))
			changed[at] ^= 1
			if err := os.WriteFile(path, changed, 0o666); err != nil {
				t.Fatal(err)
			}
			args := strings.Fields(test.command)
			if test.command != "cache prune" {
				args = append(args, "latest")
			}
			out, err := command(t, dir, args...).CombinedOutput()
			if err == nil || !strings.Contains(string(out), filepath.Base(test.file)) {
				t.Errorf("%s with a change in byte %d of %s: %v\n%s", test.command, at, test.file, err, out)
			}
		}
		if err := os.WriteFile(path, whole, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	mustExec(t, dir, "report", "latest")
}
