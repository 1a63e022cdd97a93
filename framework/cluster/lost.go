package cluster

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/regular"
)

// LostTask is a task that has ended, and has left steps behind.
type LostTask struct {
	ID    string   `json:"id"`    // such as 12_3
	Name  string   `json:"name"`  // of the job
	Steps int      `json:"steps"` // that are not done; 0 for the job that gathers
	File  string   `json:"file"`  // its log
	Log   []string `json:"log"`   // the last lines of that
}

// logTail is how much of a log is read [bytes].
const logTail = 4 << 10

// Lost returns the tasks of a run's last submission that Slurm no longer has, although not all of
// their steps are done. left reports whether a task has left a step, and unwritten says whether the
// run has no tables although all steps are done. It needs no accounts.
func Lost(run string, queued []Task, left func(task, key string) bool, unwritten bool) (lost []LostTask, err error) {
	list, err := folders(filepath.Join(run, store.SlurmFolder))
	if err != nil {
		return nil, err
	}
	for _, folder := range slices.Backward(list) {
		jobs, err := readJobs(folder)
		if err != nil || len(jobs) > 0 {
			return lostOf(folder, jobs, queued, left, unwritten), err
		}
	}
	return nil, nil
}

// lostOf is Lost for the jobs of one submission.
func lostOf(folder string, jobs []SlurmJob, queued []Task, left func(task, key string) bool, unwritten bool) (lost []LostTask) {
	for _, j := range jobs {
		if j.Name == string(app.StageGather) && unwritten && !InQueue(queued, j.Job) {
			lost = append(lost, lostTask(folder, j, j.Job, j.Name+"-"+j.Job, 0))
		}
		for i := range j.Tasks {
			id := fmt.Sprintf("%s_%d", j.Job, i)
			text, err := regular.ReadIn(folder, filepath.Join(j.Name, strconv.Itoa(i)+".txt"), app.MostStepBytes)
			if err != nil {
				break // in a rung that was not chosen, it is not known what its tasks are to do
			}
			if InQueue(queued, id) {
				continue
			}
			n := 0
			for _, key := range strings.Fields(string(text)) {
				if left(id, key) {
					n++
				}
			}
			if n > 0 {
				lost = append(lost, lostTask(folder, j, id, j.Name+"-"+id, n))
			}
		}
	}
	return lost
}

// InQueue reports whether Slurm has a task, or one entry for many tasks of its job.
func InQueue(queued []Task, id string) bool {
	job := Task{ID: id}.job()
	return slices.ContainsFunc(queued, func(t Task) bool { return t.ID == id || t.job() == job && strings.Contains(t.ID, "[") })
}

func lostTask(folder string, j SlurmJob, id, log string, steps int) LostTask {
	name := filepath.Join("logs", log+".log")
	return LostTask{ID: id, Name: j.Name, Steps: steps, File: filepath.Join(folder, name), Log: lastLines(folder, name, 5)}
}

// lastLines returns the last n lines of a log, or none if it cannot be read.
func lastLines(folder, name string, n int) []string {
	f, info, err := regular.OpenIn(folder, name)
	if err != nil {
		return nil
	}
	defer f.Close()
	from := max(0, info.Size()-logTail)
	text, _ := io.ReadAll(io.NewSectionReader(f, from, logTail)) // less is no harm
	lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
	return lines[max(0, len(lines)-n):]
}
