package cli_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// What a submission to Kubernetes cannot do ends what waits for it, with the reason; until then, status and
// cancel say by which commands its Jobs are looked at and ended.
func TestKubernetes(t *testing.T) {
	dir := writeSpec(t, sixty)
	runs := filepath.Join(dir, "got")
	mustExec(t, dir, "submit", "sixty.yaml", "--kubernetes", "--mount", dir, "--runs", runs, "--namespace", "spectra")
	run, err := filepath.EvalSymlinks(filepath.Join(runs, "latest"))
	if err != nil {
		t.Fatal(err)
	}
	expect := func(code int, says []string, args ...string) {
		t.Helper()
		out, err := command(t, dir, args...).CombinedOutput()
		for _, text := range says {
			if !strings.Contains(string(out), text) {
				t.Errorf("sedlab %s does not say %q", strings.Join(args, " "), text)
			}
		}
		if exitCode(err) != code || t.Failed() {
			t.Errorf("sedlab %s: %v, expected %d\n%s", strings.Join(args, " "), err, code, out)
		}
	}
	deletion := "kubectl delete -n spectra -f " + run + "/kubernetes/1"
	expect(0, []string{"kubectl get jobs,pods -n spectra -l run=" + strings.ToLower(filepath.Base(run)) + "-1", deletion}, "status", run)
	expect(2, []string{deletion}, "cancel", run)
	for _, tried := range []string{"x", "4", "-1/4", "0/4 "} {
		expect(2, []string{"--tried " + tried}, "work", run, "--tried", tried)
	}
	share := func(code int, says, stage string, flags ...string) {
		t.Helper()
		expect(code, []string{says}, append([]string{"work", run, "--submission", "kubernetes/1", "--stage", stage}, flags...)...)
	}
	share(75, "not trained yet", "cells", "--part", "0/1", "--tried", "0/4")
	share(75, "not all cells are done", "gather", "--complete")
	share(1, "given up", "trainings", "--part", "0/1", "--tried", "4/4")
	share(1, "its training has failed", "cells", "--part", "0/1", "--tried", "0/4")
	share(1, "the first failure: training of glo: given up", "gather", "--complete")
	expect(0, []string{"interrupted", "2 failed", "given up", deletion + ", then sedlab resume " + run + " --kubernetes"}, "status", run)
}
