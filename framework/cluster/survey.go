package cluster

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sedlab/framework/app"
	"sedlab/internal/regular"
)

// Survey is a reconstruction in parts, as it is submitted.
type Survey struct {
	Out     string   `json:"out"`            // as reconstruct has it
	Dir     string   `json:"dir"`            // the folder in which names of files are meant
	Prior   string   `json:"prior"`          // its file, or RUN:NAME
	Args    []string `json:"args"`           // of reconstruct, about the spectra: flags and their values
	Store   []string `json:"store"`          // of reconstruct, about the prior: flags and their values
	Parts   int      `json:"parts"`          // in all
	Only    []int    `json:"only,omitempty"` // the parts that have tasks, in order; if empty, all have
	Input   string   `json:"input"`          // that of app.Survey
	Kernel  string   `json:"kernel"`         // that of app.Survey
	Indexed bool     `json:"indexed"`        // Indexed Jobs of Kubernetes do the parts, rather than a job array of Slurm

	folder string // of the submission
}

// surveyFile has the Survey of a submission, in its folder.
const surveyFile = "survey.json"

// Bounds of what surveyFile may say.
const (
	mostParts  = 1e6 // that of Options.MaxTasks
	surveySize = 1 << 24
)

// surveyFlags are the flags that Args and Store may have.
var surveyFlags = []string{"--in", "--set", "--unset", "--redshift-range", "--plot", "--max-memory", "--runs", "--cache"}

// surveyEnding is that of the folder of a survey's submissions.
const surveyEnding = ".jobs"

// SurveyFolder returns the folder of the submissions of a survey: OUT.jobs. Each has a folder there,
// 1, 2, ….
func SurveyFolder(out string) string { return strings.TrimRight(out, "/") + surveyEnding }

// FindSurvey returns the folder of the submissions of the survey that its results or the folder
// name, or "".
func FindSurvey(name string) string {
	for _, in := range []string{strings.TrimRight(name, "/"), SurveyFolder(name)} {
		list, _ := folders(in) // what is no folder has none
		if name != "" && slices.ContainsFunc(list, func(folder string) bool {
			_, err := os.Stat(filepath.Join(folder, surveyFile))
			return err == nil
		}) {
			return in
		}
	}
	return ""
}

// LastSurvey returns what was submitted last in a folder of submissions. If nothing was, it is what
// was last written to be submitted, or nil.
func LastSurvey(in string) (last *Survey, err error) {
	list, err := folders(in)
	for _, folder := range slices.Backward(list) {
		s, err := readSurvey(folder)
		if err != nil {
			return nil, err
		}
		if s == nil {
			continue
		}
		if last = cmp.Or(last, s); s.Indexed {
			return s, nil // whether it was applied is not known
		}
		if jobs, err := readJobs(folder); err != nil || len(jobs) > 0 {
			return s, err
		}
	}
	return last, err
}

// readSurvey reads the record of a submission; it returns nil if there is none.
func readSurvey(folder string) (*Survey, error) {
	text, err := regular.ReadIn(folder, surveyFile, surveySize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	s := &Survey{folder: folder}
	if err == nil {
		err = json.Unmarshal(text, s)
	}
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(folder, surveyFile), err)
	}
	return s, nil
}

// check returns an error if a record cannot be that of a submission in its folder. Others may have
// written it, and commands are made of it.
func (s *Survey) check() error {
	known := func(args []string) bool {
		for i := 0; i < len(args); i += 2 {
			if i+1 == len(args) || !slices.Contains(surveyFlags, args[i]) {
				return false
			}
		}
		return true
	}
	ordered := slices.IsSorted(s.Only) && (len(s.Only) == 0 || s.Only[0] >= 0 && s.Only[len(s.Only)-1] < s.Parts)
	if s.Out == "" || s.Prior == "" || !filepath.IsAbs(s.Dir) || s.Parts < 1 || s.Parts > mostParts || !ordered || !known(s.Args) || !known(s.Store) {
		return errors.New("is no record of a survey; move it away and submit again")
	}
	here, err := os.Stat(filepath.Dir(s.folder))
	if err != nil {
		return err
	}
	if there, err := os.Stat(SurveyFolder(s.Path())); err != nil || !os.SameFile(here, there) {
		return fmt.Errorf("is the record of another survey, %s, copied or moved here; move it away and submit again", s.Path())
	}
	return nil
}

// Folder returns the folder of the submission.
func (s *Survey) Folder() string { return s.folder }

// Manifests returns the folder of the submission's Jobs of Kubernetes.
func (s *Survey) Manifests() string { return filepath.Join(s.folder, "kubernetes") }

// Path returns the path of the results, from anywhere.
func (s *Survey) Path() string {
	if filepath.IsAbs(s.Out) {
		return s.Out
	}
	return s.Dir + string(filepath.Separator) + s.Out // which keeps the / at the end of a folder
}

// Again returns the arguments of the program that submit what is missing, in Dir.
func (s *Survey) Again() []string {
	engine := "--slurm"
	if s.Indexed {
		engine = "--kubernetes"
	}
	list := slices.Concat([]string{"submit", "reconstruct", "--prior", s.Prior}, s.Args, []string{"--out", s.Out, "--parts", strconv.Itoa(s.Parts), engine})
	for i := 0; i < len(s.Store); i += 2 {
		if s.Store[i] != "--max-memory" { // Args have it
			list = append(list, s.Store[i], s.Store[i+1])
		}
	}
	return list
}

// Failed returns why the prior of a survey could not be calibrated on Kubernetes, or "".
func (s *Survey) Failed() (string, error) { return app.PriorFailed(filepath.Join(s.folder, priorFile)) }

// SurveyOptions returns the options of the last submission of a survey, which may be nil, as
// LastOptions does.
func SurveyOptions(last *Survey, profile string, settings []Setting) (Options, error) {
	if last == nil {
		return ReadOptions(profile, settings)
	}
	return optionsIn(last.folder, profile, settings)
}

// SurveyJobs returns the jobs of all submissions in a folder, the oldest first.
func SurveyJobs(in string) ([]SlurmJob, error) { return jobsIn(in) }

// LogTail returns the path of the log of a part, or else of the calibration that it needs, and its
// last lines. It looks in the folder of the last submission that had a task for the part: logs of
// earlier ones are about what is over.
func LogTail(in string, part, lines int) (path string, last []string) {
	list, _ := folders(in) // without logs there is nothing to show
	for _, folder := range slices.Backward(list) {
		s, _ := readSurvey(folder)
		jobs, _ := readJobs(folder)
		if s == nil || len(jobs) == 0 || len(s.Only) > 0 && !slices.Contains(s.Only, part) {
			continue
		}
		for _, j := range slices.Backward(jobs) {
			name := j.Name + "-" + j.Job
			if j.Name == string(stageParts) {
				name += "_" + strconv.Itoa(part)
			}
			log := filepath.Join("logs", name+".log")
			if last = lastLines(folder, log, lines); len(last) > 0 {
				return filepath.Join(folder, log), last
			}
		}
		break
	}
	return "", nil
}
