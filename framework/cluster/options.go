package cluster

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sedlab/framework/app"
	"sedlab/internal/escape"
	"sedlab/internal/regular"
	"sedlab/internal/yamlpos"
)

// Options say what to ask a cluster for. The tags are the keys of a profile, and the help.
type Options struct {
	Partition string `spec:"partition" default:"\"\"" doc:"Slurm's partition; if empty, the cluster's default"`
	Account   string `spec:"account" default:"\"\"" doc:"Slurm's account; if empty, the user's default"`
	Time      string `spec:"time" default:"\"\"" doc:"Slurm: time limit of a task, as Slurm writes it, such as 2:00:00; if empty, from the estimate"`
	// GatherTime is apart from Time: what trains for a day is gathered in minutes.
	GatherTime string `spec:"gather_time" default:"\"\"" doc:"Slurm: time limit of the job that gathers; if empty, an hour"`
	// CalibrateTime is apart from Time, too: it has nothing to do with how many spectra a part has.
	CalibrateTime string   `spec:"calibrate_time" default:"\"\"" doc:"Slurm: time limit of the job that calibrates a survey's prior; if empty, an hour"`
	Mem           string   `spec:"mem" default:"\"\"" doc:"memory of a task, such as 8G; if empty, from the estimate"`
	CPUs          int      `spec:"cpus" default:"4" range:"[1,4096]" doc:"processors of a task"`
	AtOnce        int      `spec:"array" default:"0" range:"[0,1e6]" doc:"most tasks that run at once; 0 for as many as there is room for"`
	Minutes       float64  `spec:"minutes" default:"10" range:"(0,1e5]" unit:"min" doc:"time that a task should take; steps are packed into tasks by their estimates"`
	MaxTasks      int      `spec:"max_tasks" default:"1000" range:"[1,1e6]" doc:"most tasks of a job; Slurm's MaxArraySize must be above this"`
	Retry         int      `spec:"retry" default:"3" range:"[0,100]" doc:"how often a task is started again that its time limit, its node or the cluster has ended; on Kubernetes, an index whose pod was killed"`
	Lease         string   `spec:"lease" default:"\"\"" doc:"silence after which a process counts as dead, such as 3m; if empty, a minute"`
	SbatchArg     []string `spec:"sbatch_arg" default:"[]" doc:"a further argument of sbatch, such as --qos=long; may be repeated"`
	Kernel        string   `spec:"kernel" default:"\"\"" doc:"kernel of the run or survey: avx512, avx2, generic, or common for one that all nodes have; if empty, the fastest of this machine"`
	Program       string   `spec:"program" default:"\"\"" doc:"absolute path of the program on the nodes; if empty, that of this one"`
	Image         string   `spec:"image" default:"sedlab:latest" doc:"Kubernetes: container image"`
	Claim         string   `spec:"claim" default:"sedlab" doc:"Kubernetes: persistent volume claim with the runs and the cache"`
	Mount         string   `spec:"mount" default:"/sedlab" doc:"Kubernetes: path at which the claim is mounted, here as in the pods"`
	User          string   `spec:"user" default:"\"\"" doc:"Kubernetes: numbers of the user and the group of the pods, such as 1000:1000; if empty, those of the user who submits"`
	Namespace     string   `spec:"namespace" default:"default" doc:"Kubernetes: namespace"`

	profile string   // from which they come
	from    string   // where that is
	given   []string // see Given
}

// argFlag begins the flag for an argument of sbatch.
const argFlag = "--sbatch-arg="

// deciding returns the flags for those options that decide which programs run.
func (o Options) deciding() (list []string) {
	for _, x := range [][2]string{{"--program=", o.Program}, {"--image=", o.Image}, {"--user=", o.User}} {
		if x[1] != "" {
			list = append(list, x[0]+x[1])
		}
	}
	for _, arg := range o.SbatchArg {
		list = append(list, argFlag+arg)
	}
	return list
}

// Given returns the flags among the settings of o that decide which programs run: those that
// LastOptions will not take from the folder of the run.
func (o Options) Given() []string { return o.given }

// ProfileFile is the name of the file with the profiles of clusters.
const ProfileFile = "sedlab.yaml"

// DefaultProfile is the profile that is used if none is named.
const DefaultProfile = "default"

// profiles is the content of ProfileFile.
type profiles struct {
	Profiles *yamlpos.Node `spec:"profiles" required:"true" doc:"a section of profiles by their names"`
}

// Setting gives a key of Options a value, over that of a profile.
type Setting struct{ Flag, Key, Value string }

// ReadOptions returns the options of a profile, with settings over them. Profiles are in
// ProfileFile in the current folder or, if there is none, in folder sedlab of the user's
// configuration. The error is a *yamlpos.Errors.
func ReadOptions(profile string, settings []Setting) (Options, error) {
	errs := &yamlpos.Errors{}
	path, text, err := profileText()
	if err != nil {
		errs.Add(yamlpos.Pos{Origin: path}, "", "%v", err)
		return Options{}, errs
	}
	var node *yamlpos.Node
	place := ""
	if text != nil {
		node, place = pick(text, path, profile, errs)
	} else if profile != "" {
		errs.Add(yamlpos.Pos{Origin: "--profile " + profile}, "", "there is no %s, neither here nor as %s", ProfileFile, path)
	}
	o, err := decode(node, place, settings, errs)
	o.profile = profile
	if node != nil {
		o.from = path + ", " + place
	}
	return o, err
}

// From says where the options come from that are not given as flags; empty for the defaults.
func (o Options) From() string { return o.from }

// profileText returns the content of the first file with profiles that there is; without one it
// returns nil and the last path.
func profileText() (path string, text []byte, err error) {
	paths := []string{ProfileFile}
	if home, err := os.UserConfigDir(); err == nil {
		paths = append(paths, filepath.Join(home, "sedlab", ProfileFile))
	}
	for _, path = range paths {
		text, err = regular.Read(path, yamlpos.MaxBytes)
		if !errors.Is(err, fs.ErrNotExist) {
			return path, text, err
		}
	}
	return path, nil, nil
}

// pick checks all profiles of a file, and returns one with its path of keys.
func pick(text []byte, path, name string, errs *yamlpos.Errors) (found *yamlpos.Node, place string) {
	root := yamlpos.Parse(text, path, errs)
	var file profiles
	d := yamlpos.Decoder{Errs: errs}
	if root == nil || !d.Decode(root, "", &file) {
		return nil, ""
	}
	if file.Profiles.Kind != yamlpos.Mapping {
		errs.Add(file.Profiles.Pos, "profiles", "%s; expected a section of profiles by their names", file.Profiles.Got())
		return nil, ""
	}
	var names []string
	for _, e := range file.Profiles.Entries {
		names = append(names, e.Key)
		if at := "profiles." + e.Key; e.Key == name || name == "" && e.Key == DefaultProfile {
			found, place = e.Value, at
		} else {
			_, _ = decode(e.Value, at, nil, errs)
		}
	}
	if found == nil && name != "" {
		errs.Add(file.Profiles.Pos, "profiles", "has no profile %s; %s", name, yamlpos.Instead(name, names))
	}
	return found, place
}

// decode decodes and checks the keys of one profile, with settings over them.
func decode(n *yamlpos.Node, place string, settings []Setting, errs *yamlpos.Errors) (o Options, err error) {
	fields := yamlpos.Fields(o)
	for _, s := range settings {
		n = n.WithChild(s.Key, value(fields, n, s, errs))
	}
	d := yamlpos.Decoder{Errs: errs}
	d.Decode(n, place, &o)
	for _, x := range [][2]string{{"time", o.Time}, {"gather_time", o.GatherTime}, {"calibrate_time", o.CalibrateTime}} {
		if _, ok := limit(x[1]); !ok {
			errs.Add(n.Place(x[0]), yamlpos.Join(place, x[0]), "got %q; expected a time limit such as 30, 2:00:00 or 1-12:00:00", x[1])
		}
	}
	if o.Mem != "" && !memory.MatchString(o.Mem) {
		errs.Add(n.Place("mem"), yamlpos.Join(place, "mem"), "got %q; expected a size such as 500M or 8G", o.Mem)
	}
	if d, err := time.ParseDuration(o.Lease); o.Lease != "" && (err != nil || d < app.LeastLease) {
		errs.Add(n.Place("lease"), yamlpos.Join(place, "lease"), "got %q; expected a time such as 3m, at least %v", o.Lease, app.LeastLease)
	}
	if o.User != "" && !user.MatchString(o.User) {
		errs.Add(n.Place("user"), yamlpos.Join(place, "user"), "got %q; expected the numbers of a user and a group, such as 1000:1000", o.User)
	}
	for _, text := range append([]string{o.Partition, o.Account, o.Program, o.Image, o.Claim, o.Mount, o.Namespace}, o.SbatchArg...) {
		if escape.Control(text, "") != text { // a line break would end a directive of a script
			errs.Add(n.Pos, place, "got %q; expected no line breaks or other control characters", text)
		}
	}
	if o.Program != "" {
		if path, err := filepath.Abs(o.Program); err == nil { // other commands may be called from elsewhere
			o.Program = path
		}
	}
	o.given = slices.DeleteFunc(o.deciding(), func(flag string) bool {
		return !slices.ContainsFunc(settings, func(s Setting) bool { return strings.HasPrefix(flag, s.Flag+"=") })
	})
	return o, errs.Err()
}

// value returns the value of a setting. What a list has already stays in it only if it is of a
// setting too.
func value(fields []yamlpos.Field, n *yamlpos.Node, s Setting, errs *yamlpos.Errors) *yamlpos.Node {
	origin := yamlpos.Pos{Origin: s.Flag}
	f, _ := yamlpos.Find(fields, s.Key)
	v := yamlpos.TextNode(s.Value)
	if f.Type != yamlpos.Text {
		if v = yamlpos.ParseValue(s.Value, s.Flag, errs); v == nil {
			v = yamlpos.TextNode("")
		}
	}
	v.Pos = origin
	if !f.List {
		return v
	}
	list := &yamlpos.Node{Kind: yamlpos.Sequence, Pos: origin}
	if old := n.Child(s.Key); old != nil && old.Pos == origin {
		list.Items = append(list.Items, old.Items...)
	}
	list.Items = append(list.Items, v)
	return list
}

// memory matches a size as Slurm writes it. Its units are powers of 1024.
var memory = regexp.MustCompile(`^[1-9][0-9]{0,8}[KMGT]$`)

// bytesOf returns a size that memory matches [bytes].
func bytesOf(text string) float64 {
	if text == "" {
		return 0
	}
	n, _ := strconv.Atoi(text[:len(text)-1])
	return float64(n) * math.Pow(1024, float64(1+strings.IndexByte("KMGT", text[len(text)-1])))
}

var limits = regexp.MustCompile(`^(?:(\d{1,4})-)?(\d{1,6})(?::(\d\d))?(?::(\d\d))?$`)

// limit reads a time limit as Slurm writes it: minutes, minutes:seconds, hours:minutes:seconds,
// days-hours, days-hours:minutes or days-hours:minutes:seconds. It is 0 for an empty text.
func limit(text string) (time.Duration, bool) {
	if text == "" {
		return 0, true
	}
	m := limits.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	part := func(i int) time.Duration {
		v, _ := strconv.Atoi(m[i]) // empty for a part that is not there
		return time.Duration(v)
	}
	days, first, second, third := part(1), part(2), part(3), part(4)
	var d time.Duration
	switch {
	case m[1] != "":
		d = 24*time.Hour*days + time.Hour*first + time.Minute*second + time.Second*third
	case m[4] != "":
		d = time.Hour*first + time.Minute*second + time.Second*third
	default:
		d = time.Minute*first + time.Second*second
	}
	return d, d > 0
}
