package jobs

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
)

// spec has 8 trainings of a few seconds, and 400 cells.
const spec = `
name: eight
dataset: {source: synthetic, size: 400}
priors:
  glo: {kind: glo, code_dim: 8, hidden: [64, 64], train: {epochs: %d, batch_size: 16, lr_generator: %s}}
problem: {operator: inpainting}
solver: {steps: 10}
evaluate: {signals: 10, keep: 0}
sweep:
  seed: [1, 2, 3, 4, 5, 6, 7, 8]
  problem.missing_fraction: {from: 0.01, to: 0.5, step: 0.01}
`

// Flag -v=4 shows what the controller does.
func init() { klog.InitFlags(nil) }

// sedlab calls the program, which environment variable SEDLAB names.
func sedlab(t *testing.T, dir string, args ...string) string {
	t.Helper()
	c := exec.Command(os.Getenv("SEDLAB"), args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("sedlab %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// home returns a folder with the spec, and the flags of submit that run pods in it.
func home(t *testing.T, text string) (dir string, submit []string) {
	t.Helper()
	program := os.Getenv("SEDLAB")
	if program == "" {
		t.Skip("SEDLAB does not name the program")
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "spec.yaml"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	image := program
	if other := os.Getenv("SEDLAB_IN_POD"); other != "" {
		image = other
	}
	return dir, []string{"--kubernetes", "--mount", dir, "--runs", filepath.Join(dir, "runs"), "--image", image, "--cpus", "1", "--minutes", "0.02", "--max-tasks", "8"}
}

func (c *cluster) applyAll(t *testing.T, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if _, err := c.apply(t.Context(), file); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
}

// pods returns the pods of the Job whose name ends with a stage, by their phase.
func (c *cluster) pods(t *testing.T, stage string, phase corev1.PodPhase) (list []corev1.Pod) {
	t.Helper()
	all, err := c.client.CoreV1().Pods("").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, pod := range all.Items {
		if strings.HasSuffix(pod.Labels[batchv1.JobNameLabel], stage) && pod.Status.Phase == phase && pod.DeletionTimestamp == nil {
			list = append(list, pod)
		}
	}
	return list
}

func within(t *testing.T, d time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !ok(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %s within %v", what, d)
		}
	}
}

// ends waits until all Jobs have ended, and returns how, by the last part of their names.
func (c *cluster) ends(t *testing.T, d time.Duration) map[string]string {
	t.Helper()
	ended := map[string]string{}
	within(t, d, "end of the Jobs", func() bool {
		list, err := c.client.BatchV1().Jobs("").List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range list.Items {
			for _, condition := range j.Status.Conditions {
				if condition.Status == corev1.ConditionTrue && (condition.Type == batchv1.JobComplete || condition.Type == batchv1.JobFailed) {
					name := j.Name[strings.LastIndex(j.Name, "-")+1:]
					failed := ""
					if j.Status.FailedIndexes != nil {
						failed = *j.Status.FailedIndexes
					}
					if _, known := ended[name]; !known {
						t.Logf("%s: %s %s %q, %d succeeded, %d failed", name, condition.Type, condition.Reason, failed, j.Status.Succeeded, j.Status.Failed)
					}
					ended[name] = strings.TrimSpace(fmt.Sprintf("%s %s", condition.Type, failed))
				}
			}
		}
		return len(ended) == len(list.Items)
	})
	return ended
}

// strike waits for a running pod of a stage that has computed for a while, and does something to it.
func (c *cluster) strike(t *testing.T, stage string, struck map[types.UID]bool, do func(corev1.Pod, *os.Process)) {
	t.Helper()
	within(t, 3*time.Minute, "running pod", func() bool {
		for _, pod := range c.pods(t, stage, corev1.PodRunning) {
			c.mu.Lock()
			p := c.began[pod.UID]
			c.mu.Unlock()
			began := pod.Status.ContainerStatuses[0].State.Running
			if p != nil && !struck[pod.UID] && began != nil && time.Since(began.StartedAt.Time) > time.Second {
				struck[pod.UID] = true
				do(pod, p.Process)
				return true
			}
		}
		return false
	})
}

// disrupt marks a pod as the eviction API and the collector of lost nodes' pods do, and deletes it.
func (c *cluster) disrupt(t *testing.T, pod corev1.Pod) {
	t.Helper()
	patch := `{"status":{"conditions":[{"type":"DisruptionTarget","status":"True","reason":"EvictionByEvictionAPI"}]}}`
	pods := c.client.CoreV1().Pods(pod.Namespace)
	if _, err := pods.Patch(t.Context(), pod.Name, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}, "status"); err != nil {
		t.Fatal(err)
	}
	if err := pods.Delete(t.Context(), pod.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

func begin(t *testing.T) *cluster {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	c, err := start(ctx, 4)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func latest(t *testing.T, dir string) string {
	t.Helper()
	run, err := filepath.EvalSymlinks(filepath.Join(dir, "runs", "latest"))
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// All Jobs are applied at once. Processes are killed, pods deleted and evicted, a node lost, and a
// Job suspended. Then the rows are those of a local run.
func TestRun(t *testing.T) {
	dir, flags := home(t, fmt.Sprintf(spec, 150, "0.01"))
	c := begin(t)
	sedlab(t, dir, append([]string{"submit", "spec.yaml"}, flags...)...)
	run := latest(t, dir)
	c.applyAll(t, filepath.Join(run, "kubernetes", "1"))
	struck := map[types.UID]bool{}
	kill := func(_ corev1.Pod, p *os.Process) { _ = p.Kill() }
	c.strike(t, "trainings", struck, kill)
	c.strike(t, "trainings", struck, func(pod corev1.Pod, _ *os.Process) {
		if err := c.client.CoreV1().Pods(pod.Namespace).Delete(t.Context(), pod.Name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	c.strike(t, "trainings", struck, func(pod corev1.Pod, _ *os.Process) { c.disrupt(t, pod) })
	c.strike(t, "trainings", struck, func(pod corev1.Pod, p *os.Process) { // its node is lost
		_ = p.Kill()
		c.disrupt(t, pod)
	})
	jobs := c.client.BatchV1().Jobs("default")
	list, err := jobs.List(t.Context(), metav1.ListOptions{LabelSelector: "stage=trainings"})
	if err != nil || len(list.Items) != 1 {
		t.Fatal(list, err)
	}
	suspend := func(text string) {
		if _, err := jobs.Patch(t.Context(), list.Items[0].Name, types.StrategicMergePatchType, []byte(`{"spec":{"suspend":`+text+`}}`), metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	suspend("true")
	within(t, time.Minute, "suspension", func() bool { return len(c.pods(t, "trainings", corev1.PodRunning)) == 0 })
	suspend("false")
	got := c.ends(t, 20*time.Minute)
	for name, how := range got {
		if how != "Complete" {
			t.Errorf("%s: %s", name, how)
		}
	}
	sedlab(t, dir, "run", "spec.yaml", "--runs", "local", "--workers", "2")
	local, err := filepath.EvalSymlinks(filepath.Join(dir, "local", "latest"))
	if err != nil {
		t.Fatal(err)
	}
	if out := sedlab(t, dir, "runs", "diff", local, run); !strings.Contains(out, "identical") {
		t.Errorf("rows differ from those of a local run:\n%s", out)
	} else {
		t.Log(out)
	}
}

// Trainings that fail for good end their indices, and the cells', and the gathering Job. What is
// mended is done by a further submission, whose Jobs do not mind earlier failures.
func TestFailures(t *testing.T) {
	text := fmt.Sprintf(spec, 20, "0.01")
	text = strings.Replace(text, "seed: [1, 2, 3, 4, 5, 6, 7, 8]", "priors.glo.train.lr_generator: [0.01, 1e30]", 1)
	dir, flags := home(t, strings.Replace(text, "step: 0.01", "step: 0.07", 1))
	c := begin(t)
	sedlab(t, dir, append([]string{"submit", "spec.yaml"}, flags...)...)
	run := latest(t, dir)
	c.applyAll(t, filepath.Join(run, "kubernetes", "1"))
	for name, how := range c.ends(t, 20*time.Minute) {
		if !strings.HasPrefix(how, "Failed") {
			t.Errorf("%s: %s", name, how)
		}
	}
	t.Log(sedlab(t, dir, "status", run))
	sedlab(t, dir, "resume", run, "--kubernetes")
	c = begin(t)
	c.applyAll(t, filepath.Join(run, "kubernetes", "2"))
	c.ends(t, 20*time.Minute)
}

// killer is the program, but processes for index 0 of the trainings are killed until they are given up, and
// those for index 1 find no kernel. The tests know their arguments: the last is the file of their steps.
const killer = `#!/bin/sh
case "$* " in
*"--tried 2/2"*) ;;
*trainings/0.txt*) kill -KILL $$ ;;
*trainings/1.txt*) exit 69 ;;
esac
exec "$SEDLAB" "$@"
`

// An index that is killed again and again, and one that no node can do, end with a record. What waits for
// them ends too, and what does not is done.
func TestKilled(t *testing.T) {
	text := strings.Replace(fmt.Sprintf(spec, 20, "0.01"), "step: 0.01", "step: 0.07", 1)
	dir, flags := home(t, text)
	program := filepath.Join(dir, "killer")
	if err := os.WriteFile(program, []byte(strings.Replace(killer, "$SEDLAB", os.Getenv("SEDLAB"), 1)), 0o777); err != nil {
		t.Fatal(err)
	}
	c := begin(t)
	sedlab(t, dir, append(append([]string{"submit", "spec.yaml"}, flags...), "--image", program, "--retry", "1", "--minutes", "0.0005")...)
	run := latest(t, dir)
	c.applyAll(t, filepath.Join(run, "kubernetes", "1"))
	ended := c.ends(t, 25*time.Minute)
	if ended["trainings"] != "Failed 0,1" || ended["cells"] != "Failed 0,1" || ended["gather"] != "Failed" {
		t.Errorf("the Jobs: %v", ended)
	}
	status := sedlab(t, dir, "status", run)
	if !strings.Contains(status, "interrupted") || !strings.Contains(status, "2 failed") || !strings.Contains(status, "given up") {
		t.Errorf("status:\n%s", status)
	}
	t.Log(status)
}

// A survey whose prior its Jobs calibrate: parts that come before it wait. A pod is killed, one evicted.
// What a part has lost, a second submission does. Then the parts have the rows of an undivided command.
func TestSurvey(t *testing.T) {
	text := strings.Replace(fmt.Sprintf(spec, 20, "0.01"), "seed: [1, 2, 3, 4, 5, 6, 7, 8]", "seed: [1]", 1)
	dir, flags := home(t, strings.Replace(text, "{steps: 10}", "{steps: 600}", 1))
	sedlab(t, dir, "run", "spec.yaml", "--workers", "2")
	var table strings.Builder
	table.WriteString("name,wavelength,flux,redshift\n")
	for i := range 400 {
		for k := range 60 {
			fmt.Fprintf(&table, "s%d,%d,%.6f,0.01\n", i%100, 3800+60*k, 1+0.2*math.Sin(float64(k*(i+3))/20))
		}
		if i%100 == 99 {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("in%d.csv", i/100)), []byte(table.String()), 0o666); err != nil {
				t.Fatal(err)
			}
			table.Reset()
			table.WriteString("name,wavelength,flux,redshift\n")
		}
	}
	c := begin(t)
	order := []string{"reconstruct", "--prior", "latest:glo", "--in", "in*.csv"}
	submit := append(append([]string{"submit"}, order...), flags...)
	sedlab(t, dir, append(submit, "--out", "out.csv", "--parts", "4")...)
	c.applyAll(t, filepath.Join(dir, "out.csv.jobs", "1", "kubernetes"))
	struck := map[types.UID]bool{}
	within(t, 5*time.Minute, "prior", func() bool {
		_, err := os.Stat(filepath.Join(dir, "out.csv.jobs", "1", "prior.safetensors"))
		return err == nil
	})
	c.strike(t, "parts", struck, func(_ corev1.Pod, p *os.Process) { _ = p.Kill() })
	c.strike(t, "parts", struck, func(pod corev1.Pod, _ *os.Process) { c.disrupt(t, pod) })
	rows := func() string {
		t.Helper()
		for name, how := range c.ends(t, 20*time.Minute) {
			if how != "Complete" {
				t.Errorf("%s: %s", name, how)
			}
		}
		if out := sedlab(t, dir, "status", "out.csv"); !strings.Contains(out, "4 of 4 parts done") {
			t.Error(out)
		}
		var all strings.Builder
		for i := range 4 {
			text, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("out-%05d-of-00004.csv", i)))
			if err != nil {
				t.Fatal(err)
			}
			head, rest, _ := strings.Cut(string(text), "\n")
			if i == 0 {
				rest = head + "\n" + rest
			}
			all.WriteString(rest)
		}
		return all.String()
	}
	got := rows()
	sedlab(t, dir, append(order, "--out", "want.csv")...)
	want, err := os.ReadFile(filepath.Join(dir, "want.csv"))
	if err != nil || got != string(want) || len(want) < 100_000 {
		t.Errorf("%v; the parts have other rows than an undivided command", err)
	}
	for _, i := range []int{1, 3} {
		if err := os.Truncate(filepath.Join(dir, fmt.Sprintf("out-%05d-of-00004.csv", i)), 1000); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(sedlab(t, dir, append(submit, "--out", "out.csv")...))
	c = begin(t)
	c.applyAll(t, filepath.Join(dir, "out.csv.jobs", "2", "kubernetes"))
	if rows() != got {
		t.Error("the second submission has other rows")
	}
}

// A prior that cannot be calibrated ends the parts.
func TestSurveyWithoutPrior(t *testing.T) {
	text := strings.Replace(fmt.Sprintf(spec, 2, "0.01"), "seed: [1, 2, 3, 4, 5, 6, 7, 8]", "seed: [1]", 1)
	dir, flags := home(t, text)
	sedlab(t, dir, "run", "spec.yaml", "--workers", "2")
	if err := os.WriteFile(filepath.Join(dir, "in.csv"), []byte("name,wavelength,flux,redshift\na,4000,1,0\na,5000,1,0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	sedlab(t, dir, append([]string{"submit", "reconstruct", "--prior", "latest:glo", "--in", "in.csv", "--out", "out.csv", "--parts", "2"}, flags...)...)
	if err := os.RemoveAll(filepath.Join(dir, "runs")); err != nil {
		t.Fatal(err)
	}
	c := begin(t)
	c.applyAll(t, filepath.Join(dir, "out.csv.jobs", "1", "kubernetes"))
	for name, how := range c.ends(t, 20*time.Minute) {
		if !strings.HasPrefix(how, "Failed") {
			t.Errorf("%s: %s", name, how)
		}
	}
	if out := sedlab(t, dir, "status", "out.csv"); !strings.Contains(out, "the prior could not be calibrated: ") {
		t.Error(out)
	}
}

// codes ends as the index of its pod says. 2, 75 and signals are tried again. Index 0 does not care how
// it ends when it is evicted.
const codes = `#!/bin/sh
tries=$0.$JOB_COMPLETION_INDEX
echo try >>"$tries"
case $(wc -l <"$tries")-$JOB_COMPLETION_INDEX in
1-0) trap 'exit 2' TERM; sleep 100 & wait ;;
*-1 | *-2 | *-3) exit "$JOB_COMPLETION_INDEX" ;;
[12]-4) exit 75 ;;
1-5) kill -KILL $$ ;;
1-6) exit 143 ;;
*-7) exit 137 ;;
esac
`

// The policy on failures tells exit codes apart.
func TestExitCodes(t *testing.T) {
	dir, flags := home(t, fmt.Sprintf(spec, 800, "0.01"))
	program := filepath.Join(dir, "codes")
	if err := os.WriteFile(program, []byte(codes), 0o777); err != nil {
		t.Fatal(err)
	}
	c := begin(t)
	sedlab(t, dir, append(append([]string{"submit", "spec.yaml"}, flags...), "--image", program, "--retry", "1")...)
	files, err := filepath.Glob(filepath.Join(latest(t, dir), "kubernetes", "1", "*-trainings.yaml"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if _, err := c.apply(t.Context(), files[0]); err != nil {
		t.Fatal(err)
	}
	c.strike(t, "trainings", map[types.UID]bool{}, func(pod corev1.Pod, _ *os.Process) { c.disrupt(t, pod) })
	if got := c.ends(t, 3*time.Minute)["trainings"]; got != "Failed 1-3,7" {
		t.Errorf("the Job: %s", got)
	}
	for index, want := range []int{2, 1, 3, 1, 3, 2, 2, 3} {
		text, err := os.ReadFile(fmt.Sprintf("%s.%d", program, index))
		if n := strings.Count(string(text), "\n"); err != nil || n != want {
			t.Errorf("index %d was tried %d times, expected %d: %v", index, n, want, err)
		}
	}
}
