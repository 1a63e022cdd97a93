package cluster_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: %v\n%s", what, err, cmp.Diff(want, got))
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
