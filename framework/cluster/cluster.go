// Package cluster hands the steps of a run to a cluster: to Slurm as job arrays, to Kubernetes as
// indexed jobs. All that it makes are files in the run's folder. What runs on the cluster is
// "sedlab work", which finds everything else in that folder and in the cache; so both must be on
// a file system that the nodes share.
package cluster

import (
	"crypto/sha256"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sedlab/framework/app"
)

// The names of jobs that are not stages of a run's work.
const (
	stageCalibrate app.Stage = "calibrate" // writes the prior of a survey to a file
	stageParts     app.Stage = "parts"     // of a survey
)

// job is a number of tasks that do not depend on each other.
type job struct {
	Stage  app.Stage
	Rung   int
	Tasks  []task // what each does; nil if the steps are not known yet
	Count  int    // number of tasks
	Only   []int  // their indices in the array, if these are not 0 to Count - 1
	Limit  time.Duration
	Memory int64         // to ask for [bytes]
	Peak   float64       // memory that a task is expected to need [bytes]
	Expect time.Duration // of the longest task
	Steps  int
}

// Name returns the name of the job's files: cells or, in a rung after the first, rung1-cells.
func (j job) Name() string {
	if j.Rung > 0 {
		return fmt.Sprintf("rung%d-%s", j.Rung, j.Stage)
	}
	return string(j.Stage)
}

// Array reports whether the job has tasks with an index.
func (j job) Array() bool { return j.Stage != app.StageGather && j.Stage != stageCalibrate }

// indices returns the indices of the tasks as Slurm reads them: 0-15 or 3,7-9.
func (j job) indices() string {
	if j.Only == nil {
		return fmt.Sprintf("0-%d", j.Count-1)
	}
	var ranges []string
	for i := 0; i < len(j.Only); {
		k := i
		for k+1 < len(j.Only) && j.Only[k+1] == j.Only[k]+1 {
			k++
		}
		text := strconv.Itoa(j.Only[i])
		if k > i {
			text += "-" + strconv.Itoa(j.Only[k])
		}
		ranges, i = append(ranges, text), k+1
	}
	return strings.Join(ranges, ",")
}

// What is asked for beyond an estimate: nodes may be slower than this machine, and share memory and
// disks with other work.
const (
	timeMargin   = 2.5
	memoryMargin = 1.5
	leastLimit   = 10 * time.Minute
	leastMemory  = 512 << 20
	gatherLimit  = time.Hour
	// calibrateLimit is for a prior that was not calibrated where the survey was submitted, so that there
	// is no estimate.
	calibrateLimit = time.Hour
)

// jobs deals the steps that a run lacks to the tasks of its jobs, in the order of the jobs.
func jobs(w *app.Workload, o Options) (list []job) {
	for _, s := range w.Stages {
		j := job{Stage: s.Stage, Rung: s.Rung, Steps: s.Count}
		var longest, memory float64
		if s.Steps != nil {
			j.Tasks = pack(s.Steps, 60*o.Minutes, o.MaxTasks)
			j.Count = len(j.Tasks)
			for _, t := range j.Tasks {
				longest, memory = max(longest, t.seconds), max(memory, s.Memory(t.steps))
			}
		} else {
			j.Count = tasks(s.Count, s.Seconds+leastSeconds*float64(s.Count), 60*o.Minutes, o.MaxTasks)
			each := float64((s.Count + j.Count - 1) / j.Count)
			longest, memory = each*(s.Seconds/float64(s.Count)+leastSeconds), s.Memory(nil)
		}
		j.Expect = time.Duration(longest * float64(time.Second))
		j.Peak = memory
		j.Limit, j.Memory = max(leastLimit, time.Duration(timeMargin*float64(j.Expect))), withMargin(memory)
		list = append(list, j)
	}
	return append(list, job{Stage: app.StageGather, Rung: -1, Count: 1, Limit: gatherLimit, Memory: withMargin(w.Memory), Peak: w.Memory})
}

func withMargin(memory float64) int64 { return max(leastMemory, int64(memoryMargin*memory)) }

// task is the steps that one task of a job does.
type task struct {
	steps   []app.Step
	seconds float64
}

// leastSeconds is the time [s] that a training or a cell takes at least: its files are read and
// written.
const leastSeconds = 0.1

// seconds returns the time that a step is expected to take.
func seconds(s app.Step) float64 { return max(s.Seconds, leastSeconds*float64(len(s.Keys))) }

// pack cuts steps into tasks that take about target seconds each, but into no more than most tasks.
// Steps of a task follow each other, so that a task reads few priors. No task is longer than the
// mean by more than its longest step.
func pack(steps []app.Step, target float64, most int) (list []task) {
	total := 0.0
	for _, s := range steps {
		total += seconds(s)
	}
	n := float64(tasks(len(steps), total, target, most))
	before, last := 0.0, -1.0
	for _, s := range steps {
		at := math.Floor(n * (before + seconds(s)/2) / total)
		if at != last {
			list, last = append(list, task{}), at
		}
		t := &list[len(list)-1]
		t.steps, t.seconds = append(t.steps, s), t.seconds+seconds(s)
		before += seconds(s)
	}
	return list
}

// tasks returns the number of tasks, each with a step or more, among which seconds of work are
// dealt.
func tasks(steps int, seconds, target float64, most int) int {
	return int(max(1, min(math.Ceil(seconds/target), float64(steps), float64(most))))
}

// text returns the steps of a task as work reads them: a key a line.
func (t task) text() string {
	var b strings.Builder
	for _, s := range t.steps {
		for _, key := range s.Keys {
			fmt.Fprintln(&b, key)
		}
	}
	return b.String()
}

// stepFile returns the name of the file with the steps of a task.
func (j job) stepFile(task string) string { return filepath.Join(j.Name(), task+".txt") }

// tagged returns the name of a folder's jobs with a hash of the folder, by which Slurm tells them from
// those of a copy of the folder.
func tagged(name, folder string) string {
	if resolved, err := filepath.EvalSymlinks(folder); err == nil {
		folder = resolved
	}
	return fmt.Sprintf("%s-%.4x", name, sha256.Sum256([]byte(folder)))
}
