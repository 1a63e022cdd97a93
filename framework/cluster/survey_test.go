package cluster_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/parquet-go/parquet-go"

	"sedlab/framework/app"
	"sedlab/framework/cluster"
	"sedlab/framework/repaired"
)

// surveyIn is a survey whose names of files are meant in a folder.
func surveyIn(dir string) *cluster.Survey {
	return &cluster.Survey{
		Out: "repaired.parquet", Dir: dir, Prior: "/runs/r1:glo", Parts: 16, Args: []string{"--in", "survey/*.parquet", "--set", "dataset.unit=\"nm\""},
		Store: []string{"--runs", "runs"}, Input: "0123", Kernel: "avx2",
	}
}

func TestSurveyScripts(t *testing.T) {
	dir := t.TempDir()
	s := surveyIn(dir)
	o := cluster.Options{Partition: "long", CPUs: 8, AtOnce: 50, Minutes: 10, MaxTasks: 100, Retry: 3, Program: "/opt/sedlab"}
	x := &app.Survey{Spectra: 1e6, Seconds: 3e4, Pieces: 40, Bytes: 1e9, Calibrate: 1e9}
	if n := cluster.Parts(x, o); n != 7 {
		t.Errorf("%d parts of ten minutes for 30,000 s on 8 processors, expected 7", n)
	}
	w, err := cluster.WriteSurvey(s, x, []int{0, 2, 3, 4, 9}, o)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, w.Folder, "survey", dir, "*.sh")
	if want := "calibrate: how long it takes is not known, as nothing was measured; it fails if it takes longer than 1h0m0s, unless --calibrate-time allows more"; !slices.Equal(w.Notes, []string{want}) {
		t.Errorf("notes: %q", w.Notes)
	}
	o.CalibrateTime, o.Time = "5:00:00", "30"
	if w, err = cluster.WriteSurvey(s, x, []int{1}, o); err != nil || w.Jobs[0].Time != "0-05:00:00" || w.Jobs[1].Time != "0-00:30:00" || len(w.Notes) != 0 {
		t.Errorf("with limits: %+v, %v", w, err)
	}
	x.File = true
	if w, err = cluster.WriteSurvey(s, x, []int{1}, o); err != nil || len(w.Jobs) != 1 {
		t.Errorf("with the file of a prior: %+v, %v", w, err)
	}
	for _, name := range []string{"repaired.parquet", "repaired.parquet.jobs", "repaired.parquet.jobs/"} {
		last, err := cluster.LastSurvey(cluster.FindSurvey(filepath.Join(dir, name)))
		if err != nil || last == nil || !cmp.Equal(last, s, cmpopts.IgnoreUnexported(*s)) {
			t.Errorf("%s: %+v, %v", name, last, err)
		}
	}
	if found := cluster.FindSurvey(filepath.Join(dir, "other.parquet")); found != "" {
		t.Errorf("found %s", found)
	}
}

// Whatever files are called, tasks get their names as they are.
func TestSurveyHostileNames(t *testing.T) {
	dir := filepath.Join(t.TempDir(), hostile)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	s := &cluster.Survey{Out: hostile, Dir: dir, Prior: hostile, Parts: 3, Args: []string{"--in", hostile}, Kernel: hostile}
	w, err := cluster.WriteSurvey(s, &app.Survey{}, []int{0, 1, 2}, cluster.Options{CPUs: 1, Program: "/bin/echo"})
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("bash", filepath.Join(w.Folder, "parts.sh"))
	c.Env = append(os.Environ(), "SLURM_ARRAY_JOB_ID=1", "SLURM_ARRAY_TASK_ID=2", "SLURM_CPUS_PER_TASK=2")
	out, err := c.CombinedOutput()
	prior := filepath.Join(w.Folder, "prior.safetensors")
	if want := fmt.Sprintf("reconstruct --prior %s --in %s --out %s --kernel %s --part 2/3 --workers 2\n", prior, hostile, hostile, hostile); err != nil || string(out) != want {
		t.Errorf("%v: got %q, expected %q", err, out, want)
	}
	for _, script := range []string{filepath.Join(w.Folder, "calibrate.sh"), w.Script} {
		if out, err := exec.Command("bash", "-n", script).CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", script, err, out)
		}
	}
}

// spectrum is a row of a Parquet file of spectra.
type spectrum struct {
	Wavelength []float64 `parquet:"wavelength,list"`
	Flux       []float64 `parquet:"flux,list"`
	Redshift   float64   `parquet:"redshift"`
}

// writeSurvey writes a Parquet file of spectra, in row groups of some sizes.
func writeSurvey(t *testing.T, path string, groups ...int) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w, row := parquet.NewGenericWriter[spectrum](file), 0.0
	for _, n := range groups {
		for range n {
			row++
			x := spectrum{Redshift: 0.0001 * row}
			for i := range 100 {
				lambda := 3700 + 30*float64(i)
				x.Wavelength, x.Flux = append(x.Wavelength, lambda), append(x.Flux, 2+math.Sin(lambda/300+row))
			}
			if _, err := w.Write([]spectrum{x}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func repairedRows(t *testing.T, pattern string) (rows []repaired.Spectrum) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v, %v", pattern, files, err)
	}
	for _, file := range files {
		list, err := parquet.ReadFile[repaired.Spectrum](file)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		rows = append(rows, list...)
	}
	return rows
}

// taskOf returns the process of a part that has saved spectra, or 0.
func taskOf(dir string, part int) int {
	saved, _ := filepath.Glob(filepath.Join(dir, fmt.Sprintf("out-%05d-of-00004.parquet.part", part), "*.part"))
	if len(saved) == 0 {
		return 0
	}
	entries, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the only possible error is a bad pattern
	for _, path := range entries {
		text, _ := os.ReadFile(path) // it may have ended
		here, _ := os.Readlink(filepath.Join(filepath.Dir(path), "cwd"))
		if strings.Contains(string(text), fmt.Sprintf("--part\x00%d/4\x00", part)) && here == dir {
			var pid int
			if _, err := fmt.Sscanf(path, "/proc/%d/cmdline", &pid); err == nil {
				return pid
			}
		}
	}
	return 0
}

// A survey is submitted, one of its tasks is killed, and one is warned of its time limit. The same
// command submits what is missing. Then all parts together have the rows of an undivided command, and
// nothing was done twice.
func TestSlurmSurvey(t *testing.T) {
	needSlurm(t)
	dir, program := home(t, 1)
	write(t, filepath.Join(dir, "prior.yaml"), `
name: prior
dataset: {source: synthetic, size: 200}
priors: {glo: {kind: glo, code_dim: 4, hidden: [16], train: {epochs: 3, batch_size: 16}}}
problem: {operator: inpainting, missing_fraction: 0.3}
solver: {steps: 300}
evaluate: {signals: 10, keep: 0}
`)
	writeSurvey(t, filepath.Join(dir, "in.parquet"), 600, 100, 900, 100, 700, 600)
	t.Parallel()
	sedlab(t, dir, program, "run", "prior.yaml")
	order := []string{"--prior", "latest:glo", "--in", "in.parquet"}
	submit := append([]string{"submit", "reconstruct"}, append(order, "--out", "out.parquet", "--parts", "4", "--slurm", "--partition", "two", "--cpus", "1", "--mem", "300M", "--program", program)...)
	if out := sedlab(t, dir, program, submit...); !strings.Contains(out, "calibrate") {
		t.Errorf("submit: %s", out)
	}
	if out, err := inDir(dir, program, submit...); err == nil || !strings.Contains(out, "Slurm still has ") {
		t.Errorf("submitted twice: %v, %s", err, out)
	}
	struck := map[int]bool{}
	for _, strike := range []func(part, pid int){
		func(_, pid int) { signal(t, pid, syscall.SIGKILL) },
		func(part, pid int) {
			reachLimit(t, worker{pid: pid, task: surveyJob(t, dir, "parts") + "_" + fmt.Sprint(part)})
		},
	} {
		within(t, "at work on parts", func() bool {
			for part := range 4 {
				pid := taskOf(dir, part)
				if _, ticks := stat(pid); pid == 0 || struck[part] || ticks < 50 { // it heeds signals, and repairs spectra
					continue
				}
				if syscall.Kill(pid, syscall.SIGSTOP) != nil { // it might end before it is struck
					continue
				}
				within(t, "stopped", func() bool { state, _ := stat(pid); return state == "T" || state == "Z" || state == "" })
				if state, _ := stat(pid); state != "T" {
					continue
				}
				struck[part] = true
				strike(part, pid)
				return true
			}
			return false
		})
	}
	gone := func() bool {
		jobs, err := cluster.SurveyJobs(filepath.Join(dir, "out.parquet.jobs"))
		if err != nil {
			t.Fatal(err)
		}
		return len(queue(t, jobs)) == 0
	}
	within(t, "ended", gone)
	out := sedlab(t, dir, program, "status", "out.parquet")
	if !strings.Contains(out, "out.parquet: 3 of 4 parts done, 0 running, 0 waiting, 1 failed") || !strings.Contains(out, "Killed") {
		t.Errorf("status after a kill:\n%s", out)
	}
	if out := sedlab(t, dir, program, submit...); strings.Contains(out, "parts  -") || strings.Contains(out, "calibrate") {
		t.Errorf("submitted again: %s", out)
	}
	within(t, "ended again", gone)
	if out := sedlab(t, dir, program, submit...); !strings.Contains(out, "all done; there is nothing left to do") {
		t.Errorf("submitted a third time: %s", out)
	}
	sedlab(t, dir, program, append([]string{"reconstruct", "--out", "want.parquet"}, order...)...)
	want, got := repairedRows(t, filepath.Join(dir, "want.parquet")), repairedRows(t, filepath.Join(dir, "out-*-of-00004.parquet"))
	bits := cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })
	if diff := cmp.Diff(want, got, bits); diff != "" || len(got) != 3000 {
		t.Errorf("%d rows differ from those of an undivided command: %.2000s", len(got), diff)
	}
	resumed := 0
	for part := range 4 {
		var m struct{ Result struct{ Resumed int } }
		text, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("out-%05d-of-00004.manifest.json", part)))
		if err == nil {
			err = json.Unmarshal(text, &m)
		}
		if err != nil {
			t.Fatal(err)
		}
		if m.Result.Resumed > 0 {
			resumed++
		}
	}
	if resumed != 2 {
		t.Errorf("%d parts went on from what they had, expected 2", resumed)
	}
}

// surveyJob returns the number of the first job of a name.
func surveyJob(t *testing.T, dir, name string) string {
	t.Helper()
	jobs, err := cluster.SurveyJobs(filepath.Join(dir, "out.parquet.jobs"))
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if j.Name == name {
			return j.Job
		}
	}
	t.Fatalf("no job %s in %v", name, jobs)
	return ""
}

// inDir calls the program in a folder.
func inDir(dir, program string, args ...string) (string, error) {
	c := exec.Command(program, args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}
