package cli

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"sedlab/framework/app"
	"sedlab/framework/cluster"
)

// partCounts are numbers of parts by what has become of them.
type partCounts struct {
	Total   int `json:"total"`
	Done    int `json:"done"`
	Running int `json:"running"`
	Waiting int `json:"waiting"`
	Failed  int `json:"failed"`
}

// surveyed is how far a survey is.
type surveyed struct {
	*cluster.Survey
	Parts    partCounts `json:"parts"`
	Spectra  int        `json:"spectra"` // of the parts that are done
	Repaired int        `json:"repaired"`
	Rate     float64    `json:"spectra_per_second_and_core"`
	Failed   []int      `json:"failed"`             // parts
	Others   int        `json:"others"`             // whole parts of something else than was submitted last
	LogFile  string     `json:"log_file,omitempty"` // of the first part that failed
	Log      []string   `json:"log,omitempty"`      // its last lines
	// Uncalibrated is why the prior could not be calibrated on Kubernetes.
	Uncalibrated string `json:"uncalibrated,omitempty"`
	Next         string `json:"next,omitempty"` // submits what is missing, once nothing waits or runs
	inSlurm
}

// logLines is how many lines of a log status shows.
const logLines = 5

// surveyed returns how far a survey is. A part is done if it is there as a whole, and of the input that
// was submitted; a part that is neither done nor in Slurm's queue has failed, or was ended. What
// Kubernetes does is not known here.
func (t *terminal) surveyed(ctx context.Context, folder string) (*surveyed, error) {
	s, err := cluster.LastSurvey(folder)
	if err == nil && s == nil { // it has gone since it was found
		err = &fs.PathError{Op: "open", Path: folder, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, err
	}
	jobs, err := cluster.SurveyJobs(folder)
	if err != nil {
		return nil, err
	}
	w := &surveyed{Survey: s, Failed: []int{}}
	w.inSlurm = t.queue(ctx, jobs) // before the parts: a task that ends meanwhile is done
	results, others, err := app.PartResults(s.Path(), s.Parts, s.Input)
	w.Others = others
	if err == nil && s.Indexed {
		w.Uncalibrated, err = s.Failed()
	}
	if err != nil {
		return nil, err
	}
	w.count(results)
	if w.Next = again(s); w.Parts.Done == s.Parts {
		w.Next = ""
	}
	if len(w.Failed) > 0 {
		w.LogFile, w.Log = cluster.LogTail(folder, w.Failed[0], logLines)
	}
	return w, nil
}

// count counts parts and spectra.
func (w *surveyed) count(results map[int]*app.Reconstructed) {
	queued := map[int]string{}
	for _, task := range w.Queued {
		_, index, _ := strings.Cut(task.ID, "_")
		if i, err := strconv.Atoi(index); err == nil {
			queued[i] = task.State
		}
	}
	spectra, seconds := 0, 0.0
	for i := range w.Survey.Parts {
		r := results[i]
		state, inQueue := queued[i]
		switch {
		case r != nil:
			w.Parts.Done++
			w.Spectra, w.Repaired = w.Spectra+r.Spectra, w.Repaired+r.Repaired
			spectra, seconds = spectra+r.Spectra-r.Resumed, seconds+r.Seconds*float64(r.Workers)
		case inQueue && state != "PENDING":
			w.Parts.Running++
		case inQueue || w.unknown || len(w.Jobs) == 0 || w.Indexed:
			w.Parts.Waiting++
		default:
			w.Failed = append(w.Failed, i)
		}
	}
	if seconds > 0 {
		w.Rate = float64(spectra) / seconds
	}
	w.Parts.Total, w.Parts.Failed = w.Survey.Parts, len(w.Failed)
}

func printSurvey(out io.Writer, w *surveyed) {
	n := w.Parts
	fmt.Fprintf(out, "%s: %d of %s done, %d running, %d waiting, %d failed\n", w.Out, n.Done, plural(n.Total, "part"), n.Running, n.Waiting, n.Failed)
	if n.Done > 0 {
		fmt.Fprintf(out, "%d of %s repaired, %.3g per second and core\n", w.Repaired, spectraCount(w.Spectra), w.Rate)
	}
	table(out, func(to io.Writer) { printJobs(to, w.inSlurm) })
	if w.Indexed && n.Done < n.Total {
		if w.Uncalibrated != "" {
			fmt.Fprintf(out, "the prior could not be calibrated: %s\n", firstLine(w.Uncalibrated))
		}
		fmt.Fprintf(out, "%s shows what its Jobs do; once they have ended, this writes Jobs for what is missing: %s\n", commandLine("kubectl", "get", "-f", w.Manifests()), w.Next)
	}
	if w.Others > 0 {
		fmt.Fprintf(out, "%s of other spectra, options or another version than were submitted last, so not done; this says more: %s\n", plural(w.Others, "part"), w.Next)
	}
	if n.Failed == 0 {
		return
	}
	var names []string
	for _, i := range w.Failed[:min(most, n.Failed)] {
		names = append(names, strconv.Itoa(i))
	}
	if n.Failed > most {
		names = append(names, fmt.Sprintf("and %d more", n.Failed-most))
	}
	when := "this"
	if len(w.Queued) > 0 {
		when = "once the other jobs have ended, this"
	}
	fmt.Fprintf(out, "\nfailed, or ended before they were done: %s; %s submits what is missing: %s\n", strings.Join(names, ", "), when, w.Next)
	if len(w.Log) > 0 {
		fmt.Fprintf(out, "\nthe last lines of %s:\n", w.LogFile)
		printLines(out, w.Log)
	}
}

// cancelSurvey ends the jobs of a survey.
func (t *terminal) cancelSurvey(ctx context.Context, folder string) (*cancelled, error) {
	jobs, err := cluster.SurveyJobs(folder)
	if err != nil {
		return nil, err
	}
	if len(jobs) == 0 {
		err := fmt.Errorf("%s: has no jobs of Slurm", folder)
		if last, failed := cluster.LastSurvey(folder); failed == nil && last != nil && last.Indexed {
			err = fmt.Errorf("%w; those of Kubernetes are ended by %s", err, commandLine("kubectl", "delete", "-f", last.Manifests()))
		}
		return nil, usageError{err}
	}
	x := &cancelled{}
	if x.Jobs, err = cluster.Cancel(ctx, jobs); err != nil {
		return nil, err
	}
	w, err := t.surveyed(ctx, folder)
	if err != nil {
		return nil, err
	}
	x.Parts = &w.Parts
	return x, nil
}
