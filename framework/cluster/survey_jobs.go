package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sedlab/framework/app"
	"sedlab/internal/disk"
	"sedlab/internal/durable"
	"sedlab/internal/escape"
)

// Files of a submission of a survey.
const (
	priorFile = "prior.safetensors" // the prior of a run, calibrated
	partsFile = "parts.txt"         // the numbers of the parts, if not all are to be done
)

// surveyLimit is the time limit of parts if nothing was measured. At the limit, a task is started
// again and goes on from what it has.
const surveyLimit = 2 * time.Hour

// Parts returns the number of parts that take about the time of a task each.
func Parts(x *app.Survey, o Options) int {
	return tasks(x.Pieces, x.Seconds/float64(o.CPUs), 60*o.Minutes, o.MaxTasks)
}

// WriteSurvey writes the scripts of the jobs for the parts that a survey lacks into a new folder in
// its SurveyFolder: one that calibrates the prior, unless that has a file or is calibrated, and an
// array of parts.
func WriteSurvey(s *Survey, x *app.Survey, missing []int, o Options) (*Submission, error) {
	program, err := programOf(o)
	if err != nil {
		return nil, err
	}
	if err := s.begin(x, missing, o); err != nil {
		return nil, err
	}
	to := &Submission{Folder: s.folder, Script: filepath.Join(s.folder, submitFile), Jobs: []Planned{}}
	again := "cd " + escape.Shell(s.Dir) + " && " + words(slices.Concat([]string{program}, s.Again(), o.Given())...)
	for _, j := range s.jobs(x, o) {
		command := words(append([]string{program}, s.call(j, x)...)...)
		if j.Stage == stageParts {
			command += fmt.Sprintf(` --part "$SLURM_ARRAY_TASK_ID/%d"`, s.Parts)
		}
		if err := to.add(script{job: j, Options: o, ID: s.id(), About: s.about(j), Dir: s.Dir, Again: again, Paused: ExitInterrupted, Command: command}); err != nil {
			return nil, err
		}
	}
	return to, to.finish("survey "+s.name(), afterOK, o, s.folder)
}

// WriteSurveyKubernetes writes Jobs for the parts that a survey lacks, as WriteSurvey writes scripts. All
// can be applied at once: parts that begin before the prior is calibrated exit with 75. At most
// MostIndices parts may be missing.
func WriteSurveyKubernetes(s *Survey, x *app.Survey, missing []int, o Options) (*Manifests, error) {
	if err := s.begin(x, missing, o); err != nil {
		return nil, err
	}
	const index = "$(JOB_COMPLETION_INDEX)" // counts what is missing
	m := &Manifests{Folder: s.Manifests(), Jobs: []Planned{}}
	if err := disk.Mkdir(m.Folder, 0o777); err != nil {
		return nil, err
	}
	label := labelOf(s.id(), s.folder)
	for i, j := range s.jobs(x, o) {
		args := append(s.call(j, x), "--workers", strconv.Itoa(o.CPUs))
		if !x.File && !x.Calibrated {
			args = append(args, "--shared-prior")
		}
		for i, arg := range args {
			args[i] = literal(arg)
		}
		if j.Stage == stageParts {
			args = append(args, "--part", fmt.Sprintf("%s/%d", index, s.Parts))
			if s.Only != nil {
				args = append(args, "--only", literal(filepath.Join(s.folder, partsFile)))
			}
		}
		v := script{job: j, Options: o, ID: s.id(), About: s.about(j), Dir: s.Dir, Paused: ExitInterrupted, Env: environment()}
		if err := m.add(i, manifest{script: v, Call: args, Object: label + "-" + j.Name(), Label: label, Index: j.Array()}); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Visible returns a *MountError if pods would not find what they read, or where they write.
func (s *Survey) Visible(x *app.Survey, o Options) error {
	prior := s.Prior
	if i := strings.LastIndexByte(prior, ':'); i >= 0 && !x.File {
		prior = prior[:i] // the folder of its run
	}
	needed := append([]string{s.Dir, filepath.Dir(s.Path()), prior}, x.Inputs...)
	if !x.File && !x.Calibrated {
		needed = append(needed, x.Caches...)
	}
	for _, path := range needed {
		if err := o.Visible(path); err != nil {
			return err
		}
	}
	return nil
}

// begin makes the folder of a submission, with the record of what is submitted and, if it has been
// calibrated, the prior.
func (s *Survey) begin(x *app.Survey, missing []int, o Options) error {
	in, err := filepath.Abs(SurveyFolder(s.Path()))
	if err != nil {
		return err
	}
	if s.folder, err = newFolder(in); err != nil {
		return err
	}
	lines := func(w io.Writer) (err error) {
		for _, i := range missing {
			_, failed := fmt.Fprintln(w, i)
			err = errors.Join(err, failed)
		}
		return err
	}
	if len(missing) < s.Parts {
		s.Only = missing
		err = durable.WriteFile(filepath.Join(s.folder, partsFile), lines)
	}
	if x.Calibrated {
		err = errors.Join(err, x.Save(filepath.Join(s.folder, priorFile)))
	}
	note := func(w io.Writer) error { return json.NewEncoder(w).Encode(s) }
	return errors.Join(err, o.write(s.folder), durable.WriteFile(filepath.Join(s.folder, surveyFile), note))
}

// jobs are the jobs of a submission.
func (s *Survey) jobs(x *app.Survey, o Options) (list []job) {
	if !x.File && !x.Calibrated {
		list = append(list, job{Stage: stageCalibrate, Rung: -1, Count: 1, Steps: 1, Limit: calibrateLimit, Memory: withMargin(x.Calibrate)})
	}
	count := s.Parts
	if s.Only != nil {
		count = len(s.Only)
	}
	seconds := x.Share(s.Parts) * x.Seconds / float64(o.CPUs)
	j := job{
		Stage: stageParts, Rung: -1, Count: count, Steps: count, Only: s.Only, Expect: time.Duration(seconds * float64(time.Second)), Limit: surveyLimit,
		Memory: withMargin(x.Memory(s.Parts, o.CPUs)),
	}
	if j.Expect > 0 {
		j.Limit = max(leastLimit, time.Duration(timeMargin*float64(j.Expect)))
	}
	return append(list, j)
}

// call returns the arguments of the program in a job, without the part.
func (s *Survey) call(j job, x *app.Survey) []string {
	prior := filepath.Join(s.folder, priorFile)
	if j.Stage == stageCalibrate {
		return append([]string{"reconstruct", "--prior", s.Prior, "--save-prior", prior}, s.Store...)
	}
	if x.File {
		prior = s.Prior
	}
	return slices.Concat([]string{"reconstruct", "--prior", prior}, s.Args, []string{"--out", s.Out, "--kernel", s.Kernel})
}

// name returns that of the results.
func (s *Survey) name() string { return filepath.Base(s.Path()) }

// id returns a name by which Slurm and Kubernetes tell surveys of equal names apart.
func (s *Survey) id() string {
	return tagged(s.name(), filepath.Dir(s.folder))
}

// about says what a job does.
func (s *Survey) about(j job) string {
	if j.Stage == stageCalibrate {
		return fmt.Sprintf("Survey %s: calibrates the prior, and writes it to a file.", s.name())
	}
	text := fmt.Sprintf("Survey %s: %d of %d parts", s.name(), j.Count, s.Parts)
	if j.Expect > 0 {
		text += fmt.Sprintf(", of which the longest is expected to take %v", j.Expect.Round(time.Second))
	}
	return text + "."
}
