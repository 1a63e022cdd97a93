package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/cluster"
	"sedlab/framework/store"
	"sedlab/internal/escape"
	"sedlab/internal/yamlpos"
)

// clusterFlags are the flags of commands that submit a run to a cluster.
type clusterFlags struct {
	slurm, kubernetes, dryRun bool
	profile                   string
	settings                  []cluster.Setting
}

func (f clusterFlags) on() bool { return f.slurm || f.kubernetes }

// add adds the flags to a command: one for each key of a profile, too, but for some.
func (f *clusterFlags) add(c *cobra.Command, without ...string) {
	c.Flags().BoolVar(&f.slurm, "slurm", false, "submit job arrays to Slurm")
	c.Flags().BoolVar(&f.kubernetes, "kubernetes", false, "write Indexed Jobs for kubectl apply")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "only write the scripts, which you may edit, and say how to submit them")
	c.Flags().StringVar(&f.profile, "profile", "", "`name` of a profile in "+cluster.ProfileFile+", here or in the user's configuration, that gives flags their values")
	for _, field := range yamlpos.Fields(cluster.Options{}) {
		if slices.Contains(without, field.Name) {
			continue
		}
		name := strings.ReplaceAll(field.Name, "_", "-")
		doc := field.Doc
		if field.Default != "" && field.Default != `""` && !field.List {
			doc += fmt.Sprintf(" (default %s)", field.Default)
		}
		c.Flags().Func(name, doc, func(text string) error {
			f.settings = append(f.settings, cluster.Setting{Flag: "--" + name, Key: field.Name, Value: text})
			return nil // it is checked with the profile
		})
	}
}

// submitted is a run whose jobs have been submitted, or could be.
type submitted struct {
	Run        string              `json:"run"` // its folder
	Slurm      *cluster.Submission `json:"slurm,omitempty"`
	Kubernetes *cluster.Manifests  `json:"kubernetes,omitempty"`

	flags []string // that resume needs
}

func (t *terminal) submitCommand() *cobra.Command {
	var ref app.SpecRef
	var f clusterFlags
	var note string
	c := answering(t, &cobra.Command{
		Use:   "submit SPEC",
		Short: "Run a spec on a cluster: Slurm or Kubernetes",
		Long: "Submit makes the folder of a run and hands its trainings and cells to a cluster, in tasks that take about --minutes\n" +
			"each. It returns at once; nothing of it keeps running. The folders of the runs and of the cache must be on a file\n" +
			"system that the nodes share. Values that a cluster always needs can be kept as a profile in " + cluster.ProfileFile + ":\n\n" +
			"  profiles:\n    default: {partition: long, cpus: 8}",
		Example: "  sedlab submit paper/figure2a --slurm --partition long --cpus 8 --array 50\n  sedlab submit mine.yaml --kubernetes --image registry.example.org/sedlab:1 --claim data",
	}, func(ctx context.Context, args []string) (*submitted, error) {
		options, err := cluster.ReadOptions(f.profile, f.settings)
		if err == nil {
			err = f.check(options, append(t.app.Caches, t.app.Runs)...)
		}
		if err != nil {
			return nil, err
		}
		t.noteOptions(options)
		ref.Name = args[0]
		r, err := t.app.Prepare(ctx, ref, app.RunOptions{Workers: options.CPUs, Kernel: options.Kernel, Note: note, Command: t.args, Events: t.progress})
		if err != nil {
			return nil, err
		}
		s, err := t.submit(ctx, r.Dir, options, f)
		return s, refused(r.Dir, engineOf(f), options, true, err)
	}, printSubmitted)
	t.specFlags(c, &ref)
	t.runsFlag(c)
	t.cacheFlag(c)
	t.memoryFlag(c)
	c.Flags().StringVarP(&note, "note", "m", "", "note a `text` about the run; runs note changes it later")
	f.add(c, "calibrate_time")
	below := t.submitReconstructCommand()
	below.Args = noFiles
	c.Args = checkArgs
	c.AddCommand(below)
	return c
}

// check returns an error if a run, or runs, cannot be submitted from here. Pods have to see the folders.
func (f clusterFlags) check(o cluster.Options, folders ...string) error {
	switch {
	case f.slurm == f.kubernetes:
		return usageError{errors.New("say to which cluster: --slurm or --kubernetes")}
	case f.kubernetes:
		for _, folder := range folders {
			if err := o.Visible(folder); err != nil {
				return usageError{fmt.Errorf("%w; --mount names another place", err)}
			}
		}
	case !f.dryRun:
		if err := cluster.Available(); err != nil {
			return usageError{fmt.Errorf("there is no Slurm here: %w; --dry-run writes the scripts", err)}
		}
	}
	return nil
}

// noteOptions says where options come from.
func (t *terminal) noteOptions(o cluster.Options) {
	if o.From() != "" {
		t.progress.Note("options are from " + o.From())
	}
}

// submit hands what a run lacks to a cluster.
func (t *terminal) submit(ctx context.Context, run string, o cluster.Options, f clusterFlags) (s *submitted, err error) {
	w, err := t.app.Workload(ctx, run, o.CPUs)
	if err != nil {
		return nil, err
	}
	s = &submitted{flags: o.Given()}
	if s.Run, err = filepath.Abs(w.Dir); err != nil { // other commands may be called elsewhere
		return nil, err
	}
	if f.kubernetes {
		for _, path := range w.Inputs {
			if err := o.Visible(path); err != nil {
				return nil, usageError{fmt.Errorf("%w; move the data there", err)}
			}
		}
		if err = store.HandOver(w.Dir); err == nil { // whether the Jobs will be applied is not known
			s.Kubernetes, err = cluster.WriteKubernetes(w, o)
		}
		return s, err
	}
	if s.Slurm, err = cluster.Write(w, o); err != nil || f.dryRun {
		return s, err
	}
	if err := store.HandOver(w.Dir); err != nil {
		return nil, err
	}
	if err := s.Slurm.Submit(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// refused returns err as the reason why a run is not submitted, which may be new.
func refused(dir, engine string, o cluster.Options, fresh bool, err error) error {
	if err == nil || errors.As(err, new(*app.DoneError)) {
		return err
	}
	return &unsubmittedError{dir, resumption(dir, engine, o.Given()), fresh, err}
}

// unsubmittedError reports a run none of whose jobs Slurm has taken.
type unsubmittedError struct {
	dir   string
	again string // the command that tries again
	fresh bool   // the run is new
	error
}

// engineOf returns the flag that names the engine.
func engineOf(f clusterFlags) string {
	if f.kubernetes {
		return "--kubernetes"
	}
	return "--slurm"
}

// resumption returns the command that submits what is left of a run to an engine, with flags that
// it needs.
func resumption(run, engine string, flags []string) string {
	return command(slices.Concat([]string{"resume", run, engine}, flags)...)
}

func (e *unsubmittedError) Error() string {
	why := e.error.Error()
	if said := new(cluster.CallError); errors.As(e.error, &said) && said.Said != "" {
		why = "Slurm says: " + strings.ReplaceAll(said.Said, "\n", "; ")
	}
	text := fmt.Sprintf("run %s is not submitted. %s\nto try again: %s, with the flags to change", filepath.Base(e.dir), why, e.again)
	if e.fresh {
		text += "; to remove it: " + command("runs", "rm", e.dir)
	}
	return text
}

// Unwrap returns the cause.
func (e *unsubmittedError) Unwrap() error { return e.error }

// resumeOn submits what an earlier submission of a run has left to do.
func (t *terminal) resumeOn(ctx context.Context, name string, f clusterFlags) (*submitted, error) {
	run, err := store.Find(t.app.Runs, name)
	if err != nil {
		return nil, err
	}
	m, err := store.ReadManifest(run)
	if err != nil {
		return nil, err
	}
	options, err := cluster.LastOptions(run, f.kubernetes, f.profile, f.settings)
	if err == nil {
		err = f.check(options, slices.Concat([]string{run, cmp.Or(m.Cache, run)}, m.ReadCaches)...)
	}
	if err != nil {
		return nil, err
	}
	t.noteOptions(options)
	if f.kubernetes || f.dryRun { // what the jobs leave to do is not known before they have ended
		if err := t.quiet(ctx, run); err != nil {
			return nil, err
		}
	}
	if !f.slurm || f.dryRun {
		return t.submit(ctx, run, options, f)
	}
	var s *submitted
	err = cluster.Alone(filepath.Join(run, store.SlurmFolder), func() (err error) {
		if err = idle(ctx, run); err == nil {
			s, err = t.submit(ctx, run, options, f)
			err = refused(run, engineOf(f), options, false, err)
		}
		return err
	})
	return s, err
}

func printSubmitted(out io.Writer, s *submitted) {
	if s.Kubernetes != nil {
		printManifests(out, s.Kubernetes)
		return
	}
	fmt.Fprintf(out, "%s\n\n", s.Run)
	if !printSubmission(out, s.Slurm) {
		return
	}
	for _, line := range [][2]string{
		{command("status", s.Run), "how far it is"}, {command("cancel", s.Run), "ends its jobs"}, {resumption(s.Run, "--slurm", s.flags), "submits what is left then"},
	} {
		fmt.Fprintf(out, "%s   # %s\n", line[0], line[1])
	}
}

// printSubmission lists the jobs of a submission, and reports whether they are submitted.
func printSubmission(out io.Writer, s *cluster.Submission) bool {
	table(out, func(w io.Writer) {
		fmt.Fprintln(w, "job\tnumber\ttasks\tsteps\tlongest task\ttime limit\tmemory")
		for i, j := range s.Jobs {
			number := "-"
			if i < len(s.Queued) {
				number = s.Queued[i].Job
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%d\tabout %s\t%s\t%s\n", j.Name, number, j.Tasks, j.Steps, span(j.Seconds), j.Time, j.Mem)
		}
	})
	for _, note := range s.Notes {
		fmt.Fprintln(out, "note:", note)
	}
	fmt.Fprintln(out)
	if len(s.Queued) == 0 {
		fmt.Fprintf(out, "nothing is submitted; this submits it: %s\n", escape.Shell(s.Script))
	}
	return len(s.Queued) > 0
}

func printManifests(out io.Writer, m *cluster.Manifests) {
	for _, note := range m.Notes {
		fmt.Fprintln(out, "note:", note)
	}
	fmt.Fprintf(out, "%s\n\nnothing is submitted; this submits it: %s\n", m.Run, commandLine("kubectl", "apply", "-f", m.Folder))
}
