package cluster

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sedlab/framework/store"
)

// SlurmJob is a job that has been submitted, as submit.sh notes it.
type SlurmJob struct {
	Name      string    `json:"name"` // such as cells
	Job       string    `json:"job"`  // its number
	Tasks     int       `json:"tasks"`
	Submitted time.Time `json:"submitted"`
}

// readJobs reads the jobs of one submission; there are none before it is submitted.
func readJobs(folder string) (list []SlurmJob, err error) {
	path := filepath.Join(folder, jobsFile)
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		var j SlurmJob
		if err := json.Unmarshal(lines.Bytes(), &j); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		list = append(list, j)
	}
	return list, lines.Err()
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

// Jobs returns the jobs of all submissions of a run, the oldest first.
func Jobs(run string) (all []SlurmJob, err error) {
	return jobsIn(filepath.Join(run, store.SlurmFolder))
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
func Queue(ctx context.Context, jobs []SlurmJob) (list []Task, err error) {
	if len(jobs) == 0 {
		return nil, nil
	}
	names := map[string]string{}
	for _, j := range jobs {
		names[j.Job] = j.Name
	}
	// Named jobs that are gone would be an error, so it lists all of the user's.
	out, err := call(ctx, "squeue", "--me", "--array", "--noheader", "--format=%i|%T|%r|%N|%M")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(out) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) != 5 {
			return nil, fmt.Errorf("squeue: got the line %q; expected five parts", line)
		}
		number, _, _ := strings.Cut(f[0], "_")
		if name, ours := names[number]; ours {
			list = append(list, Task{f[0], name, f[1], strings.Trim(f[2], "()"), f[3], f[4]})
		}
	}
	return list, nil
}

// Ended returns how the tasks of jobs ended, where the cluster keeps accounts; else it returns none.
func Ended(ctx context.Context, jobs []SlurmJob) (list []Task) {
	if len(jobs) == 0 {
		return nil
	}
	var ids []string
	names := map[string]string{}
	for _, j := range jobs {
		ids, names[j.Job] = append(ids, j.Job), j.Name
	}
	out, err := call(ctx, "sacct", "--allocations", "--noheader", "--parsable2", "--format=JobID,State,NodeList,Elapsed", "--jobs="+strings.Join(ids, ","))
	if err != nil {
		return nil // accounts are optional
	}
	for line := range strings.Lines(out) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) != 4 || strings.HasPrefix(f[1], "PENDING") || strings.HasPrefix(f[1], "RUNNING") {
			continue
		}
		number, _, _ := strings.Cut(f[0], "_")
		list = append(list, Task{ID: f[0], Name: names[number], State: f[1], Node: f[2], Elapsed: f[3]})
	}
	return list
}

// patience is how long Cancel waits until tasks have saved their states. Slurm kills them a while
// after it has told them to end, by default 30 s.
const patience = 2 * time.Minute

// Cancel ends the jobs of a run that wait or run, waits until they have, and returns their
// numbers.
func Cancel(ctx context.Context, jobs []SlurmJob) (cancelled []string, err error) {
	queued, err := Queue(ctx, jobs)
	for _, t := range queued {
		number, _, _ := strings.Cut(t.ID, "_")
		if !slices.Contains(cancelled, number) {
			cancelled = append(cancelled, number)
		}
	}
	if err != nil || len(cancelled) == 0 {
		return nil, err
	}
	for _, j := range slices.Backward(jobs) { // the end of a job would begin the next one
		if slices.Contains(cancelled, j.Job) {
			if _, err = call(ctx, "scancel", j.Job); err != nil {
				return nil, err
			}
		}
	}
	for end := time.Now().Add(patience); len(queued) > 0 && time.Now().Before(end); {
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
