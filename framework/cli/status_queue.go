package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"sedlab/framework/app"
	"sedlab/framework/cluster"
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
