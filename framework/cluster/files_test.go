package cluster_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/framework/app"
	"sedlab/framework/cache"
	"sedlab/framework/cluster"
)

var update = flag.Bool("update", false, "record the scripts and manifests that are compared with")

// workload is that of a search with a rung that is not chosen yet.
func workload(dir string) *app.Workload {
	steps := func(name string, count int, seconds float64) app.StageWork {
		s := app.StageWork{Stage: app.Stage(name), Count: count, Seconds: float64(count) * seconds, Memory: func(list []app.Step) float64 { return 1e9 + 1e6*float64(len(list)) }}
		for i := range count {
			s.Steps = append(s.Steps, app.Step{Keys: []cache.Key{cache.Key(fmt.Sprintf("%s%d", name, i))}, Seconds: seconds})
		}
		return s
	}
	ahead := func(name string, count int, seconds float64) app.StageWork {
		s := steps(name, count, seconds)
		s.Steps, s.Rung = nil, 1
		return s
	}
	return &app.Workload{ID: "Fig 2.a-20261128-025302-06f6c8e2", Dir: dir, Memory: 3e9, Stages: []app.StageWork{
		steps("trainings", 8, 1800), steps("cells", 400, 15), ahead("trainings", 3, 7200), ahead("cells", 150, 20),
	}}
}

// hostile is a name with everything that a shell, Slurm or Kubernetes reads as more than itself.
const hostile = "it's a $(touch /tmp/harm) \"run\" %A \\ # $HOME\ntouch /tmp/harm"

// ofFolder matches what the name of a run or a survey ends in for Slurm, which depends on its folder.
var ofFolder = regexp.MustCompile(`([.-]parquet|06f6c8e2)-[0-9a-f]{8}\b`)

// compare compares the files of a folder with recorded ones. dir is written as /DIR in these.
func compare(t *testing.T, folder, recorded, dir string, pattern string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := ofFolder.ReplaceAllString(strings.ReplaceAll(string(text), dir, "/DIR"), "$1-0123abcd")
		golden := filepath.Join("testdata", recorded, filepath.Base(file))
		if *update {
			write(t, golden, got)
		}
		if want, err := os.ReadFile(golden); err != nil || string(want) != got {
			t.Errorf("%s: %v\n%s", golden, err, cmp.Diff(string(want), got))
		}
	}
}

func TestScripts(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SEDLAB_DATA", filepath.Join(dir, "it's data"))
	t.Setenv("SEDLAB_HOSTNAME", "off")
	t.Setenv("XDG_CACHE_HOME", "")
	run := filepath.Join(dir, "run")
	s, err := cluster.Write(workload(run), cluster.Options{
		Partition: "long", CPUs: 8, AtOnce: 50, Minutes: 30, MaxTasks: 100, Retry: 3, Program: "/opt/sedlab", SbatchArg: []string{"--exclusive", `--comment=a "b" \c`},
	})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, s.Folder, "slurm", dir, "*.sh")
	text, err := os.ReadFile(filepath.Join(s.Folder, "cells", "3.txt"))
	if want := 100; err != nil || strings.Count(string(text), "\ncells") != want-1 {
		t.Errorf("a task of 100 cells has %q, %v", text, err)
	}
	if again, err := cluster.Write(workload(run), cluster.Options{CPUs: 1, Minutes: 1, MaxTasks: 1}); err != nil || again.Folder == s.Folder {
		t.Errorf("a second submission in %s, %v", again.Folder, err)
	}
}

// Whatever a folder is called, scripts are scripts of a shell, in which the name is one word.
func TestHostileNames(t *testing.T) {
	run := filepath.Join(t.TempDir(), hostile)
	w := workload(run)
	w.ID = hostile
	s, err := cluster.Write(w, cluster.Options{CPUs: 1, Minutes: 1, MaxTasks: 10, Program: "/bin/echo", Lease: "3m"})
	if err != nil {
		t.Fatal(err)
	}
	// Without a cluster to requeue with, a task runs in this shell.
	c := exec.Command("bash", filepath.Join(s.Folder, "cells.sh"))
	c.Env = append(os.Environ(), "SLURM_ARRAY_JOB_ID=1", "SLURM_ARRAY_TASK_ID=7", "SLURM_CPUS_PER_TASK=2")
	out, err := c.CombinedOutput()
	if want := "work " + run + " --stage cells --unfinished 75 --rung 0 --lease 3m --trained --submission slurm/1 --steps cells/7.txt --workers 2\n"; err != nil || string(out) != want {
		t.Errorf("%v: got %q, expected %q", err, out, want)
	}
	scripts, _ := filepath.Glob(filepath.Join(s.Folder, "*.sh")) // the folder's name has no pattern
	for _, script := range append(scripts, s.Script) {
		if out, err := exec.Command("bash", "-n", script).CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", script, err, out)
		}
	}
}

func TestManifests(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SEDLAB_DATA", filepath.Join(dir, `"data" $HOME`))
	t.Setenv("SEDLAB_HOSTNAME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	o := cluster.Options{CPUs: 8, AtOnce: 50, Minutes: 30, MaxTasks: 100, Retry: 3, Lease: "3m", Image: "example.org/sedlab:1", Claim: "data", Mount: dir, User: "1000:100", Namespace: "spectra"}
	m, err := cluster.WriteKubernetes(workload(filepath.Join(dir, "a $(run)")), o)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, m.Folder, "kubernetes", dir, "*.yaml")
	o.Mount = "/elsewhere"
	if _, err := cluster.WriteKubernetes(workload(dir), o); err == nil || !strings.Contains(err.Error(), "is not below /elsewhere") {
		t.Errorf("a run that pods cannot see: %v", err)
	}
}

// Pods are by default of who submits, whose files they share; and no Job has more indices than Kubernetes allows.
func TestLargeManifest(t *testing.T) {
	dir := t.TempDir()
	w := workload(dir)
	w.Stages = w.Stages[3:]
	w.Stages[0].Count, w.Stages[0].Seconds = 300_000, 3e8
	m, err := cluster.WriteKubernetes(w, cluster.Options{CPUs: 1, Minutes: 1, MaxTasks: 1_000_000, Mount: dir})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(m.Folder, "00-rung1-cells.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"  completions: 100000\n", "  parallelism: 100000\n",
		fmt.Sprintf("runAsNonRoot: %v\n        runAsUser: %d\n        runAsGroup: %d\n", os.Getuid() != 0, os.Getuid(), os.Getgid()),
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// The last submission is that with the highest number, on whatever cluster, but one to Slurm only once it has
// jobs.
func TestLastKubernetes(t *testing.T) {
	dir := t.TempDir()
	o := cluster.Options{CPUs: 1, Minutes: 1, MaxTasks: 10, Mount: dir, Namespace: "spectra", Program: "/bin/echo"}
	expect := func(when, want string) {
		t.Helper()
		k, err := cluster.LastKubernetes(dir)
		if err != nil || (k == nil) != (want == "") || k != nil && (k.Folder != filepath.Join(dir, want) || k.Namespace != "spectra" || k.Unread != nil) {
			t.Errorf("%s: %+v, %v; expected %q", when, k, err, want)
		}
	}
	kubernetes := func() *cluster.Manifests {
		t.Helper()
		m, err := cluster.WriteKubernetes(workload(dir), o)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	expect("at first", "")
	m := kubernetes()
	expect("after one", "kubernetes/1")
	if text, err := os.ReadFile(filepath.Join(m.Folder, "04-gather.yaml")); err != nil || !strings.Contains(string(text), "run: "+(&cluster.KubernetesJobs{Folder: m.Folder}).Label(workload(dir).ID)+",") {
		t.Errorf("%v: %s", err, text)
	}
	s, err := cluster.Write(workload(dir), o)
	if err != nil || s.Folder != filepath.Join(dir, "slurm/2") {
		t.Fatal(s, err)
	}
	expect("after a dry run of Slurm", "kubernetes/1")
	write(t, filepath.Join(s.Folder, "jobs.jsonl"), `{"name": "cells", "job": "12", "tasks": 1}`+"\n")
	expect("after Slurm", "")
	kubernetes()
	expect("after all", "kubernetes/3")
	if err := os.Remove(filepath.Join(dir, "kubernetes/options.yaml")); err != nil {
		t.Fatal(err)
	}
	if k, err := cluster.LastKubernetes(dir); err != nil || k == nil || k.Unread == nil || k.Namespace != "" || k.Folder != filepath.Join(dir, "kubernetes/3") {
		t.Errorf("without options: %+v, %v", k, err)
	}
}
