package store_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sedlab/framework/store"
	"sedlab/internal/record"
)

func TestTags(t *testing.T) {
	dir := create(t, t.TempDir()).Dir
	for _, c := range []struct{ changes, want []string }{
		{[]string{"+b", "+a"}, []string{"a", "b"}},
		{[]string{"+a", "-b", "+v1.2"}, []string{"a", "v1.2"}},
		{[]string{"-none"}, []string{"a", "v1.2"}},
		{[]string{"-a", "-v1.2"}, []string{}},
	} {
		tags, err := store.Tag(dir, c.changes...)
		if err != nil || !cmp.Equal(tags, c.want) {
			t.Errorf("%v: %q, %v; expected %q", c.changes, tags, err, c.want)
		}
		if read, err := store.ReadTags(dir); err != nil || !cmp.Equal(read, tags) {
			t.Errorf("%v: read %q, %v", c.changes, read, err)
		}
	}
	for _, bad := range []string{"", "+", "a", "+a b", "+-a", "+" + strings.Repeat("a", 65)} {
		if _, err := store.Tag(dir, "+good", bad); err == nil {
			t.Errorf("tag %q was taken", bad)
		}
	}
	if tags, _ := store.ReadTags(dir); len(tags) > 0 {
		t.Errorf("half of a change was made: %q", tags)
	}
}

func TestTagsAtOnceAreAllKept(t *testing.T) {
	dir := create(t, t.TempDir()).Dir
	var group sync.WaitGroup
	for _, tag := range []string{"+a", "+b", "+c", "+d", "+e", "+f"} {
		group.Go(func() {
			if _, err := store.Tag(dir, tag); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if tags, err := store.ReadTags(dir); err != nil || len(tags) != 6 {
		t.Errorf("%q, %v", tags, err)
	}
}

func TestRemove(t *testing.T) {
	root := t.TempDir()
	a, b := create(t, root), create(t, root)
	if err := errors.Join(a.Finish(store.Done, now), b.Finish(store.Done, now)); err != nil {
		t.Fatal(err)
	}
	to, err := store.Remove(b.Dir)
	if want := filepath.Join(root, ".trash", b.Manifest.ID); err != nil || to != want {
		t.Fatalf("moved to %s, %v; expected %s", to, err, want)
	}
	if latest, err := os.Readlink(filepath.Join(root, "latest")); err != nil || latest != a.Manifest.ID {
		t.Errorf("latest is %s, %v; expected %s", latest, err, a.Manifest.ID)
	}
	again := create(t, root) // takes the name of b
	if err := again.Finish(store.Done, now); err != nil {
		t.Fatal(err)
	}
	if second, err := store.Remove(again.Dir); err != nil || second == to {
		t.Errorf("the second of a name moved to %s, %v", second, err)
	}
	if _, err := store.Remove(a.Dir); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(filepath.Join(root, "latest")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("latest of no run: %v", err)
	}
	if err := os.Rename(to, b.Dir); err != nil {
		t.Fatal(err)
	}
	if runs := list(t, root); len(runs) != 1 || runs[0].Status != store.Done {
		t.Errorf("brought back: %+v", runs)
	}
	if n, err := store.EmptyTrash(root); n != 2 || err != nil {
		t.Errorf("%d deleted, %v", n, err)
	}
	if n, err := store.EmptyTrash(root); n != 0 || err != nil {
		t.Errorf("%d deleted of nothing, %v", n, err)
	}
}

func TestRemoveLeavesOthersAlone(t *testing.T) {
	root := t.TempDir()
	r := create(t, root)
	defer r.Finish(store.Done, now) // until then it holds its lock
	if _, err := store.Remove(r.Dir); err == nil || !strings.Contains(err.Error(), "a process is writing to it") {
		t.Errorf("a run that is alive: %v", err)
	}
	other := filepath.Join(root, "cache")
	if err := os.Mkdir(other, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Remove(other); err == nil || !strings.Contains(err.Error(), "not a run") {
		t.Errorf("a folder that is no run: %v", err)
	}
	for _, name := range []string{"cache", "cac", ".trash"} {
		if dir, err := store.Find(root, name); err == nil {
			t.Errorf("Find(%q) = %s", name, dir)
		}
	}
}

func TestSummarise(t *testing.T) {
	nan := math.NaN()
	row := func(prior string, mse, missing float64, status string) record.Signal {
		return record.Signal{Prior: prior, Status: status, Scores: []record.Score{
			{Name: "mse", Value: mse}, {Name: "mse_missing", Value: missing}, {Name: "mse_observed", Value: nan},
			{Name: "mse_measured", Value: 1}, {Name: "measurement_loss", Value: math.Inf(1)},
		}}
	}
	got := store.Summarise([]record.Signal{
		row("zero", 1, nan, "ok"), row("glo", 0.2, 0.5, "ok"), row("glo", 0.4, nan, "ok"), row("glo", nan, nan, "failed: x"),
	})
	want := []store.PriorResult{
		{Prior: "zero", Rows: 1, Results: 1, Medians: map[string]float64{"mse": 1, "mse_measured": 1}},
		{Prior: "glo", Rows: 3, Results: 2, Medians: map[string]float64{"mse": 0.30000000000000004, "mse_missing": 0.5, "mse_measured": 1}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
}

func TestManifestRecordsWhereItRan(t *testing.T) {
	t.Setenv("SEDLAB_HOSTNAME", "off")
	t.Setenv("SLURM_ARRAY_TASK_ID", "17")
	t.Setenv("SECRET_TOKEN", "hush")
	m := store.NewManifest("demo", time.Now(), nil)
	if m.System.Host != "" || m.System.Env["SLURM_ARRAY_TASK_ID"] != "17" || m.System.Env["SEDLAB_HOSTNAME"] != "off" {
		t.Errorf("system %+v", m.System)
	}
	if m.System.GOMAXPROCS < 1 || m.Module.Build["GO"+strings.ToUpper(m.System.Arch)] == "" {
		t.Errorf("module %+v, system %+v", m.Module, m.System)
	}
	text, err := json.Marshal(m)
	if err != nil || strings.Contains(string(text), "hush") {
		t.Errorf("manifest %s, %v", text, err)
	}
	t.Setenv("SEDLAB_HOSTNAME", "")
	if host, err := os.Hostname(); err == nil && store.NewManifest("demo", time.Now(), nil).System.Host != host {
		t.Errorf("host is not %s", host)
	}
}
