package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"sedlab/framework/app"
	"sedlab/framework/cache"
	"sedlab/framework/cluster"
	"sedlab/framework/store"
)

// Phase says what a run on a cluster is doing.
type Phase string

// The phases of a run. One that was neither submitted nor worked on by others has its status as
// phase.
const (
	phaseUnsubmitted Phase = "not submitted"
	phaseWaiting     Phase = "waiting"
	phaseRunning     Phase = "running"
	phaseStuck       Phase = "stuck"             // what is queued will never begin
	phaseIncomplete  Phase = "ended, incomplete" // nobody works on it, or will
	phaseUnwritten   Phase = "not gathered"      // all steps are done, but there are no tables
	phaseUnknown     Phase = "unknown"           // whether anything is queued
)

// never are Slurm's reasons why a task waits that only a person can change.
var never = []string{"BadConstraints", "DependencyNeverSatisfied", "JobHeldUser", "JobHeldAdmin", "PartitionNodeLimit", "PartitionTimeLimit", "AccountNotAllowed", "InvalidQOS", "InvalidAccount"}

// judge finds the phase of a run, the tasks that were lost, and what to do next.
func (w *watched) judge() (err error) {
	all, done := 0, w.Counts[app.StepDone]
	for _, n := range w.Counts {
		all += n
	}
	ready := done == all && w.Status != store.Done
	if !w.unknown {
		if w.Lost, err = w.lost(ready && w.Status != store.Failed); err != nil {
			return err
		}
	}
	if w.kubernetes, err = cluster.LastKubernetes(w.Dir); err != nil {
		return err
	}
	again, flags := w.resumption()
	switch w.Phase = w.phase(ready); w.Phase {
	case phaseUnsubmitted:
		w.Next = []string{again, "or, without Slurm: " + command("work", w.Dir)}
	case phaseRunning, phaseWaiting:
		w.Next = w.ending()
	case phaseStuck:
		w.Next = []string{command("cancel", w.Dir), again + ", with other flags"}
	case phaseUnwritten:
		w.Next = []string{command("work", w.Dir, "--stage", "gather")}
	case phaseIncomplete:
		if len(w.Jobs) == 0 {
			again = command("work", w.Dir) + " or " + again
		} else if w.died() != nil {
			again += "; if its memory or time was too short, with more --mem or --time"
		}
		w.Next = []string{again}
	case phaseUnknown:
		w.Next = []string{"ask again where Slurm answers"}
		if k := w.kubernetes; k != nil {
			look := commandLine(append([]string{"kubectl", "get", "jobs,pods", "-l", "run=" + k.Label(w.ID)}, namespace(k)...)...)
			w.Next = []string{look + " shows what its Jobs do, and which pods cannot begin", "if they do nothing more: " + deletion(k) + ", then " + again}
		}
	case Phase(store.Done):
		w.Next = []string{command("runs", "show", w.Dir)}
	default:
		if w.kubernetes != nil {
			w.Next = []string{deletion(w.kubernetes) + ", then " + again}
		}
	}
	if flags != "" && slices.ContainsFunc(w.Next, func(next string) bool { return strings.Contains(next, flags) }) {
		w.Next = append(w.Next, "give "+flags+" only if you chose that yourself: it decides what runs")
	}
	return nil
}

// resumption returns the command that submits what is left, and those flags of it without which it
// would be refused.
func (w *watched) resumption() (again, flags string) {
	engine := "--slurm"
	if w.kubernetes != nil {
		engine = "--kubernetes"
	}
	foreign := new(cluster.ForeignError)
	if _, err := cluster.LastOptions(w.Dir, w.kubernetes != nil, "", nil); !errors.As(err, &foreign) {
		return resumption(w.Dir, engine, nil), ""
	}
	return resumption(w.Dir, engine, foreign.Flags), commandLine(foreign.Flags...)
}

// ending says how a run that waits or runs would be ended.
func (w *watched) ending() []string {
	switch {
	case w.kubernetes != nil:
		return []string{deletion(w.kubernetes) + " would end it"}
	case len(w.Jobs) > 0:
		return []string{command("cancel", w.Dir) + " would end it"}
	}
	return nil
}

// namespace returns the flags of kubectl for the namespace of Jobs.
func namespace(k *cluster.KubernetesJobs) []string {
	if k.Namespace == "" {
		return []string{"--all-namespaces"}
	}
	return []string{"-n", k.Namespace}
}

// deletion is the command that ends Jobs.
func deletion(k *cluster.KubernetesJobs) string {
	return commandLine("kubectl", "delete", "-f", k.Folder)
}

// phase finds the phase of a run. Ready says that it lacks no step, but its tables.
func (w *watched) phase(ready bool) Phase {
	alive := w.Status == store.Running || w.Counts[app.StepHeld] > 0
	runs := func(t cluster.Task) bool { return t.State != "PENDING" }
	stuck := func(t cluster.Task) bool { return !runs(t) && slices.Contains(never, t.Reason) }
	switch {
	case w.Status == store.Done && len(w.Queued) == 0:
		return Phase(store.Done)
	case alive || slices.ContainsFunc(w.Queued, runs):
		return phaseRunning
	case slices.ContainsFunc(w.Queued, stuck):
		return phaseStuck
	case len(w.Queued) > 0:
		return phaseWaiting
	case (len(w.Jobs) == 0 || w.kubernetes != nil) && w.Status != store.Submitted: // jobs before those of Kubernetes are over
		return Phase(w.Status)
	case w.unknown && len(w.Jobs) > 0 || w.kubernetes != nil:
		return phaseUnknown
	case ready:
		return phaseUnwritten
	case len(w.Jobs) == 0 && len(w.Attempts) == 0:
		return phaseUnsubmitted
	}
	return phaseIncomplete
}

// lost returns the tasks that have ended without a record of why their steps are not done.
func (w *watched) lost(unwritten bool) ([]cluster.LostTask, error) {
	open := map[cache.Key]app.StepState{}
	for _, s := range w.steps() {
		if s.Status == app.StepWaiting || s.Status == app.StepHeld {
			open[s.Key] = s
		}
	}
	list, err := cluster.Lost(w.Dir, w.Queued, func(task, key string) bool {
		s, ok := open[cache.Key(key)]
		return ok && (s.Status == app.StepWaiting || s.Holder.Job == task)
	}, unwritten)
	return append([]cluster.LostTask{}, list...), err
}

// printLost writes a line for each of the first tasks that were lost.
func printLost(to io.Writer, w *watched) {
	for i, t := range w.Lost[:min(most, len(w.Lost))] {
		if i == 0 {
			fmt.Fprint(to, "\ntask\tjob\tended\tsteps not done\n")
		}
		fmt.Fprintf(to, "%s\t%s\t%s\t%d\n", t.ID, t.Name, w.fate(t), t.Steps)
	}
	if len(w.Lost) > most {
		fmt.Fprintf(to, "and %d more\n", len(w.Lost)-most)
	}
}

// fate says how a task that was lost has ended.
func (w *watched) fate(t cluster.LostTask) string {
	var state string
	if i := slices.IndexFunc(w.Ended, func(e cluster.Task) bool { return e.ID == t.ID }); i >= 0 {
		state = w.Ended[i].State
	}
	text := "did not begin"
	if len(t.Log) > 0 {
		text = "died before its work began"
	}
	if a := w.attempt(t); a != nil && a.Ended == nil {
		text = "died"
	} else if a != nil {
		if text = a.Reason; a.Reason == "failed" || a.Reason == "later" {
			text += ": " + firstLine(a.Error)
		}
	}
	if t.Steps == 0 {
		text = cmp.Or(state, "without tables") // gathering keeps no record
	} else if state != "" {
		text += " (" + state + ")"
	}
	return text
}

// attempt returns the record of the last process of a task, or nil.
func (w *watched) attempt(t cluster.LostTask) *store.Attempt {
	for i, a := range slices.Backward(w.Attempts) {
		if a.Job == t.ID {
			return &w.Attempts[i]
		}
	}
	return nil
}

// died returns the first task that was lost without a word, or nil.
func (w *watched) died() *cluster.LostTask {
	i := slices.IndexFunc(w.Lost, func(t cluster.LostTask) bool {
		a := w.attempt(t)
		return len(t.Log) > 0 && (a == nil || a.Ended == nil)
	})
	if i < 0 {
		return nil
	}
	return &w.Lost[i]
}

// printUnable says why processes could not work: for each reason a line, the newest last.
func printUnable(out io.Writer, w *watched) {
	var why []string
	times := map[string]int{}
	for _, a := range w.Attempts {
		if a.Error != "" && len(a.Failed) == 0 && slices.Contains([]string{"failed", "later"}, a.Reason) {
			why = append(slices.DeleteFunc(why, func(text string) bool { return text == a.Error }), a.Error)
			times[a.Error]++
		}
	}
	if len(why) > 0 {
		fmt.Fprint(out, "\nprocesses that could not work:\n")
	}
	for _, text := range why[max(0, len(why)-most):] {
		fmt.Fprintf(out, "  %d: %s\n", times[text], firstLine(text))
	}
}

// printSilent names a process whose steps others will take over.
func printSilent(out io.Writer, w *watched) {
	silent := func(s app.StepState) bool { return s.Status == app.StepWaiting && s.Holder != nil }
	if i := slices.IndexFunc(w.steps(), silent); i >= 0 {
		h := w.steps()[i].Holder
		fmt.Fprintf(out, "some of the waiting steps belong to processes that have fallen silent, such as process %d on %s, last heard from %s; others take them over\n",
			h.PID, h.Host, ago(h.Beat))
	}
}
