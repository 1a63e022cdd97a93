package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sedlab/framework/app"
	"sedlab/internal/durable"
	"sedlab/internal/escape"
	"sedlab/internal/regular"
)

// Survey is a reconstruction in parts, as it is submitted.
type Survey struct {
	Out   string   `json:"out"`   // as reconstruct has it
	Dir   string   `json:"dir"`   // the folder in which names of files are meant
	Prior string   `json:"prior"` // its file, or RUN:NAME
	Args  []string `json:"args"`  // of reconstruct, about the spectra
	Store []string `json:"store"` // of reconstruct, about the prior
	Parts int      `json:"parts"`
	Again []string `json:"again"` // the arguments of the program that submit what is missing
}

// surveyFile has the Survey of the last submission, in the folder of the submissions.
const surveyFile = "survey.json"

// mostParts is more than the largest job array of Slurm.
const mostParts = 1 << 22

// surveyEnding is that of the folder of a survey's submissions.
const surveyEnding = ".slurm"

// SurveyFolder returns the folder of the submissions of a survey: OUT.slurm.
func SurveyFolder(out string) string { return strings.TrimRight(out, "/") + surveyEnding }

// FindSurvey returns the folder of the submissions of the survey that its results or the folder
// name, or "".
func FindSurvey(name string) string {
	for _, folder := range []string{strings.TrimRight(name, "/"), SurveyFolder(name)} {
		if _, err := os.Stat(filepath.Join(folder, surveyFile)); err == nil && name != "" {
			return folder
		}
	}
	return ""
}

// LastSurvey returns what was submitted last in a folder of submissions, or nil.
func LastSurvey(folder string) (*Survey, error) {
	path := filepath.Join(folder, surveyFile)
	text, err := regular.ReadIn(folder, surveyFile, 1<<24)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	s := new(Survey)
	if err == nil {
		err = json.Unmarshal(text, s)
	}
	if err == nil && (s.Out == "" || s.Dir == "" || s.Parts < 1 || s.Parts > mostParts) {
		err = errors.New("is no record of a survey; move it away and submit again")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// Same reports whether two surveys have the same parts, as far as their arguments tell.
func (s *Survey) Same(o *Survey) bool {
	return s.Out == o.Out && s.Dir == o.Dir && s.Prior == o.Prior && s.Parts == o.Parts && slices.Equal(s.Args, o.Args)
}

// Path returns the path of the results, from anywhere.
func (s *Survey) Path() string {
	if filepath.IsAbs(s.Out) {
		return s.Out
	}
	return s.Dir + string(filepath.Separator) + s.Out // which keeps the / at the end of a folder
}

// SurveyOptions returns the options of the last submission in a folder, as LastOptions does.
func SurveyOptions(folder, profile string, settings []Setting) (Options, error) {
	return optionsIn(folder, profile, settings)
}

// SurveyJobs returns the jobs of all submissions in a folder, the oldest first.
func SurveyJobs(folder string) ([]SlurmJob, error) { return jobsIn(folder) }

// Parts returns the number of parts that take about the time of a task each.
func Parts(x *app.Survey, o Options) int {
	return tasks(x.Pieces, x.Seconds/float64(o.CPUs), 60*o.Minutes, o.MaxTasks)
}

// WriteSurvey writes the scripts of the jobs for the parts that a survey lacks into a new folder in
// its SurveyFolder: one that calibrates the prior, unless that has a file, and an array of parts.
func WriteSurvey(s *Survey, x *app.Survey, missing []int, o Options) (_ *Submission, err error) {
	program, err := programOf(o)
	if err != nil {
		return nil, err
	}
	in, err := filepath.Abs(SurveyFolder(s.Path()))
	if err != nil {
		return nil, err
	}
	to := &Submission{Jobs: []Planned{}}
	if to.Folder, err = newFolder(in); err != nil {
		return nil, err
	}
	to.Script = filepath.Join(to.Folder, submitFile)
	name, prior := filepath.Base(s.Path()), s.Prior
	id := tagged(name, in)
	again := "cd " + escape.Shell(s.Dir) + " && " + words(append([]string{program}, s.Again...)...)
	if !x.File {
		prior = filepath.Join(to.Folder, "prior.safetensors")
		j := job{Stage: stageCalibrate, Rung: -1, Count: 1, Steps: 1, Limit: gatherLimit, Memory: withMargin(x.Calibrate)}
		err = to.add(script{
			job: j, Options: o, ID: id, About: fmt.Sprintf("Survey %s: calibrates the prior, and writes it to a file.", name), Dir: s.Dir, Again: again, Paused: ExitInterrupted,
			Command: words(append([]string{program, "reconstruct", "--prior", s.Prior, "--save-prior", prior}, s.Store...)...),
		})
	}
	j := parts(s, x, missing, o)
	about := fmt.Sprintf("Survey %s: %d of %d parts", name, j.Count, s.Parts)
	if j.Expect > 0 {
		about += fmt.Sprintf(", of which the longest is expected to take %v", j.Expect.Round(time.Second))
	}
	err = errors.Join(err, to.add(script{
		job: j, Options: o, ID: id, About: about + ".", Dir: s.Dir, Again: again, Paused: ExitInterrupted,
		Command: words(slices.Concat([]string{program, "reconstruct", "--prior", prior}, s.Args, []string{"--out", s.Out})...) + fmt.Sprintf(` --part "$SLURM_ARRAY_TASK_ID/%d"`, s.Parts),
	}))
	note := func(w io.Writer) error { return json.NewEncoder(w).Encode(s) }
	return to, errors.Join(err, to.finish("survey "+name, afterOK, o), durable.WriteFile(filepath.Join(in, surveyFile), note))
}

// surveyLimit is the time limit of parts if nothing was measured. At the limit, a task is started
// again and goes on from what it has.
const surveyLimit = 2 * time.Hour

// parts is the array of the parts that a survey lacks.
func parts(s *Survey, x *app.Survey, missing []int, o Options) job {
	seconds := x.Share(s.Parts) * x.Seconds / float64(o.CPUs)
	j := job{
		Stage: stageParts, Rung: -1, Count: len(missing), Steps: len(missing), Expect: time.Duration(seconds * float64(time.Second)), Limit: surveyLimit,
		Memory: withMargin(x.Memory(s.Parts, o.CPUs)),
	}
	if j.Expect > 0 {
		j.Limit = max(leastLimit, time.Duration(timeMargin*float64(j.Expect)))
	}
	if len(missing) < s.Parts {
		j.Only = missing
	}
	return j
}

// LogTail returns the path of the newest log of a part, or else of the calibration that it needs,
// and its last lines. It looks in a folder of submissions.
func LogTail(folder string, part, lines int) (path string, last []string) {
	list, _ := folders(folder) // without logs there is nothing to show
	for _, in := range slices.Backward(list) {
		jobs, _ := readJobs(in)
		for _, j := range slices.Backward(jobs) {
			name := j.Name + "-" + j.Job
			if j.Name == string(stageParts) {
				name += "_" + strconv.Itoa(part)
			}
			path = filepath.Join(in, "logs", name+".log")
			if last = lastLines(in, filepath.Join("logs", name+".log"), lines); len(last) > 0 {
				return path, last
			}
		}
	}
	return "", nil
}
