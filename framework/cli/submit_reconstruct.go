package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/cluster"
	"sedlab/internal/escape"
)

// submittedSurvey is a survey whose jobs have been submitted, or could be.
type submittedSurvey struct {
	*cluster.Survey
	Estimate   *app.Survey         `json:"estimate"`
	Slurm      *cluster.Submission `json:"slurm,omitempty"` // nil if all parts are done
	Kubernetes *cluster.Manifests  `json:"kubernetes,omitempty"`
}

func (t *terminal) submitReconstructCommand() *cobra.Command {
	var r app.Reconstruction
	var f clusterFlags
	var parts int
	c := answering(t, &cobra.Command{
		Use:   "reconstruct --prior RUN:NAME --in FILE --out FILE {--slurm|--kubernetes}",
		Short: "Repair the spectra of a survey on a cluster, in parts",
		Long: "Submit reconstruct repairs many spectra on a cluster: a job calibrates the prior and writes it to a file, and an array of\n" +
			"tasks calls reconstruct --part 0/N, 1/N, …. It takes the flags of reconstruct and of submit. Scripts and logs, or the\n" +
			"Jobs that --kubernetes writes, are in OUT.jobs. Without --parts, the first spectra are repaired here to see how long they\n" +
			"take, for which the prior of a run is calibrated here; a task then takes about --minutes. The same command submits what\n" +
			"is missing.\n\n" + runNames,
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
	f.add(c, "gather_time")
	c.Flags().IntVar(&parts, "parts", 0, "`number` of parts; 0 for as many as the last time, or else as --minutes and the estimate say")
	return c
}

// checkSurvey returns an error if a survey cannot be submitted from here.
func (f clusterFlags) checkSurvey(r app.Reconstruction, parts int) error {
	if err := checkOrder(r); err != nil {
		return err
	}
	switch {
	case parts < 0:
		return usageError{fmt.Errorf("--parts %d: must be 0 or above", parts)}
	case f.kubernetes && !f.slurm:
		return nil // the options say what pods see
	}
	return f.check(cluster.Options{})
}

// submitSurvey hands the parts that a survey lacks to a cluster.
func (t *terminal) submitSurvey(ctx context.Context, r app.Reconstruction, parts int, f clusterFlags) (*submittedSurvey, error) {
	last, err := cluster.LastSurvey(cluster.SurveyFolder(r.Out))
	if err != nil {
		return nil, err
	}
	options, err := cluster.SurveyOptions(last, f.profile, f.settings)
	if err != nil {
		return nil, err
	}
	t.noteOptions(options)
	if parts == 0 && last != nil {
		parts = last.Parts
	}
	if r.Kernel = options.Kernel; r.Kernel == "" && last != nil {
		r.Kernel = last.Kernel
	}
	if f.kubernetes {
		options.MaxTasks = min(options.MaxTasks, cluster.MostIndices)
	}
	if parts > options.MaxTasks {
		return nil, usageError{fmt.Errorf("--parts %d: more than --max-tasks %d", parts, options.MaxTasks)}
	}
	x, err := t.app.Survey(ctx, r, parts, options.MaxTasks, t.progress)
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
	s.Indexed = f.kubernetes
	done := &submittedSurvey{Survey: s, Estimate: x}
	missing, err := missingParts(s, x, last)
	if err == nil && len(missing) > 0 {
		err = t.handOver(ctx, done, missing, options, f)
	}
	if err != nil {
		return nil, err
	}
	return done, nil
}

// handOver writes the jobs of the missing parts, and submits them to Slurm.
func (t *terminal) handOver(ctx context.Context, s *submittedSurvey, missing []int, o cluster.Options, f clusterFlags) error {
	if f.kubernetes {
		if err := s.Visible(s.Estimate, o); err != nil {
			return usageError{fmt.Errorf("%w; --mount names another place", err)}
		}
	}
	if f.slurm && f.dryRun { // it is not the last submission before it is submitted
		return s.write(missing, o)
	}
	folder := cluster.SurveyFolder(s.Out)
	return cluster.Alone(folder, func() error {
		if err := t.surveyEnded(ctx, folder, f); err != nil {
			return err
		}
		if err := s.write(missing, o); err != nil || f.kubernetes {
			return err
		}
		return s.Slurm.Submit(ctx)
	})
}

// write writes what is to be submitted.
func (s *submittedSurvey) write(missing []int, o cluster.Options) (err error) {
	if s.Indexed {
		s.Kubernetes, err = cluster.WriteSurveyKubernetes(s.Survey, s.Estimate, missing, o)
	} else {
		s.Slurm, err = cluster.WriteSurvey(s.Survey, s.Estimate, missing, o)
	}
	return err
}

// surveyEnded returns an error if jobs of a survey still wait or run on Slurm, as far as can be known
// here.
func (t *terminal) surveyEnded(ctx context.Context, folder string, f clusterFlags) error {
	jobs, err := cluster.SurveyJobs(folder)
	if err == nil {
		err = ended(ctx, folder, jobs, command("cancel", folder))
	}
	if f.kubernetes && errors.Is(err, exec.ErrNotFound) {
		t.progress.Note("there is no Slurm here, so it is not known whether jobs of the survey still wait or run there")
		return nil
	}
	return err
}

// survey returns a survey with the arguments by which its tasks are called.
func (t *terminal) survey(r app.Reconstruction, x *app.Survey, parts int) (*cluster.Survey, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	s := &cluster.Survey{Out: r.Out, Dir: dir, Prior: x.Prior, Parts: parts, Input: x.Input, Kernel: x.Kernel}
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
	return s, nil
}

// missingParts returns the parts of a survey that are not done. Parts that are not of this survey must
// not be among them.
func missingParts(s *cluster.Survey, x *app.Survey, last *cluster.Survey) (missing []int, err error) {
	done, err := x.Done(s.Parts)
	if err != nil && last != nil {
		err = fmt.Errorf("%w; what was submitted last: %s", err, again(last))
	}
	for i := range s.Parts {
		if !done[i] {
			missing = append(missing, i)
		}
	}
	return missing, err
}

// again returns the command that submits what a survey lacks, with the flags without which it would be
// refused.
func again(s *cluster.Survey) string {
	args, foreign := s.Again(), new(cluster.ForeignError)
	if _, err := cluster.SurveyOptions(s, "", nil); errors.As(err, &foreign) {
		args = append(args, foreign.Flags...)
	}
	line := command(args...)
	if dir, err := os.Getwd(); err != nil || dir != s.Dir {
		line = "cd " + escape.Shell(s.Dir) + " && " + line
	}
	return line
}

func printSubmittedSurvey(out io.Writer, s *submittedSurvey) {
	if s.Slurm == nil && s.Kubernetes == nil {
		fmt.Fprintf(out, "%s: %s, all done; there is nothing left to do\n", s.Out, plural(s.Parts, "part"))
		return
	}
	x := s.Estimate
	fmt.Fprintf(out, "%s: %s, %s, %s\n", s.Out, plural(s.Parts, "part"), plural(x.Files, "file"), byteCount(x.Bytes))
	if x.Seconds > 0 {
		fmt.Fprintf(out, "about %.3g spectra; the first took %.3g ms of processor time each, on this machine\n", x.Spectra, 1000*x.Seconds/x.Spectra)
	}
	fmt.Fprintln(out)
	switch {
	case s.Kubernetes != nil:
		table(out, func(w io.Writer) {
			fmt.Fprintln(w, "job\tpods\tlongest pod\tmemory")
			for _, j := range s.Kubernetes.Jobs {
				fmt.Fprintf(w, "%s\t%d\tabout %s\t%s\n", j.Name, j.Tasks, span(j.Seconds), j.Mem)
			}
		})
		fmt.Fprintf(out, "\nnothing is submitted; this submits it: %s\n", commandLine("kubectl", "apply", "-f", s.Kubernetes.Folder))
	case !printSubmission(out, s.Slurm):
		return
	}
	fmt.Fprintf(out, "%s shows how far it is", command("status", s.Out))
	if s.Slurm != nil {
		fmt.Fprintf(out, ", %s ends it", command("cancel", s.Out))
	}
	fmt.Fprintf(out, "; what is left then: %s\n", again(s.Survey))
}
