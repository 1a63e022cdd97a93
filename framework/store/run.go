package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"sedlab/internal/disk"
	"sedlab/internal/durable"
	"sedlab/internal/record"
	"sedlab/internal/sealed"
	"sedlab/internal/sums"
)

// Run is a run folder that only this process writes to.
type Run struct {
	Dir      string
	Manifest Manifest
	Log      *slog.Logger

	began time.Time // when this process opened it
	log   *runLog
	lock  *flock.Flock
}

// Create makes the folder of a new run under root, named by the experiment's
// name, the time and the spec's hash, writes its spec and its plan, and points
// root/latest to it. The folder appears as a whole or not at all.
func Create(root string, m Manifest, spec []byte, plan json.Marshaler) (*Run, error) {
	if err := disk.MkdirAll(root, 0o777); err != nil {
		return nil, fmt.Errorf("runs folder: %w", err)
	}
	sweep(root)
	dir := filepath.Join(root, fmt.Sprintf("%s%016x", newPrefix, rand.Uint64())) // os.MkdirTemp would make it private
	if err := disk.Mkdir(dir, 0o777); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	m.Status, m.SpecFile = Running, sealed.Digest(spec)
	r := &Run{Dir: dir, Manifest: m, began: m.Started}
	err := r.fill(root, spec, plan)
	if err == nil && m.ReplayOf == "" { // else the newest run is still the one that is repeated
		err = pointLatest(root, r.Manifest.ID)
	}
	if err != nil {
		return nil, errors.Join(err, r.letGo(), disk.RemoveAll(r.Dir))
	}
	return r, nil
}

// newPrefix begins the names of folders that Create has not finished.
const newPrefix = ".new-"

// sweep removes folders left by processes that were killed in Create. A folder that
// cannot be removed does no harm.
func sweep(root string) {
	left, _ := fs.Glob(os.DirFS(root), newPrefix+"*") // the only possible error is a bad pattern
	for _, name := range left {
		dir := filepath.Join(root, name)
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > time.Minute && !Alive(dir) {
			_ = disk.RemoveAll(dir)
		}
	}
}

// fill writes the first files of a run, and gives the folder its name.
func (r *Run) fill(root string, spec []byte, plan json.Marshaler) error {
	err := errors.Join(r.open(), sums.WriteFile(r.Dir, SpecFile, write(spec)), r.SavePlan(plan))
	if r.Manifest.Note != "" {
		err = errors.Join(err, WriteNote(r.Dir, r.Manifest.Note))
	}
	if r.Manifest.diff != nil {
		err = errors.Join(err, sums.WriteFile(r.Dir, DiffFile, write(r.Manifest.diff)))
	}
	if err != nil {
		return err
	}
	m := &r.Manifest
	stem := fmt.Sprintf("%s-%s-%s", m.Name, m.Started.UTC().Format("20060102-150405"), m.SpecHash[:8])
	for n := 1; ; n++ {
		if m.ID = stem; n > 1 {
			m.ID = fmt.Sprintf("%s-%d", stem, n) // another run began in the same second
		}
		if err := r.SaveManifest(); err != nil {
			return err
		}
		err := disk.Rename(r.Dir, filepath.Join(root, m.ID))
		if err == nil {
			r.Dir = filepath.Join(root, m.ID)
			return disk.SyncDir(root)
		}
		if !errors.Is(err, fs.ErrExist) || n == 1000 {
			return fmt.Errorf("run folder: %w", err)
		}
	}
}

// Reopen opens the folder of a run that ended early, to resume it with a plan.
func Reopen(dir string, now time.Time, argv []string, plan json.Marshaler) (*Run, error) {
	r := &Run{Dir: dir, began: now}
	err := r.open()
	if err == nil {
		r.sweep()
	}
	if err == nil {
		r.Manifest, err = ReadManifest(dir) // only now, because another process may have written it until we had the lock
	}
	if _, missing := os.Lstat(r.path(sums.File)); err == nil && (missing != nil || r.Manifest.LogSum == "") { // removed, or of an older version
		err = sums.Adopt(dir, r.Manifest.sound(dir)...)
	}
	if err == nil {
		err = r.SavePlan(plan)
	}
	if err == nil {
		r.Manifest.Status, r.Manifest.Error = Running, ""
		r.Manifest.Resumed = append(r.Manifest.Resumed, Resumption{Time: now.UTC(), Argv: argv, System: ThisSystem(), Module: Version()})
		err = r.SaveManifest()
	}
	if err != nil {
		return nil, errors.Join(err, r.letGo())
	}
	return r, nil
}

// open locks the folder and opens its log to append to it.
func (r *Run) open() error {
	// Another process in Alive may hold the lock for a moment, so try again.
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	var err error
	r.lock, err = disk.Lock(ctx, r.path(LockFile))
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("run %s: another process is writing it", filepath.Base(r.Dir))
	}
	if err != nil && !disk.NoLocks(err) {
		return fmt.Errorf("lock of run folder %s: %w", r.Dir, err)
	}
	if r.log, err = openLog(r.path(LogFile)); err != nil {
		return fmt.Errorf("run log: %w", err)
	}
	r.Log = slog.New(slog.NewJSONHandler(r.log, nil))
	return nil
}

// letGo closes the log and releases the lock.
func (r *Run) letGo() (err error) {
	if r.log != nil {
		err = r.log.close()
	}
	return errors.Join(err, r.lock.Close())
}

// pointLatest makes root/latest a link to the run. The link is a convenience: if links
// cannot be made, it is left out.
func pointLatest(root, id string) error {
	link := filepath.Join(root, latestLink)
	if info, err := os.Lstat(link); err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("%s is not a link to a run; move it away", link)
	}
	temporary := filepath.Join(root, ".latest-"+id)
	if disk.Symlink(id, temporary) != nil {
		return nil
	}
	return disk.Rename(temporary, link)
}

// SaveManifest writes the current manifest.
func (r *Run) SaveManifest() (err error) {
	if r.Manifest.LogSum, err = r.log.mark(); err != nil {
		return fmt.Errorf("run log: %w", err)
	}
	return r.seal(ManifestFile, r.Manifest)
}

// SavePlan replaces the plan, after a search has added to it.
func (r *Run) SavePlan(plan json.Marshaler) error { return r.seal(PlanFile, plan) }

// seal writes the JSON of a value with its checksum.
func (r *Run) seal(name string, v any) error {
	text, err := sealed.Marshal(v)
	if err != nil {
		return err
	}
	return durable.WriteFile(r.path(name), write(text))
}

// SaveTables writes the three tables, all of them or none.
func (r *Run) SaveTables(ctx context.Context, signals []record.Signal, training []record.Training, examples []record.Example) error {
	c := sums.NewChange(r.Dir)
	err := c.Write(SignalsFile, func(w io.Writer) error { return record.Encode(ctx, w, signals) })
	if err == nil {
		err = c.Write(TrainingFile, func(w io.Writer) error { return record.Encode(ctx, w, training) })
	}
	if err == nil {
		err = c.Write(ExamplesFile, func(w io.Writer) error { return record.Encode(ctx, w, examples) })
	}
	if err != nil {
		return err
	}
	r.Manifest.Files = nil // of a version that kept no sums
	return c.Commit()
}

// Finish records how the run ended.
func (r *Run) Finish(status Status, now time.Time) error {
	r.Manifest.Status, r.Manifest.Finished = status, &now
	r.Manifest.Seconds += now.Sub(r.began).Seconds()
	return errors.Join(r.SaveManifest(), r.letGo())
}

// Submit ends what Create has begun: the run's work is left to other processes.
func (r *Run) Submit() error {
	r.Manifest.Status = Submitted
	return errors.Join(r.SaveManifest(), r.letGo())
}

// HandOver leaves the work of a run that has ended before it was done to other processes, again.
func HandOver(dir string) error {
	r := &Run{Dir: dir}
	err := r.open()
	if err == nil {
		r.Manifest, err = ReadManifest(dir)
	}
	if err != nil {
		return errors.Join(err, r.letGo())
	}
	r.Manifest.Error = ""
	return r.Submit()
}

// sweep removes what dead processes left half written in the folder.
func (r *Run) sweep() {
	_ = durable.Sweep(r.Dir) // what stays does no harm
	_ = durable.Sweep(r.path("figures"))
}

func (r *Run) path(name string) string { return filepath.Join(r.Dir, name) }

func write(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}
