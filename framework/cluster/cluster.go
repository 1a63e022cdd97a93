// Package cluster hands the steps of a run to a cluster: to Slurm as job arrays, to Kubernetes as
// indexed jobs. All that it makes are files in the run's folder. What runs on the cluster is
// "sedlab work", which finds everything else in that folder and in the cache; so both must be on
// a file system that the nodes share.
package cluster

import (
	"cmp"
	"container/heap"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sedlab/framework/app"
)

// stageGather is the stage of work that writes the tables and the report.
const stageGather app.Stage = "gather"

// job is a number of tasks that do not depend on each other.
type job struct {
	Stage  app.Stage
	Rung   int
	Tasks  []task // what each does; nil if the steps are not known yet
	Count  int    // number of tasks
	Limit  time.Duration
	Memory int64         // bytes
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
func (j job) Array() bool { return j.Stage != stageGather }

// What is asked for in excess of an estimate: other nodes are slower than this machine, and share
// memory and disks with other work.
const (
	timeMargin   = 2.5
	memoryMargin = 1.5
	leastLimit   = 10 * time.Minute
	leastMemory  = 512 << 20
	gatherLimit  = time.Hour
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
		j.Limit, j.Memory = max(leastLimit, time.Duration(timeMargin*float64(j.Expect))), withMargin(memory)
		list = append(list, j)
	}
	return append(list, job{Stage: stageGather, Rung: -1, Count: 1, Limit: gatherLimit, Memory: withMargin(w.Memory)})
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

// pack deals steps to tasks that take about target seconds each; there are at most most tasks.
// The longest step comes first, and goes to the task that has least to do (Graham 1969, LPT), so
// that the longest task takes at most 4/3 of what is possible. Within a task, steps keep their
// order.
func pack(steps []app.Step, target float64, most int) []task {
	total := 0.0
	order := make([]int, len(steps))
	for i, s := range steps {
		total, order[i] = total+seconds(s), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(seconds(steps[b]), seconds(steps[a])) })
	h := make(loads, tasks(len(steps), total, target, most))
	for i := range h {
		h[i].index = i
	}
	for _, i := range order {
		h[0].steps = append(h[0].steps, i)
		h[0].seconds += seconds(steps[i])
		heap.Fix(&h, 0)
	}
	list := make([]task, len(h))
	for _, l := range h {
		slices.Sort(l.steps)
		t := &list[l.index]
		t.seconds = l.seconds
		for _, i := range l.steps {
			t.steps = append(t.steps, steps[i])
		}
	}
	return list
}

// tasks returns the number of tasks, each with a step or more, among which seconds of work are
// dealt.
func tasks(steps int, seconds, target float64, most int) int {
	return int(max(1, min(math.Ceil(seconds/target), float64(steps), float64(most))))
}

// load is a task to which steps are dealt.
type load struct {
	index   int
	steps   []int
	seconds float64
}

// loads is a heap with the task first that has least to do.
type loads []load

func (l loads) Len() int { return len(l) }
func (l loads) Less(a, b int) bool {
	return cmp.Or(cmp.Compare(l[a].seconds, l[b].seconds), cmp.Compare(l[a].index, l[b].index)) < 0
}
func (l loads) Swap(a, b int) { l[a], l[b] = l[b], l[a] }
func (l *loads) Push(any)     { panic("the number of tasks is fixed") }
func (l *loads) Pop() any     { panic("the number of tasks is fixed") }

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

// quote quotes a text for a shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// stepFile returns the name of the file with the steps of a task.
func (j job) stepFile(task string) string { return filepath.Join(j.Name(), task+".txt") }
