package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"sedlab/framework/store"
	"sedlab/internal/regular"
	"sedlab/internal/yamlpos"
)

// last is the content of optionsFile.
type last struct {
	Profile string        `spec:"profile" default:"\"\"" doc:"profile of the last submission"`
	Options *yamlpos.Node `spec:"options" required:"true" doc:"its options, as a profile has them"`
}

// write writes the options of a submission into the folder of a run's submissions.
func (o Options) write(folder string) error {
	text, err := yaml.Marshal(yamlpos.Encode(last{o.profile, yamlpos.Encode(o)}))
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(folder, optionsFile), string(text))
}

// ForeignError reports options in the folder of a run that decide what runs, and that neither the
// user nor a profile has given.
type ForeignError struct {
	Path  string
	Flags []string // that give them
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s: the last submission had %s, which decides what runs; if that is right, give it again, or keep it in a profile of %s", e.Path, words(e.Flags...), ProfileFile)
}

// LastOptions returns the options of a run's last submission to Slurm or else to Kubernetes, with
// settings over them. Without an earlier submission, or with a profile, it is ReadOptions. What
// decides which programs run is never taken from the folder of the run, which somebody else may
// have made: if neither the profile nor settings have the same, that is a *ForeignError.
func LastOptions(run string, kubernetes bool, profile string, settings []Setting) (Options, error) {
	folder := store.SlurmFolder
	if kubernetes {
		folder = store.KubernetesFolder
	}
	return optionsIn(filepath.Join(run, folder), profile, settings)
}

// optionsIn is LastOptions of a folder of submissions.
func optionsIn(folder, profile string, settings []Setting) (Options, error) {
	path := filepath.Join(folder, optionsFile)
	o, err := recordedOptions(folder, settings)
	if errors.Is(err, fs.ErrNotExist) || err == nil && profile != "" {
		return ReadOptions(profile, settings)
	}
	if err != nil {
		return Options{}, err
	}
	own, err := ReadOptions(o.profile, settings)
	if err != nil {
		return Options{}, err
	}
	known := own.deciding()
	if slices.ContainsFunc(o.SbatchArg, func(arg string) bool { return !slices.Contains(own.SbatchArg, arg) }) {
		known = slices.DeleteFunc(known, func(flag string) bool { return strings.HasPrefix(flag, argFlag) }) // flags replace the whole list
	}
	if foreign := slices.DeleteFunc(o.deciding(), func(flag string) bool { return slices.Contains(known, flag) }); len(foreign) > 0 {
		return Options{}, &ForeignError{path, foreign}
	}
	o.Program, o.Image, o.User, o.SbatchArg, o.profile = own.Program, own.Image, own.User, own.SbatchArg, own.profile
	o.from = path + ", those of the last submission"
	return o, nil
}

// recordedOptions returns the options in a folder of submissions, with settings over them.
func recordedOptions(folder string, settings []Setting) (Options, error) {
	text, err := regular.ReadIn(folder, optionsFile, yamlpos.MaxBytes)
	if err != nil {
		return Options{}, err
	}
	errs := &yamlpos.Errors{}
	var file last
	d := yamlpos.Decoder{Errs: errs}
	if !d.Decode(yamlpos.Parse(text, filepath.Join(folder, optionsFile), errs), "", &file) {
		return Options{}, errs.Err()
	}
	o, err := decode(file.Options, "options", settings, errs)
	o.profile = file.Profile
	return o, err
}

// KubernetesJobs names the Jobs of a submission to Kubernetes.
type KubernetesJobs struct {
	Folder    string // with their manifests, which name their namespace
	Namespace string // "" if it is not known
	Unread    error  // why the options of the submission cannot be read, and its namespace is not known
}

// Label returns the label run of the Jobs and of their pods, where id is the run's name.
func (k *KubernetesJobs) Label(id string) string { return labelOf(id, k.Folder) }

// LastKubernetes returns the Jobs of the last submission of a run, or nil if that was to Slurm, or nothing
// was submitted.
func LastKubernetes(run string) (*KubernetesJobs, error) {
	folder := filepath.Join(run, store.KubernetesFolder)
	n, err := lastNumber(folder)
	if err != nil || n == 0 {
		return nil, err
	}
	slurm, err := folders(filepath.Join(run, store.SlurmFolder))
	if err != nil {
		return nil, err
	}
	for _, dir := range slices.Backward(slurm) {
		jobs, err := readJobs(dir)
		if err != nil {
			return nil, err
		}
		if number, _ := strconv.Atoi(filepath.Base(dir)); len(jobs) > 0 && number >= n {
			return nil, nil
		}
	}
	o, err := recordedOptions(folder, nil)
	if err != nil {
		o.Namespace = "" // what can be decoded is not what was submitted
	}
	return &KubernetesJobs{filepath.Join(folder, strconv.Itoa(n)), o.Namespace, err}, nil
}
