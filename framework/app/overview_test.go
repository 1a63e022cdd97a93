package app_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/sealed"
)

// ran runs the small spec and returns an App of its folder.
func ran(t *testing.T, edits ...string) (*app.App, *app.RunResult) {
	t.Helper()
	a, ref := open(t, small)
	for _, e := range edits {
		ref.Edits = append(ref.Edits, spec.Edit{Origin: "--set", Text: e})
	}
	r, err := a.Run(t.Context(), ref, app.RunOptions{Command: []string{"sedlab", "run", "small", "--set", "x=1"}})
	if err != nil {
		t.Fatal(err)
	}
	return a, r
}

func TestOverview(t *testing.T) {
	a, r := ran(t, "priors.glo.train.epochs=5")
	o, err := a.Overview(t.Context(), r.ID)
	if err != nil || len(o.Missing) > 0 {
		t.Fatalf("missing %v, %v", o.Missing, err)
	}
	if o.Status != store.Done || len(o.Results) != 2 || len(o.Training) != 1 || o.Training[0].Epochs != 5 || o.Trainings != 1 {
		t.Errorf("overview %+v", o)
	}
	at := slices.IndexFunc(o.Settings, func(s app.RunSetting) bool { return s.Key == "priors.glo.train.epochs" })
	if s := o.Settings[at]; !s.Changed || string(s.Value) != "5" || s.Meaning == "" || string(s.Default) == "5" {
		t.Errorf("setting %+v", s)
	}
	if at = slices.IndexFunc(o.Settings, func(s app.RunSetting) bool { return s.Key == "solver.lr" }); o.Settings[at].Changed {
		t.Errorf("a default is said to be changed: %+v", o.Settings[at])
	}
	f := o.Figures
	if len(f) != 1 || !strings.HasPrefix(f[0].Title, "MSE per flux by") || !strings.HasPrefix(f[0].Caption, "Box: ") || len(f[0].Files) != 3 || f[0].Files["svg"] == "" {
		t.Errorf("figures %+v", f)
	}
	undrawn := `*Not drawn: figure 1 (boxplot): 900 boxes \| &lt;b>.* [CSV](figures/` + f[0].Name + ".csv).\n"
	if err := os.WriteFile(filepath.Join(r.Dir, "report.md"), []byte(undrawn), 0o666); err != nil {
		t.Fatal(err)
	}
	if o, err := a.Overview(t.Context(), r.ID); err != nil || o.Figures[0].Title != f[0].Name || o.Figures[0].Caption != "Not drawn: figure 1 (boxplot): 900 boxes | <b>" {
		t.Errorf("a figure that was not drawn: %+v, %v", o.Figures, err)
	}
	if len(o.Tables) != 2 || o.Tables[0].File != app.StatisticsFile || len(o.Tables[0].Rows) != 4 || o.Tables[0].More {
		t.Errorf("tables %+v", o.Tables)
	}
}

// What is damaged is missing, with the reason, and the rest is there.
func TestOverviewOfDamage(t *testing.T) {
	a, r := ran(t)
	if _, err := a.Tag(r.ID, "+good"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		store.ManifestFile: "The run's manifest", store.SpecFile: "Settings", store.TrainingFile: "Trainings", store.TagsFile: "Tags",
		app.StatisticsFile: app.StatisticsFile, "report.md": "Titles and captions of figures",
	} {
		path := filepath.Join(r.Dir, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := []byte("\"\xff{broken")
		if name == "report.md" {
			text = make([]byte, 5<<20)
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		o, err := a.Overview(t.Context(), r.ID)
		if err != nil || !slices.ContainsFunc(o.Missing, func(p app.Part) bool { return p.Name == want }) {
			t.Errorf("%s: missing %v, %v", name, o.Missing, err)
		}
		if len(o.Figures) != 1 || len(o.Files) < 10 || name != store.ManifestFile && len(o.Results) != 2 {
			t.Errorf("%s: the rest is %+v", name, o)
		}
		if err := os.WriteFile(path, whole, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOverviewOfAnEmptyFolder(t *testing.T) {
	a, _ := open(t, small)
	if err := os.MkdirAll(filepath.Join(a.Runs, "empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	o, err := a.Overview(t.Context(), "empty")
	if err != nil || o.Status != store.Unreadable || len(o.Missing) == 0 || len(o.Files) != 0 {
		t.Errorf("overview %+v, %v", o, err)
	}
	if _, err := a.Overview(t.Context(), "../empty"); !errors.As(err, new(*store.FindError)) {
		t.Errorf("a path: %v", err)
	}
}

// A table that is too large for a page is not read.
func TestOverviewOfALargeTable(t *testing.T) {
	a, r := ran(t)
	if err := os.Truncate(filepath.Join(r.Dir, store.TrainingFile), 9<<20); err != nil {
		t.Fatal(err)
	}
	o, err := a.Overview(t.Context(), r.ID)
	if err != nil || len(o.Missing) != 1 || !strings.Contains(o.Missing[0].Why.Error(), "training.parquet has 9.44 MB, more than") {
		t.Errorf("missing %v, %v", o.Missing, err)
	}
}

func TestOverviewOfManyFailures(t *testing.T) {
	a, r := ran(t)
	r.Results[0].Rows = 1 << 20
	text, err := sealed.Marshal(r.Manifest)
	if err == nil {
		err = os.WriteFile(filepath.Join(r.Dir, store.ManifestFile), text, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	o, err := a.Overview(t.Context(), r.ID)
	if err != nil || len(o.Missing) != 1 || !strings.Contains(o.Missing[0].Why.Error(), "signals.parquet has 1048584 rows, more than") {
		t.Errorf("missing %v, %v", o.Missing, err)
	}
}

func TestOpenFile(t *testing.T) {
	a, r := ran(t)
	secret := filepath.Join(a.Runs, "secret.csv")
	for _, err := range []error{
		os.WriteFile(secret, []byte("secret"), 0o666),
		os.Symlink(secret, filepath.Join(r.Dir, "figures", "out.csv")),
		os.WriteFile(filepath.Join(r.Dir, "other.txt"), nil, 0o666),
		os.Mkdir(filepath.Join(r.Dir, "figures", "folder.csv"), 0o777),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	o, err := a.Overview(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, listed := range o.Files {
		f, info, err := a.OpenFile(r.ID, listed.Name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(f)
		if err != nil || int64(len(text)) != listed.Size || info.Size() != listed.Size || string(text) == "secret" {
			t.Errorf("%s: %d bytes, %v", listed.Name, len(text), err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{
		"", ".", "..", "../secret.csv", "figures/../../secret.csv", "figures/..", secret, "lock", "other.txt", "figures/out.csv", "figures/folder.csv",
		"figures", "figures//01.csv", "figures/a/b.csv", "figures/none.svg", "spec.yaml\x00", "./spec.yaml", `figures\..\..\secret.csv`, "figures/.x.csv",
	} {
		if f, _, err := a.OpenFile(r.ID, name); err == nil {
			t.Errorf("%q was opened: %v", name, f.Name())
		}
	}
	if _, _, err := a.OpenFile(r.ID, "figures/none.svg"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
