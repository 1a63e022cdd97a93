package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/cluster"
	"sedlab/framework/store"
)

// watched is how far a run is, and what Slurm has of it.
type watched struct {
	*app.State
	inSlurm
	Phase Phase              `json:"phase"`
	Lost  []cluster.LostTask `json:"lost"` // tasks that have ended and left steps behind
	Next  []string           `json:"next"` // commands that go on from there

	kubernetes *cluster.KubernetesJobs // nil if the last submission was not to Kubernetes
}

// state is that of a run or of a survey.
type state struct {
	run    *watched
	survey *surveyed
}

// MarshalJSON writes the one that there is.
func (s *state) MarshalJSON() ([]byte, error) {
	if s.survey != nil {
		return json.Marshal(s.survey)
	}
	return json.Marshal(s.run)
}

func (t *terminal) statusCommand() *cobra.Command {
	c := answering(t, &cobra.Command{
		Use:   "status RUN",
		Short: "Show how far a run or a survey on a cluster is: what is done, runs, waits and has failed",
		Long: "Status shows which trainings and cells of a run are done, who works on others, and which have failed, with the last\n" +
			"lines of the log, and what to do next. That is read from the folders of the run and the cache, on any machine that\n" +
			"has them; the data are not needed. Where there is a Slurm, its jobs are listed too, and tasks that have died.\n" +
			"A survey is named by its --out.\n" + runNames,
	}, func(ctx context.Context, args []string) (*state, error) {
		if folder := cluster.FindSurvey(args[0]); folder != "" {
			w, err := t.surveyed(ctx, folder)
			return &state{survey: w}, err
		}
		run, err := store.Find(t.app.Runs, args[0])
		if err != nil {
			return nil, err
		}
		jobs, err := cluster.Jobs(run)
		if err != nil {
			return nil, err
		}
		if from := cluster.CopyOf(run); from != "" {
			t.progress.Note("this is a copy of " + from + ", whose jobs are not listed here")
		}
		in := t.queue(ctx, jobs) // before the steps: a task that ends meanwhile has done them
		s, err := t.app.State(ctx, run, app.StateOptions{Ended: in.ended, Events: t.progress})
		if err != nil {
			return nil, err
		}
		w := &watched{State: s, inSlurm: in, Lost: []cluster.LostTask{}}
		err = w.judge()
		if k := w.kubernetes; k != nil && k.Unread != nil {
			t.progress.Note(fmt.Sprintf("the options of the last submission to Kubernetes, such as its namespace, are not known: %v", k.Unread))
		}
		return &state{run: w}, err
	}, func(out io.Writer, s *state) {
		if s.survey != nil {
			printSurvey(out, s.survey)
			return
		}
		printStatus(out, s.run)
	})
	t.runsFlag(c)
	t.cacheFlag(c)
	return c
}

// most is how many steps of a kind status lists.
const most = 10

func printStatus(out io.Writer, w *watched) {
	total := 0
	for _, n := range w.Counts {
		total += n
	}
	fmt.Fprintf(out, "%s: %s, %d of %s done, %d in progress, %d waiting, %d failed\n", w.ID, w.Phase, w.Counts[app.StepDone], plural(total, "step"),
		w.Counts[app.StepHeld], w.Counts[app.StepWaiting], w.Counts[app.StepFailed])
	if w.Repeats > 0 {
		fmt.Fprintf(out, "steps: %s and %s; %s more of the run have the results of one of these\n", plural(len(w.Trainings), "training"),
			plural(len(w.Solving), "cell"), plural(w.Repeats, "cell"))
	}
	printSilent(out, w)
	table(out, func(to io.Writer) {
		printJobs(to, w.inSlurm)
		printSteps(to, w, app.StepHeld, "in progress\tprior\tsince\theartbeat\tby", func(s app.StepState) string {
			h := s.Holder
			by := fmt.Sprintf("process %d on %s", h.PID, h.Host)
			if h.Job != "" {
				by += ", job " + h.Job
			}
			if h.Doubted {
				by += ": whether it is alive is not known"
			}
			return fmt.Sprintf("%s\t%s\t%s", localTime(h.Since), ago(h.Beat), by)
		})
		printSteps(to, w, app.StepFailed, "failed\tprior\terror", func(s app.StepState) string { return firstLine(s.Error) })
		printLost(to, w)
	})
	printLogs(out, w)
	for i, next := range w.Next {
		fmt.Fprintf(out, "%s%s\n", []string{"\nnext: ", "      "}[min(i, 1)], next)
	}
}

// ago says how long ago something was, by the clock of this machine.
func ago(at time.Time) string { return max(0, time.Since(at).Round(time.Second)).String() + " ago" }

// printLogs writes the last lines of the log of the first step that failed, and of the first task
// that has died.
func printLogs(out io.Writer, w *watched) {
	i := slices.IndexFunc(w.steps(), func(s app.StepState) bool { return s.Status == app.StepFailed && len(s.Log) > 0 })
	if i >= 0 {
		s := w.steps()[i]
		fmt.Fprintf(out, "\nthe last lines of the log in which %s failed:\n", s.ID)
		printLines(out, s.Log)
	}
	if t := w.died(); t != nil {
		fmt.Fprintf(out, "\nthe last lines of %s:\n", t.File)
		printLines(out, t.Log)
	}
	if w.Phase != Phase(store.Done) {
		printUnable(out, w)
	}
}

func (w *watched) steps() []app.StepState { return slices.Concat(w.Trainings, w.Solving) }

// printJobs writes a line for each job that Slurm knows, with the numbers of its tasks by their
// states.
func printJobs(to io.Writer, w inSlurm) {
	if len(w.Jobs) == 0 {
		return
	}
	fmt.Fprint(to, "\njob\tnumber\ttasks\tin Slurm\n")
	for _, j := range w.Jobs {
		states := map[string]int{}
		for _, task := range slices.Concat(w.Queued, w.Ended) {
			if number, _, _ := strings.Cut(task.ID, "_"); number == j.Job {
				text := task.State
				if task.State == "PENDING" && task.Reason != "" && task.Reason != "None" {
					text += " (" + task.Reason + ")"
				}
				states[text]++
			}
		}
		texts := []string{}
		for _, state := range slices.Sorted(maps.Keys(states)) {
			texts = append(texts, fmt.Sprintf("%d %s", states[state], state))
		}
		if w.unknown {
			texts = []string{"unknown"}
		}
		fmt.Fprintf(to, "%s\t%s\t%d\t%s\n", j.Name, j.Job, j.Tasks, cmp.Or(strings.Join(texts, ", "), "ended"))
	}
}

// printSteps writes a line for each of the first steps with a status.
func printSteps(to io.Writer, w *watched, status app.StepStatus, title string, text func(app.StepState) string) {
	shown := 0
	for _, s := range w.steps() {
		if s.Status != status {
			continue
		}
		if shown++; shown == 1 {
			fmt.Fprintf(to, "\n%s\n", title)
		}
		if shown <= most {
			fmt.Fprintf(to, "%s\t%s\t%s\n", s.ID, s.Prior, text(s))
		}
	}
	if shown > most {
		fmt.Fprintf(to, "and %d more\n", shown-most)
	}
}

func (t *terminal) cancelCommand() *cobra.Command {
	c := answering(t, &cobra.Command{
		Use:   "cancel RUN",
		Short: "End the jobs of a run or a survey on Slurm, and keep what is done",
		Long: "Cancel ends the jobs of a run that wait or run. Work that is under way saves its state first. The run then counts as\n" +
			"interrupted, has tables of what is done, and can be resumed. A survey is named by its --out.\n" + runNames,
	}, func(ctx context.Context, args []string) (*cancelled, error) {
		if folder := cluster.FindSurvey(args[0]); folder != "" {
			return t.cancelSurvey(ctx, folder)
		}
		run, err := store.Find(t.app.Runs, args[0])
		if err != nil {
			return nil, err
		}
		jobs, err := cluster.Jobs(run)
		if err != nil {
			return nil, err
		}
		if len(jobs) == 0 {
			return nil, usageError{fmt.Errorf("run %s: %s", run, nothingToEnd(run))}
		}
		x := &cancelled{}
		if x.Jobs, err = cluster.Cancel(ctx, jobs); err != nil {
			return nil, err
		}
		r, err := t.app.Gather(ctx, run, app.RunOptions{Command: t.args, Events: t.progress})
		if r != nil {
			x.Status, x.Cells = r.Status, r.Cells
		}
		if err != nil && !errors.As(err, new(*app.IncompleteError)) && !errors.As(err, new(*app.DoneError)) {
			x.Problem = err.Error()
		}
		return x, nil
	}, printCancelled)
	t.runsFlag(c)
	t.cacheFlag(c)
	return c
}

// cancelled is a run whose jobs have been ended.
type cancelled struct {
	Jobs   []string     `json:"jobs"` // their numbers
	Status store.Status `json:"status"`
	Cells  store.Cells  `json:"cells"`
	Parts  *partCounts  `json:"parts,omitempty"` // of a survey
	// Problem is why there are no tables of what is done.
	Problem string `json:"problem,omitempty"`
}

func printCancelled(out io.Writer, x *cancelled) {
	if x.Parts != nil {
		fmt.Fprintf(out, "%s cancelled; %d of %s done\n", plural(len(x.Jobs), "job"), x.Parts.Done, plural(x.Parts.Total, "part"))
		return
	}
	fmt.Fprintf(out, "%s cancelled", plural(len(x.Jobs), "job"))
	if x.Status != "" {
		fmt.Fprintf(out, "; the run is %s, with %d of %s", x.Status, x.Cells.Done, plural(x.Cells.Total, "cell"))
	}
	fmt.Fprintln(out)
	if x.Problem != "" {
		fmt.Fprintf(out, "what is done is in the cache, but there are no tables of it: %s\n", x.Problem)
	}
}

// nothingToEnd says why a run has no jobs to cancel.
func nothingToEnd(run string) string {
	if from := cluster.CopyOf(run); from != "" {
		return "has no jobs, as it is a copy; " + command("cancel", from) + " ends those of the original"
	}
	if k, err := cluster.LastKubernetes(run); err == nil && k != nil {
		return "has no jobs of Slurm; those of Kubernetes are ended by: " + deletion(k)
	}
	return "has no jobs: nothing of it was submitted to Slurm"
}
