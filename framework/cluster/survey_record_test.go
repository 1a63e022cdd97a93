package cluster_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/cluster"
)

// submitted notes a job of parts for a submission, as submit.sh does, and says what is in the log of
// one of them.
func submitted(t *testing.T, folder, job, part, log string) {
	t.Helper()
	write(t, filepath.Join(folder, "jobs.jsonl"), fmt.Sprintf("{\"name\":\"parts\",\"job\":%q,\"tasks\":16,\"title\":\"sedlab\"}\n", job))
	if log != "" {
		write(t, filepath.Join(folder, "logs", "parts-"+job+"_"+part+".log"), log+"\n")
	}
}

// What is only written to be submitted takes neither the place nor the options of what was.
func TestLastSurvey(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "repaired.parquet.jobs")
	add := func(parts, cpus int) string {
		s := surveyIn(dir)
		s.Parts = parts
		w, err := cluster.WriteSurvey(s, &app.Survey{File: true}, []int{0, 1}, cluster.Options{CPUs: cpus, Minutes: 1, MaxTasks: 10, Retry: 1})
		if err != nil {
			t.Fatal(err)
		}
		return w.Folder
	}
	last := func(parts, cpus int) {
		t.Helper()
		s, err := cluster.LastSurvey(in)
		if err != nil || s.Parts != parts {
			t.Fatalf("%+v, %v; expected the one of %d parts", s, err, parts)
		}
		if o, err := cluster.SurveyOptions(s, "", nil); err != nil || o.CPUs != cpus {
			t.Errorf("%+v, %v; expected those with %d processors", o, err, cpus)
		}
	}
	if s, err := cluster.LastSurvey(in); s != nil || err != nil {
		t.Errorf("before there is one: %+v, %v", s, err)
	}
	first := add(3, 1)
	last(3, 1)
	add(4, 2)
	last(4, 2)
	submitted(t, first, "7", "", "")
	last(3, 1)
	submitted(t, add(5, 3), "8", "", "")
	last(5, 3)
}

// The log of a part is that of the last submission that had it, even if that has not begun it.
func TestSurveyLogTail(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "repaired.parquet.jobs")
	var folders []string
	for _, parts := range [][]int{{0, 1, 2}, {1, 2}, {2}} {
		w, err := cluster.WriteSurvey(surveyIn(dir), &app.Survey{File: true}, parts, cluster.Options{CPUs: 1, Minutes: 1, MaxTasks: 10})
		if err != nil {
			t.Fatal(err)
		}
		folders = append(folders, w.Folder)
	}
	tail := func(part int, want string) {
		t.Helper()
		path, lines := cluster.LogTail(in, part, 5)
		if strings.Join(lines, "") != want || (path == "") != (want == "") {
			t.Errorf("part %d: %q of %s, expected %q", part, lines, path, want)
		}
	}
	submitted(t, folders[0], "7", "1", "first failure")
	tail(1, "first failure")
	submitted(t, folders[1], "8", "2", "second failure")
	tail(1, "")
	tail(2, "second failure")
	write(t, filepath.Join(folders[2], "logs", "parts-9_2.log"), "not submitted\n")
	tail(2, "second failure")
}

// A record that others have made is refused, or leads to nothing but its own survey.
func TestSurveyRecord(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "repaired.parquet.jobs", "1", "survey.json")
	if _, err := cluster.WriteSurvey(surveyIn(dir), &app.Survey{File: true}, []int{0, 1}, cluster.Options{CPUs: 1, Minutes: 1, MaxTasks: 10}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	in := filepath.Dir(filepath.Dir(file))
	for _, c := range [][3]string{
		{`"parts":16`, `"parts":1000000000000`, "is no record of a survey"},
		{`"parts":16`, `"parts":-1`, "is no record of a survey"},
		{`"parts":16`, `"parts":1`, "is no record of a survey"}, // fewer than in only
		{`"only":[0,1]`, `"only":[1,0]`, "is no record of a survey"},
		{`"only":[0,1]`, `"only":[-1,0]`, "is no record of a survey"},
		{`"--in"`, `"--program"`, "is no record of a survey"},
		{`["--runs","runs"]`, `["--runs"]`, "is no record of a survey"},
		{`"prior":"/runs/r1:glo"`, `"prior":""`, "is no record of a survey"},
		{`"dir":"` + dir, `"dir":"` + filepath.Base(dir), "is no record of a survey"},
		{`"out":"repaired.parquet"`, `"out":"/etc/other.parquet"`, "is the record of another survey, /etc/other.parquet"},
		{string(text), "null", "is no record of a survey"},
		{string(text), "{", "unexpected end of JSON input"},
	} {
		changed := strings.Replace(string(text), c[0], c[1], 1)
		if changed == string(text) {
			t.Fatalf("%s is not in %s", c[0], text)
		}
		write(t, file, changed)
		if s, err := cluster.LastSurvey(in); err == nil || !strings.Contains(err.Error(), file+": "+c[2]) {
			t.Errorf("%s: %+v, %v; expected %q", c[1], s, err, c[2])
		}
	}
	write(t, file, string(text))
	s, err := cluster.LastSurvey(in)
	want := []string{"submit", "reconstruct", "--prior", "/runs/r1:glo", "--in", "survey/*.parquet", "--set", `dataset.unit="nm"`, "--out", "repaired.parquet", "--parts", "16", "--slurm", "--runs", "runs"}
	if err != nil || !slices.Equal(s.Again(), want) {
		t.Errorf("%v: %q", err, s.Again())
	}
	if s, err := cluster.LastSurvey(filepath.Join(dir, "empty")); s != nil || err != nil {
		t.Errorf("no folder: %+v, %v", s, err)
	}
}

// A calibration that its time limit ends keeps nothing, so it is not begun again, and says what to do.
func TestCalibrationCut(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	write(t, program, "#!/bin/bash\ntrap 'exit 130' TERM\nsleep 0.3\nkill -USR1 $PPID\nfor i in {1..100}; do sleep 0.1; done\n")
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	w, err := cluster.WriteSurvey(surveyIn(dir), &app.Survey{}, []int{1}, cluster.Options{CPUs: 1, CalibrateTime: "90", Program: program, Retry: 3})
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("bash", filepath.Join(w.Folder, "calibrate.sh"))
	c.Env = append(os.Environ(), "SLURM_JOB_ID=1", "SLURM_CPUS_PER_TASK=2")
	out, _ := c.CombinedOutput() // the exit code says it
	want := "the time limit of 0-01:30:00 has ended this, and nothing of it is kept; to go on, add more --calibrate-time to: cd " + dir + " && " + program + " submit reconstruct"
	if c.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), want) || strings.Contains(string(out), "scontrol") {
		t.Errorf("exit code %d, %s", c.ProcessState.ExitCode(), out)
	}
}

func TestSurveyManifests(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b")
	for _, name := range []string{"SEDLAB_DATA", "SEDLAB_HOSTNAME", "XDG_CACHE_HOME"} {
		t.Setenv(name, "")
	}
	o := cluster.Options{CPUs: 8, AtOnce: 50, Minutes: 10, MaxTasks: 100, Retry: 3, Mem: "2G", Image: "example.org/sedlab:1", Claim: "data", Mount: dir, User: "1000:100", Namespace: "spectra"}
	s, x := surveyIn(dir), &app.Survey{Spectra: 1e6, Seconds: 3e4, Pieces: 40, Bytes: 1e9, Calibrate: 1e9, Inputs: []string{filepath.Join(dir, "survey/a.parquet")}}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	s.Indexed, s.Args = true, append(s.Args, "--in", "$(HOSTNAME).csv")
	if err := s.Visible(x, o); err == nil || !strings.Contains(err.Error(), "/runs/r1: is not below ") {
		t.Errorf("a run that pods cannot see: %v", err)
	}
	s.Prior = filepath.Join(dir, "runs/r1") + ":glo"
	if err := s.Visible(x, o); err != nil {
		t.Error(err)
	}
	x.Inputs = append(x.Inputs, "/home/me/b.parquet")
	if err := s.Visible(x, o); err == nil || !strings.Contains(err.Error(), "/home/me/b.parquet: is not below ") {
		t.Errorf("spectra that pods cannot see: %v", err)
	}
	x.Inputs, x.Caches = x.Inputs[:1], []string{filepath.Join(dir, "cache"), "/home/me/cache"}
	if err := s.Visible(x, o); err == nil || !strings.Contains(err.Error(), "/home/me/cache: is not below ") {
		t.Errorf("a cache that pods cannot see: %v", err)
	}
	if err := s.Visible(&app.Survey{Calibrated: true, Caches: x.Caches}, o); err != nil {
		t.Errorf("a cache that no pod needs: %v", err)
	}
	m, err := cluster.WriteSurveyKubernetes(s, x, []int{0, 2, 3, 9}, o)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, m.Folder, "survey-kubernetes", dir, "*.yaml")
	if text, err := os.ReadFile(filepath.Join(s.Folder(), "parts.txt")); err != nil || string(text) != "0\n2\n3\n9\n" {
		t.Errorf("%q, %v", text, err)
	}
	x.File = true
	if m, err = cluster.WriteSurveyKubernetes(s, x, []int{0, 1}, o); err != nil || len(m.Jobs) != 1 {
		t.Errorf("with the file of a prior: %+v, %v", m, err)
	}
	if last, err := cluster.LastSurvey(cluster.FindSurvey(s.Path())); err != nil || last == nil || last.Folder() != s.Folder() {
		t.Errorf("%+v, %v; expected the second submission", last, err)
	}
}

// Of two who submit a survey at once, one does.
func TestSurveyTwoSubmitters(t *testing.T) {
	dir, program := home(t, 1)
	write(t, filepath.Join(dir, "prior.yaml"), `
name: prior
dataset: {source: synthetic, size: 100}
priors: {pca: {kind: pca, code_dim: 3}}
problem: {operator: denoising}
evaluate: {signals: 2, keep: 0}
`)
	writeSurvey(t, filepath.Join(dir, "in.parquet"), 2, 2)
	sedlab(t, dir, program, "run", "prior.yaml")
	for name, text := range map[string]string{
		"sbatch": `id=$(($(wc -l <queue) + 1)); sleep 0.2; echo "$id|PENDING|None||0:00|$(sed -n 's/^#SBATCH --job-name="\(.*\)"$/\1/p' "$script")" >>queue; echo "$id"`,
		"squeue": "cat queue",
	} {
		write(t, filepath.Join(dir, "bin", name), "#!/bin/bash\nscript=$PWD/${!#}\ncd -- \"$(dirname -- \"$0\")\"\n"+text+"\n")
		if err := os.Chmod(filepath.Join(dir, "bin", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "bin", "queue"), "")
	t.Setenv("PATH", filepath.Join(dir, "bin")+":/usr/bin:/bin")
	said := make(chan string, 2)
	for range cap(said) {
		go func() {
			out, err := inDir(dir, program, "submit", "reconstruct", "--prior", "latest:pca", "--in", "in.parquet", "--out", "out.parquet", "--parts", "2", "--slurm", "--program", program)
			said <- fmt.Sprint(err, " ", out)
		}()
	}
	all := []string{<-said, <-said}
	slices.Sort(all) // <nil> comes first
	if want := "out.parquet.jobs: Slurm still has 2 tasks, the first is 1 (calibrate, PENDING)"; !strings.HasPrefix(all[0], "<nil> ") || !strings.HasPrefix(all[1], "exit status 2 ") || !strings.Contains(all[1], want) {
		t.Errorf("%q", all)
	}
	if _, err := os.Stat(filepath.Join(dir, "out.parquet.jobs", "2")); err == nil {
		t.Error("there are two submissions")
	}
}
