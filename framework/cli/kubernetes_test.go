package cli_test

import (
	"errors"
	"os"
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
	deletion := "kubectl delete -f " + run + "/kubernetes/1"
	expect(0, []string{"kubectl get jobs,pods -l run=" + strings.ToLower(filepath.Base(run)) + "-1 -n spectra", deletion}, "status", run)
	expect(2, []string{deletion}, "cancel", run)
	for _, tried := range []string{"x", "4", "-1/4", "0/4 "} {
		expect(2, []string{"--tried " + tried}, "work", run, "--tried", tried)
	}
	submission := "kubernetes/1"
	share := func(code int, says, stage string, flags ...string) {
		t.Helper()
		expect(code, []string{says}, append([]string{"work", run, "--submission", submission, "--stage", stage}, flags...)...)
	}
	share(75, "not trained yet", "cells", "--part", "0/1", "--tried", "0/4")
	share(75, "not all cells are done", "gather", "--complete")
	share(1, "given up", "trainings", "--part", "0/1", "--tried", "4/4")
	share(1, "its training has failed", "cells", "--part", "0/1", "--tried", "0/4")
	share(1, "the first failure: training of glo: given up", "gather", "--complete")
	expect(0, []string{"interrupted", "2 failed", "given up", deletion + ", then sedlab resume " + run + " --kubernetes"}, "status", run)

	// Jobs that are written again make it a run that waits, and end it again, whatever Slurm had of it before.
	expect(0, []string{"kubectl apply -f " + run + "/kubernetes/2"}, "resume", run, "--kubernetes")
	expect(0, []string{": unknown, 0 of ", "kubectl get jobs,pods -l run=", "if they do nothing more: kubectl delete -f " + run + "/kubernetes/2"}, "status", run)
	old := filepath.Join(run, "slurm", "1")
	if err := errors.Join(os.MkdirAll(old, 0o777), os.WriteFile(filepath.Join(old, "jobs.jsonl"), []byte(`{"name": "cells", "job": "12", "tasks": 1}`+"\n"), 0o666)); err != nil {
		t.Fatal(err)
	}
	submission = "kubernetes/2"
	share(1, "given up", "trainings", "--part", "0/1", "--tried", "4/4")
	share(1, "its training has failed", "cells", "--part", "0/1", "--tried", "0/4")
	share(1, "given up", "gather", "--complete")
	expect(0, []string{": interrupted, ", "/kubernetes/2, then sedlab resume "}, "status", run)

	// Without the options of a submission, status knows all but the namespace.
	expect(0, []string{"kubectl apply -f " + run + "/kubernetes/3"}, "resume", run, "--kubernetes")
	options := filepath.Join(run, "kubernetes", "options.yaml")
	lost := []string{"note: the options of the last submission to Kubernetes, such as its namespace, are not known: ", options, "kubectl get jobs,pods -l run=", " --all-namespaces "}
	if err := os.WriteFile(options, []byte("options: {namespace: spectra, cpus: many}"), 0o666); err != nil {
		t.Fatal(err)
	}
	expect(0, lost, "status", run)
	if err := errors.Join(os.Remove(options), os.RemoveAll(filepath.Join(run, "slurm"))); err != nil {
		t.Fatal(err)
	}
	expect(0, lost, "status", run)
	expect(2, []string{"kubectl delete -f " + run + "/kubernetes/3"}, "cancel", run)
}

// A cache that pods cannot see is refused, as they would wait for it without end.
func TestKubernetesNeedsTheCache(t *testing.T) {
	dir, elsewhere := writeSpec(t, sixty), t.TempDir()
	refused := func(args ...string) {
		t.Helper()
		out, err := command(t, dir, append(args, "--kubernetes", "--mount", dir)...).CombinedOutput()
		if exitCode(err) != 2 || !strings.Contains(string(out), elsewhere+": is not below "+dir+", where pods have the volume claim; --mount names another place") {
			t.Errorf("sedlab %s: %v %s", strings.Join(args, " "), err, out)
		}
	}
	runs := filepath.Join(dir, "got")
	refused("submit", "sixty.yaml", "--runs", runs, "--cache", elsewhere)
	if _, err := os.Stat(runs); !os.IsNotExist(err) {
		t.Errorf("a refused run has a folder: %v", err)
	}
	mustExec(t, dir, "submit", "sixty.yaml", "--runs", runs, "--cache", elsewhere, "--slurm", "--dry-run")
	refused("resume", filepath.Join(runs, "latest"))
	mustExec(t, dir, "submit", "sixty.yaml", "--runs", runs, "--cache", filepath.Join(dir, "cache"), "--cache", elsewhere, "--slurm", "--dry-run")
	refused("resume", filepath.Join(runs, "latest"))
}
