package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sedlab/framework/store"
	"sedlab/internal/record"
)

// Overview is a run as its small files tell it: everything but its rows and reconstructions.
// It can be made of a run that is being written, and of a damaged one; Missing then says what
// cannot be shown.
type Overview struct {
	store.Manifest
	Dir      string
	Status   store.Status    // may be killed or unreadable
	Progress *store.Progress // of a run in progress whose log says so
	Live     *Live           // of a submitted run
	Tags     []string
	Note     string
	Claims   []Claim
	Columns  record.Columns  // of the results, in the order of tables
	Settings []RunSetting    // in the order of the spec
	Figures  []Figure        // in the order of the report
	Training []Trained       // the last of them; see Trainings
	Failures []StatusCount   // why signals have no result
	Tables   []StatisticsCSV // the report's
	Files    []RunFile
	Missing  []Part

	Trainings int // all that logged their epochs

	Attempts     []AttemptShown // the newest records of processes that did a share of the work, the oldest first
	AttemptCount int            // all of them
}

// Part is a part of a run that cannot be shown.
type Part struct {
	Name string // of the part, for people
	Why  error
}

// Bounds on what an overview reads and has.
const (
	mostTrainings = 200     // that are listed
	mostEpochs    = 8 << 20 // the largest table of epochs that is read [bytes]
	mostRows      = 1 << 17 // of signals that are read to count failures
	mostSignals   = 8 << 20 // bytes of their table
)

// Overview reads the run with an id. Only its folder must exist; the error is a
// *store.FindError, or that of ctx.
func (a *App) Overview(ctx context.Context, id string) (*Overview, error) {
	dir, err := a.Folder(id)
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	o := &Overview{Dir: dir, Columns: a.catalog.Columns()}
	o.Manifest, o.Status, err = state(dir)
	o.miss("The run's manifest", err)
	o.ID = id // the folder may have been renamed
	switch o.Status {
	case store.Running:
		o.Progress = store.ReadProgress(dir)
	case store.Submitted:
		f := newFollower(dir, a.ownCaches)
		f.Poll()
		o.Live, o.Cells = f.Live(), f.Live().Cells
	}
	attempts, all, err := store.NewAttemptReader(dir).Read(overviewAttempts)
	o.miss("What other processes did", err)
	o.Attempts, o.AttemptCount = attemptsShown(attempts), all
	o.Tags, err = store.ReadTags(dir)
	o.miss("Tags", err)
	o.Note, err = store.ReadNote(dir)
	o.miss("Note", err)
	if len(o.Manifest.Claims) > 0 {
		o.miss("Verdicts on the paper's claims", json.Unmarshal(o.Manifest.Claims, &o.Claims))
	}
	o.Settings, err = a.recordedSettings(dir, o.Manifest)
	o.miss("Settings", err)
	o.Files, err = runFiles(dir)
	o.miss("Files", err)
	o.readReport()
	o.readTables(ctx)
	return o, ctx.Err()
}

// miss notes that a part of the run cannot be shown. A file that the run does not have yet is
// not missed.
func (o *Overview) miss(name string, why error) {
	if why != nil && (!o.Status.Open() || !errors.Is(why, fs.ErrNotExist)) {
		o.Missing = append(o.Missing, Part{name, why})
	}
}

// readTables reads those tables that are small enough.
func (o *Overview) readTables(ctx context.Context) {
	epochs, err := readSmall[record.Training](ctx, o, store.TrainingFile, mostEpochs)
	o.miss("Trainings", err)
	o.Training = trainings(epochs)
	o.Trainings = len(o.Training)
	o.Training = o.Training[max(0, o.Trainings-mostTrainings):]
	all, results := 0, 0
	for _, r := range o.Results {
		all, results = all+r.Rows, results+r.Results
	}
	switch {
	case all == results:
	case all > mostRows:
		o.miss("Why signals have no result", fmt.Errorf("%s has %d rows, more than the %d that are read for this page", store.SignalsFile, all, mostRows))
	default:
		rows, err := readSmall[record.Signal](ctx, o, store.SignalsFile, mostSignals)
		o.miss("Why signals have no result", err)
		o.Failures = statuses(rows)
	}
}

// readSmall reads a table of a run that may have none yet, or refuses one whose file has more
// than most bytes.
func readSmall[T record.Row](ctx context.Context, o *Overview, name string, most int64) ([]T, error) {
	if info, err := os.Stat(filepath.Join(o.Dir, name)); err == nil && info.Size() > most {
		return nil, fmt.Errorf("%s has %.3g MB, more than the %.3g MB that are read for this page", name, float64(info.Size())/1e6, float64(most)/1e6)
	}
	rows, err := store.ReadTable[T](ctx, o.Dir, o.Manifest, name)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return rows, err
}

// state reads the manifest of a run folder, and says whether the process that writes to it
// was killed. A run may end between the two looks at it, so that the manifest is read again.
func state(dir string) (store.Manifest, store.Status, error) {
	m, err := store.ReadManifest(dir)
	if err == nil && m.Status == store.Running && !store.Alive(dir) {
		if m, err = store.ReadManifest(dir); err == nil && m.Status == store.Running {
			return m, store.Killed, nil
		}
	}
	if err != nil {
		return m, store.Unreadable, err
	}
	return m, m.Status, nil
}
