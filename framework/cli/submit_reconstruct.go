package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/cluster"
)

// submittedSurvey is a survey whose jobs have been submitted, or could be.
type submittedSurvey struct {
	*cluster.Survey
	Estimate *app.Survey         `json:"estimate"`
	Slurm    *cluster.Submission `json:"slurm,omitempty"` // nil if all parts are done
}

func (t *terminal) submitReconstructCommand() *cobra.Command {
	var r app.Reconstruction
	var f clusterFlags
	var parts int
	c := answering(t, &cobra.Command{
		Use:   "reconstruct --prior RUN:NAME --in FILE --out FILE --slurm",
		Short: "Repair the spectra of a survey on Slurm, in parts",
		Long: "Submit reconstruct repairs many spectra on a cluster: a job calibrates the prior and writes it to a file, and an array of\n" +
			"tasks calls reconstruct --part 0/N, 1/N, …. It takes the flags of reconstruct and of submit. Scripts and logs are in\n" +
			"OUT.slurm. Without --parts, the first spectra are repaired here to see how long they take, for which the prior of a run\n" +
			"is calibrated here; a task then takes about --minutes. The same command submits what is missing.\n\n" + runNames,
		Example: "  sedlab submit reconstruct --prior latest:glo --in 'survey/*.parquet' --out repaired.parquet --slurm --cpus 8\n" +
			"  sedlab status repaired.parquet",
	}, func(ctx context.Context, _ []string) (*submittedSurvey, error) {
		if err := f.checkSurvey(r, parts); err != nil {
			return nil, err
		}
		s, err := t.submitSurvey(ctx, r, parts, f)
		t.progress.close()
		if err != nil && !errors.As(err, new(usageError)) {
			err = pathError{err, ""}
		}
		return s, err
	}, printSubmittedSurvey)
	t.orderFlags(c, &r)
	f.add(c, "kernel", "gather_time")
	c.Flags().IntVar(&parts, "parts", 0, "`number` of parts; 0 for as many as the last time, or else as --minutes and the estimate say")
	return c
}

// checkSurvey returns an error if a survey cannot be submitted from here.
func (f clusterFlags) checkSurvey(r app.Reconstruction, parts int) error {
	if err := checkOrder(r); err != nil {
		return err
	}
	switch {
	case f.kubernetes:
		return usageError{errors.New("--kubernetes: surveys are submitted to Slurm only; an Indexed Job of your own can call reconstruct --part $(JOB_COMPLETION_INDEX)/N")}
	case !f.slurm:
		return usageError{errors.New("say to which cluster: --slurm")}
	case parts < 0:
		return usageError{fmt.Errorf("--parts %d: must be 0 or above", parts)}
	}
	return f.check(cluster.Options{}, "")
}

// submitSurvey hands the parts that a survey lacks to Slurm.
func (t *terminal) submitSurvey(ctx context.Context, r app.Reconstruction, parts int, f clusterFlags) (*submittedSurvey, error) {
	folder := cluster.SurveyFolder(r.Out)
	last, err := cluster.LastSurvey(folder)
	if err != nil {
		return nil, err
	}
	options, err := cluster.SurveyOptions(folder, f.profile, f.settings)
	if err != nil {
		return nil, err
	}
	if parts == 0 && last != nil {
		parts = last.Parts
	}
	if parts > options.MaxTasks {
		return nil, usageError{fmt.Errorf("--parts %d: more than --max-tasks %d", parts, options.MaxTasks)}
	}
	if last != nil && !f.dryRun {
		if err := t.surveyEnded(ctx, folder); err != nil {
			return nil, err
		}
	}
	x, err := t.app.Survey(ctx, r, parts == 0, options.MaxTasks, t.progress)
	if err != nil {
		return nil, err
	}
	if parts == 0 {
		parts = cluster.Parts(x, options)
	}
	s, err := t.survey(r, x, parts)
	if err != nil {
		return nil, err
	}
	s.Again = append(s.Again, options.Given()...)
	missing, err := missingParts(s, last)
	if err != nil {
		return nil, err
	}
	done := &submittedSurvey{Survey: s, Estimate: x}
	if len(missing) == 0 {
		return done, nil
	}
	if done.Slurm, err = cluster.WriteSurvey(s, x, missing, options); err != nil || f.dryRun {
		return done, err
	}
	return done, done.Slurm.Submit(ctx)
}

// surveyEnded returns an error if jobs of a survey still wait or run.
func (t *terminal) surveyEnded(ctx context.Context, folder string) error {
	jobs, err := cluster.SurveyJobs(folder)
	if err != nil {
		return err
	}
	return ended(ctx, folder, jobs, command("cancel", folder))
}

// survey returns a survey with the arguments by which its tasks are called.
func (t *terminal) survey(r app.Reconstruction, x *app.Survey, parts int) (*cluster.Survey, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	s := &cluster.Survey{Out: r.Out, Dir: dir, Prior: x.Prior, Parts: parts}
	add := func(flag, value string) { s.Args = append(s.Args, "--"+flag, value) }
	for _, file := range r.Files {
		add("in", file)
	}
	for _, e := range r.Edits {
		if e.Unset {
			add("unset", e.Text)
		} else {
			add("set", e.Text)
		}
	}
	if between := r.RedshiftRange; between != nil {
		add("redshift-range", fmt.Sprintf("%v,%v", between[0], between[1]))
	}
	if r.Plots != "" {
		add("plot", r.Plots)
	}
	s.Store = []string{"--runs", t.app.Runs}
	for _, c := range t.app.Caches {
		s.Store = append(s.Store, "--cache", c)
	}
	if t.app.MaxMemory > 0 {
		size := fmt.Sprintf("%vKiB", float64(t.app.MaxMemory)/(1<<10))
		add("max-memory", size)
		s.Store = append(s.Store, "--max-memory", size)
	}
	s.Again = slices.Concat([]string{"submit", "reconstruct", "--prior", s.Prior}, s.Args, []string{"--out", s.Out, "--parts", strconv.Itoa(parts), "--slurm"})
	if !x.File {
		s.Again = append(s.Again, s.Store[:2+2*len(t.app.Caches)]...)
	}
	return s, nil
}

// missingParts returns the parts of a survey that are not done. Parts of another survey than the
// last one must not be among them.
func missingParts(s, last *cluster.Survey) (missing []int, err error) {
	list, err := app.PartResults(s.Path(), s.Parts)
	if err != nil {
		return nil, err
	}
	trusted := last != nil && last.Same(s)
	for i, r := range list {
		switch {
		case r == nil:
			missing = append(missing, i)
		case !trusted && last != nil && last.Parts == s.Parts:
			return nil, usageError{fmt.Errorf("%s: has been made by another command: %s; remove the parts, or name another file to write", r.Out, command(last.Again...))}
		case !trusted: // the task itself finds out whether it is done
			missing = append(missing, i)
		}
	}
	return missing, nil
}

func printSubmittedSurvey(out io.Writer, s *submittedSurvey) {
	if s.Slurm == nil {
		fmt.Fprintf(out, "%s: %s, all done; there is nothing left to do\n", s.Out, plural(s.Parts, "part"))
		return
	}
	x := s.Estimate
	fmt.Fprintf(out, "%s: %s, %s, %s\n", s.Out, plural(s.Parts, "part"), plural(x.Files, "file"), byteCount(x.Bytes))
	if x.Seconds > 0 {
		fmt.Fprintf(out, "about %.3g spectra; the first took %.3g ms of processor time each, on this machine\n", x.Spectra, 1000*x.Seconds/x.Spectra)
	}
	fmt.Fprintln(out)
	if printSubmission(out, s.Slurm) {
		fmt.Fprintf(out, "%s shows how far it is, %s ends it; what is left then: %s\n", command("status", s.Out), command("cancel", s.Out), command(s.Again...))
	}
}
