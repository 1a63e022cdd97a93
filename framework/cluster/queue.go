package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sedlab/framework/store"
	"sedlab/internal/regular"
)

// SlurmJob is a job that has been submitted, as submit.sh notes it.
type SlurmJob struct {
	Name      string    `json:"name"`              // such as cells
	Job       string    `json:"job"`               // its number
	Cluster   string    `json:"cluster,omitempty"` // of several that are managed together
	Title     string    `json:"title"`             // by which Slurm knows it; numbers are given again
	Tasks     int       `json:"tasks"`
	Submitted time.Time `json:"submitted"`
	Folder    string    `json:"folder"` // of the submission
}

// elsewhere reports whether a job belongs to another folder, of which this one is a copy. If a folder
// was moved instead, the old one is gone. What cannot be seen now is not taken for another.
func (j SlurmJob) elsewhere(folder string) bool {
	own, err := os.Stat(j.Folder)
	here, failed := os.Stat(folder)
	return j.Folder != "" && err == nil && failed == nil && !os.SameFile(own, here)
}

// maxJobs is the size of the largest file of submitted jobs that is read [bytes].
const maxJobs = 1 << 20

// readJobs reads the jobs of one submission; there are none before it is submitted. A copy of its
// folder has none.
func readJobs(folder string) ([]SlurmJob, error) {
	list, err := noted(folder)
	return slices.DeleteFunc(list, func(j SlurmJob) bool { return j.elsewhere(folder) }), err
}

// noted returns the jobs that submit.sh has noted in a folder.
func noted(folder string) (list []SlurmJob, err error) {
	text, err := regular.ReadIn(folder, jobsFile, maxJobs)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		var j SlurmJob
		if err := json.Unmarshal(line, &j); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", filepath.Join(folder, jobsFile), n, err)
		}
		list = append(list, j)
	}
	return list, nil
}

// folders returns the folders of submissions in a folder, the oldest first.
func folders(in string) (list []string, err error) {
	entries, err := os.ReadDir(in)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var numbers []int
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		list = append(list, filepath.Join(in, strconv.Itoa(n)))
	}
	return list, err
}

// lastNumber returns the number of the newest submission in a folder, or 0 if there is none.
func lastNumber(in string) (n int, err error) {
	list, err := folders(in)
	if len(list) > 0 {
		n, _ = strconv.Atoi(filepath.Base(list[len(list)-1]))
	}
	return n, err
}

// Jobs returns the jobs of all submissions of a run, the oldest first.
func Jobs(run string) (all []SlurmJob, err error) {
	return jobsIn(filepath.Join(run, store.SlurmFolder))
}

// CopyOf returns the folder of the run that a run's folder was copied from, with the notes of its jobs,
// or "" if it has no such notes. The jobs are those of the original only.
func CopyOf(run string) string {
	list, _ := folders(filepath.Join(run, store.SlurmFolder))
	for _, folder := range list {
		jobs, _ := noted(folder)
		for _, j := range jobs {
			if j.elsewhere(folder) {
				return filepath.Dir(filepath.Dir(j.Folder))
			}
		}
	}
	return ""
}

// jobsIn returns the jobs of all submissions in a folder, the oldest first.
func jobsIn(folder string) (all []SlurmJob, err error) {
	list, err := folders(folder)
	for _, folder := range list {
		jobs, failed := readJobs(folder)
		all, err = append(all, jobs...), errors.Join(err, failed)
	}
	return all, err
}

// Task is a task of a job, as Slurm lists it.
type Task struct {
	ID      string `json:"id"` // such as 12_3
	Name    string `json:"name"`
	State   string `json:"state"`            // Slurm's word, such as PENDING
	Reason  string `json:"reason,omitempty"` // why it waits
	Node    string `json:"node,omitempty"`
	Elapsed string `json:"elapsed,omitempty"` // for how long it has run, as Slurm writes it
}

// Queue returns what Slurm still has of jobs: tasks that wait or run.
func Queue(ctx context.Context, jobs []SlurmJob) ([]Task, error) {
	// Named numbers that are gone would be an error, so it asks for titles.
	return query(ctx, jobs, func(cluster string, some []SlurmJob) (lines []Task, err error) {
		out, err := call(ctx, "squeue", on(cluster, "--array", "--noheader", "--format=%i|%T|%r|%N|%M|%j", "--name="+titles(some))...)
		for line := range strings.Lines(out) {
			f := strings.SplitN(strings.TrimSpace(line), "|", 6)
			switch {
			case len(f) == 6:
				lines = append(lines, Task{f[0], f[5], f[1], strings.Trim(f[2], "()"), f[3], f[4]})
			case !strings.HasPrefix(line, "CLUSTER: "):
				return nil, fmt.Errorf("squeue: got the line %q; expected six parts", line)
			}
		}
		return lines, err
	})
}

// Ended returns how the tasks of jobs ended, where the cluster keeps accounts; else it returns none.
func Ended(ctx context.Context, jobs []SlurmJob) []Task {
	all, err := query(ctx, jobs, func(cluster string, some []SlurmJob) (lines []Task, err error) {
		var numbers []string
		for _, j := range some {
			numbers = append(numbers, j.Job)
		}
		out, err := call(ctx, "sacct", on(cluster, "--allocations", "--noheader", "--parsable2", "--format=JobID,State,NodeList,Elapsed,JobName",
			"--jobs="+strings.Join(numbers, ","))...)
		for line := range strings.Lines(out) {
			f := strings.SplitN(strings.TrimSpace(line), "|", 5)
			if len(f) == 5 && !strings.HasPrefix(f[1], "PENDING") && !strings.HasPrefix(f[1], "RUNNING") {
				lines = append(lines, Task{ID: f[0], Name: f[4], State: f[1], Node: f[2], Elapsed: f[3]})
			}
		}
		return lines, err
	})
	if err != nil {
		return nil // accounts are optional
	}
	return all
}

// query asks each cluster for the tasks of its jobs, which are named by the titles of their jobs, and
// returns those that are of jobs, with their names.
func query(ctx context.Context, jobs []SlurmJob, ask func(cluster string, some []SlurmJob) ([]Task, error)) (all []Task, err error) {
	clusters := map[string][]SlurmJob{}
	for _, j := range jobs {
		clusters[j.Cluster] = append(clusters[j.Cluster], j)
	}
	for _, cluster := range slices.Sorted(maps.Keys(clusters)) {
		some := clusters[cluster]
		tasks, err := ask(cluster, some)
		if err != nil {
			return nil, err
		}
		for _, t := range tasks {
			i := slices.IndexFunc(some, func(j SlurmJob) bool { return j.Job == t.job() && j.Title == t.Name })
			if i >= 0 {
				t.Name = some[i].Name
				all = append(all, t)
			}
		}
	}
	return all, nil
}

// job returns the number of the task's job.
func (t Task) job() string {
	number, _, _ := strings.Cut(t.ID, "_")
	return number
}

func titles(jobs []SlurmJob) string {
	var list []string
	for _, j := range jobs {
		list = append(list, j.Title)
	}
	return strings.Join(list, ",")
}

// on returns the arguments of a command of Slurm about a cluster.
func on(cluster string, args ...string) []string {
	if cluster != "" {
		args = append([]string{"--clusters=" + cluster}, args...)
	}
	return args
}

// patience is how long Cancel waits until tasks have saved their states. Slurm kills them a while
// after it has told them to end, by default 30 s.
const patience = 2 * time.Minute

// Cancel ends the jobs of a run that wait or run, waits until they have, and returns their
// numbers.
func Cancel(ctx context.Context, jobs []SlurmJob) (cancelled []string, err error) {
	queued, err := Queue(ctx, jobs)
	if err != nil {
		return nil, err
	}
	for _, j := range slices.Backward(jobs) { // the end of a job would begin the next one
		if slices.ContainsFunc(queued, func(t Task) bool { return t.job() == j.Job }) {
			if _, err = call(ctx, "scancel", on(j.Cluster, j.Job)...); err != nil {
				return cancelled, err
			}
			cancelled = append(cancelled, j.Job)
		}
	}
	for end := time.Now().Add(patience); len(queued) > 0; {
		if time.Now().After(end) {
			return cancelled, fmt.Errorf("%d tasks have not ended %v after they were cancelled; the first is %s on %s", len(queued), patience, queued[0].ID, queued[0].Node)
		}
		select {
		case <-ctx.Done():
			return cancelled, ctx.Err()
		case <-time.After(time.Second):
		}
		if queued, err = Queue(ctx, jobs); err != nil {
			return cancelled, err
		}
	}
	return cancelled, nil
}
