package cluster

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"text/template"

	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/disk"
	"sedlab/internal/durable"
	"sedlab/internal/escape"
	"sedlab/internal/sums"
)

// Each submission to Slurm has a folder, 1, 2, …, in store.SlurmFolder of the run. These are files of
// it.
const (
	submitFile = "submit.sh"
	jobsFile   = "jobs.jsonl"
	// optionsFile has the options of the last submission, in the folder of the submissions.
	optionsFile = "options.yaml"
)

// Submission is a folder with the scripts of jobs for Slurm.
type Submission struct {
	Run    string     `json:"run,omitempty"` // the run's folder
	Folder string     `json:"folder"`
	Script string     `json:"script"` // submits the jobs
	Jobs   []Planned  `json:"jobs"`
	Queued []SlurmJob `json:"submitted"`       // empty until Submit
	Notes  []string   `json:"notes,omitempty"` // on limits that are below the estimates

	scripts []script
}

// Planned is a job that a Submission has.
type Planned struct {
	Name    string  `json:"name"`
	Tasks   int     `json:"tasks"`
	Steps   int     `json:"steps"`
	Seconds float64 `json:"expected_seconds"` // of the longest task
	Time    string  `json:"time"`
	Mem     string  `json:"mem"`
}

// Write writes the scripts of the jobs for what a run lacks into a new folder of the run.
func Write(w *app.Workload, o Options) (*Submission, error) {
	program, err := programOf(o)
	if err != nil {
		return nil, err
	}
	run, err := filepath.Abs(w.Dir)
	if err != nil {
		return nil, err
	}
	s := &Submission{Run: run, Jobs: []Planned{}}
	if s.Folder, err = newFolder(filepath.Join(run, store.SlurmFolder), filepath.Join(run, store.KubernetesFolder)); err != nil {
		return nil, err
	}
	s.Script = filepath.Join(s.Folder, submitFile)
	for _, j := range jobs(w, o) {
		if err := errors.Join(writeSteps(s.Folder, j), s.add(runScript(j, o, w.ID, run, filepath.Base(s.Folder), program))); err != nil {
			return nil, err
		}
	}
	return s, s.finish("run "+w.ID, afterAny, o, filepath.Dir(s.Folder))
}

// add writes the script of a job.
func (s *Submission) add(x script) error {
	x.Submission, x.Env = filepath.Base(s.Folder), environment()
	s.scripts, s.Notes = append(s.scripts, x), append(s.Notes, x.notes()...)
	s.Jobs = append(s.Jobs, Planned{x.Name(), x.Count, x.Steps, x.Expect.Seconds(), clock(x.limit()), x.mem()})
	return execute(filepath.Join(s.Folder, x.Name()+".sh"), 0o755, jobScript, x)
}

// finish writes the script that submits the jobs, and keeps their options in a folder, for the next
// submission.
func (s *Submission) finish(what, after string, o Options, keep string) error {
	data := struct {
		What, After, File, Folder, Clusters string
		Jobs                                []script
	}{escape.Control(what, ""), after, jobsFile, s.Folder, o.Clusters(), s.scripts}
	return errors.Join(o.write(keep), execute(s.Script, 0o755, submitScript, data))
}

// writeSteps writes the files with the steps of a job's tasks, if they are known.
func writeSteps(folder string, j job) error {
	if j.Tasks != nil {
		if err := disk.Mkdir(filepath.Join(folder, j.Name()), 0o777); err != nil {
			return err
		}
	}
	for i, t := range j.Tasks {
		if err := writeFile(filepath.Join(folder, j.stepFile(strconv.Itoa(i))), t.text()); err != nil {
			return err
		}
	}
	return nil
}

// execute writes what a template makes.
func execute(path string, perm fs.FileMode, t *template.Template, data any) error {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return err
	}
	return durable.WriteFileAs(path, perm, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err })
}

func writeFile(path, text string) error {
	return durable.WriteFile(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
}

// newFolder makes the next of the folders 1, 2, … in a folder of the run, which may be no link: what
// it leads to is not the run's. Its number is above those in the other folders.
func newFolder(in string, others ...string) (string, error) {
	if err := disk.MkdirAll(in, 0o777); err != nil {
		return "", err
	}
	if info, err := os.Lstat(in); err != nil || !info.IsDir() {
		return "", cmp.Or(err, fmt.Errorf("%s: is a link; move it away", in))
	}
	n := 1
	for _, other := range others {
		last, err := lastNumber(other)
		if err != nil {
			return "", err
		}
		n = max(n, last+1)
	}
	for ; ; n++ {
		dir := filepath.Join(in, strconv.Itoa(n))
		if err := disk.Mkdir(dir, 0o777); !errors.Is(err, fs.ErrExist) {
			return dir, err
		}
	}
}

// programOf returns the path by which the nodes call the program.
func programOf(o Options) (string, error) {
	if o.Program != "" {
		return o.Program, nil
	}
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("path of this program: %w", err)
	}
	return path, nil
}

// Available returns an error if there is no Slurm to submit jobs to.
func Available() error {
	_, err := exec.LookPath("sbatch")
	return err
}

// Alone calls do while no other process, on file systems with locks, submits from the same folder of
// submissions.
func Alone(folder string, do func() error) error {
	if err := disk.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	return sums.Locked(folder, ".lock", do)
}

// Submit hands the jobs to Slurm. Either all are submitted or none, also if ctx ends.
func (s *Submission) Submit(ctx context.Context) (err error) {
	c := exec.CommandContext(ctx, "bash", s.Script)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}                  // Ctrl-C is for this process alone
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) } // the script cancels what it has submitted
	if _, err = run(ctx, c); err != nil {
		return err
	}
	s.Queued, err = readJobs(s.Folder)
	return err
}

// CallError reports a command of the cluster that failed or is missing.
type CallError struct {
	Command string
	Said    string // on standard error
	Err     error
}

func (e *CallError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%s: %v: %s", e.Command, e.Err, e.Said))
}

// Unwrap returns the cause.
func (e *CallError) Unwrap() error { return e.Err }

// call returns what a command prints that may be called twice. Slurm's commands die of SIGPIPE if the
// controller, which has much to do, closes their connection.
func call(ctx context.Context, name string, args ...string) (string, error) {
	out, err := run(ctx, exec.CommandContext(ctx, name, args...))
	ended := new(exec.ExitError)
	if errors.As(err, &ended) && ended.Sys().(syscall.WaitStatus).Signal() == syscall.SIGPIPE {
		return run(ctx, exec.CommandContext(ctx, name, args...))
	}
	return out, err
}

func run(ctx context.Context, c *exec.Cmd) (string, error) {
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		return "", errors.Join(ctx.Err(), &CallError{filepath.Base(c.Path), strings.TrimSpace(errs.String()), err})
	}
	return out.String(), nil
}
