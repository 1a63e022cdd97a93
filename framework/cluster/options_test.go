package cluster_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sedlab/framework/cluster"
)

// inFolder makes an empty folder the current one, and its folder home that of the user's
// configuration.
func inFolder(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "home"))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestProfiles(t *testing.T) {
	inFolder(t)
	built := cluster.Options{CPUs: 4, Minutes: 10, MaxTasks: 1000, Retry: 3, SbatchArg: []string{}, Image: "sedlab:latest", Claim: "sedlab", Mount: "/sedlab", Namespace: "default"}
	check := func(what, profile string, settings []cluster.Setting, change func(*cluster.Options)) {
		t.Helper()
		got, err := cluster.ReadOptions(profile, settings)
		want := built
		change(&want)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(want)); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", what, err, diff)
		}
	}
	check("without a file", "", nil, func(*cluster.Options) {})
	flags := []cluster.Setting{
		{Flag: "--cpus", Key: "cpus", Value: "2"}, {Flag: "--partition", Key: "partition", Value: "yes"}, {Flag: "--time", Key: "time", Value: "90"},
		{Flag: "--sbatch-arg", Key: "sbatch_arg", Value: "--qos=a b"}, {Flag: "--sbatch-arg", Key: "sbatch_arg", Value: "--exclusive"},
	}
	flagged := func(o *cluster.Options) {
		o.CPUs, o.Partition, o.Time, o.SbatchArg = 2, "yes", "90", []string{"--qos=a b", "--exclusive"}
	}
	check("flags alone", "", flags, flagged)

	write(t, "home/sedlab/sedlab.yaml", "profiles:\n  default: {partition: far, mem: 2G}\n  big: {cpus: 64, sbatch_arg: [--nice]}\n")
	far := func(o *cluster.Options) { o.Partition, o.Mem = "far", "2G" }
	check("the user's", "", nil, far)
	check("flags over the user's", "", flags, func(o *cluster.Options) { far(o); flagged(o) })
	check("another profile", "big", nil, func(o *cluster.Options) { o.CPUs, o.SbatchArg = 64, []string{"--nice"} })
	check("flags replace a list", "big", flags, flagged)

	write(t, "sedlab.yaml", "profiles: {here: {retry: 0}}\n")
	check("the folder's comes first, and has no default", "", nil, func(*cluster.Options) {})
	check("the folder's", "here", nil, func(o *cluster.Options) { o.Retry = 0 })
}

// Everything that is wrong is reported at once, with its place.
func TestWrongProfiles(t *testing.T) {
	for _, c := range []struct {
		name, file, profile string
		settings            []cluster.Setting
		want                string
	}{
		{name: "all at once", file: "profiles:\n  a: {cpus: 0, tme: 1}\n  b: {time: 1h, mem: \"8\"}\n", profile: "a", want: "" +
			"sedlab.yaml:2:13: profiles.a.cpus: got 0; expected a whole number in [1, 4096]\n" +
			"sedlab.yaml:2:16: profiles.a.tme: unknown key; did you mean \"time\"?\n" +
			"sedlab.yaml:3:13: profiles.b.time: got \"1h\"; expected a time limit such as 30, 2:00:00 or 1-12:00:00\n" +
			"sedlab.yaml:3:22: profiles.b.mem: got \"8\"; expected a size such as 500M or 8G"},
		{name: "no such profile", file: "profiles: {long: {}}\n", profile: "lang", want: "sedlab.yaml:1:11: profiles: has no profile lang; did you mean \"long\"?"},
		{name: "no profiles", file: "partition: long\n", want: "sedlab.yaml:1:1: partition: unknown key; expected one of profiles\n" +
			"sedlab.yaml:1:1: profiles: missing; expected a section of profiles by their names"},
		{name: "no file", profile: "long", want: "--profile long: there is no sedlab.yaml, neither here nor as home/sedlab/sedlab.yaml"},
		{name: "lines", file: "profiles: {a: {lease: 1ms, sbatch_arg: [\"--comment=x\\ntouch y\"]}}\n", profile: "a", want: "" +
			"sedlab.yaml:1:15: profiles.a: got \"--comment=x\\ntouch y\"; expected no line breaks or other control characters\n" +
			"sedlab.yaml:1:23: profiles.a.lease: got \"1ms\"; expected a time such as 3m, at least 1s"},
		{name: "user", file: "profiles: {a: {user: me}}\n", profile: "a", want: "sedlab.yaml:1:22: profiles.a.user: got \"me\"; expected the numbers of a user and a group, such as 1000:1000"},
		{name: "flags", settings: []cluster.Setting{{Flag: "--cpus", Key: "cpus", Value: "many"}, {Flag: "--mem", Key: "mem", Value: "8GB"}}, want: "" +
			"--cpus: cpus: got text \"many\"; expected a whole number in [1, 4096]\n" +
			"--mem: mem: got \"8GB\"; expected a size such as 500M or 8G"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inFolder(t)
			if c.file != "" {
				write(t, "sedlab.yaml", c.file)
			}
			_, err := cluster.ReadOptions(c.profile, c.settings)
			if err == nil {
				t.Fatal("no error")
			}
			wd, _ := os.Getwd()
			if got := strings.ReplaceAll(err.Error(), wd+"/", ""); got != c.want {
				t.Errorf("got\n%s\nexpected\n%s", got, c.want)
			}
		})
	}
}

// A run is resumed with the options of its last submission. The folder of the run, which somebody
// else may have made, does not decide what runs.
func TestLastOptions(t *testing.T) {
	inFolder(t)
	run := t.TempDir()
	write(t, "sedlab.yaml", "profiles: {far: {cpus: 2, sbatch_arg: [--qos=low]}}\n")
	submit := func(settings ...cluster.Setting) {
		t.Helper()
		o, err := cluster.ReadOptions("far", settings)
		if err == nil {
			_, err = cluster.Write(workload(run), o)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	program := cluster.Setting{Flag: "--program", Key: "program", Value: "/opt/it's"}
	nice := cluster.Setting{Flag: "--sbatch-arg", Key: "sbatch_arg", Value: "--nice"}
	mem := cluster.Setting{Flag: "--mem", Key: "mem", Value: "8G"}
	submit(mem)
	for _, profile := range []string{"", "far"} {
		o, err := cluster.LastOptions(run, false, profile, nil)
		want := map[string]string{"": "8G", "far": ""}[profile]
		if err != nil || o.CPUs != 2 || o.Mem != want || !slices.Equal(o.SbatchArg, []string{"--qos=low"}) {
			t.Errorf("profile %q: %+v, %v", profile, o, err)
		}
	}
	submit(program, nice)
	want := `the last submission had '--program=/opt/it'\''s' --sbatch-arg=--nice, which decides what runs`
	if _, err := cluster.LastOptions(run, false, "", nil); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v; expected %s", err, want)
	}
	given := []string{"--program=/opt/it's", "--sbatch-arg=--nice"}
	foreign := new(cluster.ForeignError)
	if _, err := cluster.LastOptions(run, false, "", nil); !errors.As(err, &foreign) || !slices.Equal(foreign.Flags, given) {
		t.Errorf("flags that are needed: %v", foreign.Flags)
	}
	script, err := os.ReadFile(filepath.Join(run, "slurm", "2", "cells.sh"))
	if err != nil {
		t.Fatal(err)
	}
	// The command that a task prints when it gives up is one of a shell, and none that is refused.
	_, line, _ := strings.Cut(string(script), `to go on:" `)
	line, _, _ = strings.Cut(line, " >&2")
	out, err := exec.Command("bash", "-c", "eval printf '%s\\\\n' "+line).Output()
	if want := slices.Concat([]string{"/opt/it's", "resume", run, "--slurm"}, given); err != nil || string(out) != strings.Join(want, "\n")+"\n" {
		t.Errorf("to go on: %v, %s", err, out)
	}
	if o, err := cluster.LastOptions(run, false, "", []cluster.Setting{program, nice}); err != nil || o.Program != program.Value || !slices.Equal(o.SbatchArg, []string{"--nice"}) || !slices.Equal(o.Given(), given) {
		t.Errorf("given again: %+v, %v", o, err)
	}
	// Flags replace the list of a profile, so all of the list are needed.
	submit(cluster.Setting{Flag: "--sbatch-arg", Key: "sbatch_arg", Value: "--qos=low"}, nice)
	if _, err := cluster.LastOptions(run, false, "", nil); !errors.As(err, &foreign) || !slices.Equal(foreign.Flags, []string{"--sbatch-arg=--qos=low", "--sbatch-arg=--nice"}) {
		t.Errorf("flags for a list: %v", foreign.Flags)
	}
}
