package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"sedlab/framework/app"
	"sedlab/framework/cluster"
	"sedlab/framework/store"
)

// inSlurm is what Slurm has of jobs.
type inSlurm struct {
	Jobs   []cluster.SlurmJob `json:"jobs"`
	Queued []cluster.Task     `json:"queued"` // tasks that wait or run
	Ended  []cluster.Task     `json:"ended"`  // those that have ended, where the cluster keeps accounts

	unknown bool // whether Slurm does not say
}

// queue asks Slurm about jobs, where there is one and it answers.
func (t *terminal) queue(ctx context.Context, jobs []cluster.SlurmJob) inSlurm {
	in := inSlurm{Jobs: jobs, Queued: []cluster.Task{}, Ended: []cluster.Task{}}
	queued, err := cluster.Queue(ctx, jobs)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		t.progress.Note("there is no Slurm here, so its queue is not known")
		in.unknown = true
		return in
	case err != nil:
		t.progress.Note(fmt.Sprintf("Slurm does not say what waits and runs: %v", err))
		in.unknown = true
		return in
	}
	in.Queued = append(in.Queued, queued...)
	in.Ended = append(in.Ended, cluster.Ended(ctx, jobs)...)
	return in
}

// ended reports whether a process was part of a job of which Slurm has no such task any more.
func (in inSlurm) ended(h app.Holder) bool {
	number, _, _ := strings.Cut(h.Job, "_")
	ours := slices.ContainsFunc(in.Jobs, func(j cluster.SlurmJob) bool { return j.Job == number })
	return ours && !in.unknown && !cluster.InQueue(in.Queued, h.Job)
}

// unqueued returns an error if jobs of a run still wait or run, as far as can be known here: their
// work would be done twice, or the run's tables written by two.
func (t *terminal) unqueued(ctx context.Context, name string) error {
	run, err := store.Find(t.app.Runs, name)
	if err != nil {
		return err
	}
	if err = idle(ctx, run); errors.Is(err, exec.ErrNotFound) {
		t.progress.Note("there is no Slurm here, so it is not known whether jobs of the run still wait or run")
		err = nil
	}
	return err
}

// quiet is idle where Slurm answers. Elsewhere it says that nothing is known.
func (t *terminal) quiet(ctx context.Context, run string) error {
	err := idle(ctx, run)
	if errors.As(err, new(*cluster.CallError)) {
		t.progress.Note(fmt.Sprintf("whether jobs of run %s still wait or run is not known: %v", filepath.Base(run), err))
		return nil
	}
	return err
}

// idle returns an error if jobs of a run still wait or run: what they will have done is not known.
func idle(ctx context.Context, run string) error {
	jobs, err := cluster.Jobs(run)
	if err != nil {
		return err
	}
	return ended(ctx, "run "+run, jobs, command("cancel", run))
}

// ended returns an error if some of the jobs still wait or run. The command cancel ends them.
func ended(ctx context.Context, what string, jobs []cluster.SlurmJob, cancel string) error {
	queued, err := cluster.Queue(ctx, jobs)
	if err != nil || len(queued) == 0 {
		return err
	}
	return usageError{fmt.Errorf("%s: Slurm still has %s, the first is %s (%s, %s); %s ends them", what, plural(len(queued), "task"),
		queued[0].ID, queued[0].Name, queued[0].State, cancel)}
}
