// Package store keeps what a run did in a folder of plain files, which
// runs/README.md describes. Every file is replaced as a whole and durably, so a
// reader never sees half of one.
package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"sedlab/internal/durable"
	"sedlab/internal/record"
)

// The files of a run folder.
const (
	SpecFile     = "spec.yaml"
	ManifestFile = "manifest.json"
	DiffFile     = "diff.patch"
	LogFile      = "log.jsonl"
	SignalsFile  = "signals.parquet"
	TrainingFile = "training.parquet"
	ExamplesFile = "examples.parquet"
)

// Run is a run folder that is being written.
type Run struct {
	Dir      string
	Manifest Manifest
	Log      *slog.Logger
	log      *os.File
}

// Create makes the folder of a new run under root, named by the experiment's
// name, the time and the spec's hash, writes its spec, and points root/latest
// to it.
func Create(root string, m Manifest, spec []byte) (*Run, error) {
	if err := os.MkdirAll(root, 0o777); err != nil {
		return nil, fmt.Errorf("runs folder: %w", err)
	}
	stem := fmt.Sprintf("%s-%s-%s", m.Name, m.Started.UTC().Format("20060102-150405"), m.SpecHash[:8])
	id, err := makeNew(root, stem)
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	m.ID, m.Status = id, Running
	r := &Run{Dir: filepath.Join(root, id), Manifest: m}
	if r.log, err = os.Create(r.path(LogFile)); err != nil {
		return nil, fmt.Errorf("run log: %w", err)
	}
	r.Log = slog.New(slog.NewJSONHandler(r.log, nil))
	if err := durable.WriteFile(r.path(SpecFile), write(spec)); err != nil {
		return nil, err
	}
	if m.diff != nil {
		if err := durable.WriteFile(r.path(DiffFile), write(m.diff)); err != nil {
			return nil, err
		}
	}
	if err := r.SaveManifest(); err != nil {
		return nil, err
	}
	return r, pointLatest(root, id)
}

// makeNew makes a new folder root/stem, or root/stem-2 and so on where another
// run began in the same second, and returns its name.
func makeNew(root, stem string) (string, error) {
	for n := 1; ; n++ {
		id := stem
		if n > 1 {
			id = fmt.Sprintf("%s-%d", stem, n)
		}
		err := os.Mkdir(filepath.Join(root, id), 0o777)
		if err == nil || !errors.Is(err, fs.ErrExist) || n == 1000 {
			return id, err
		}
	}
}

// pointLatest makes root/latest a link to the run. It is a convenience: where
// links cannot be made, its absence is no error.
func pointLatest(root, id string) error {
	link := filepath.Join(root, "latest")
	if info, err := os.Lstat(link); err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("%s is not a link to a run; move it away", link)
	}
	temporary := filepath.Join(root, ".latest-"+id)
	if os.Symlink(id, temporary) != nil {
		return nil
	}
	return os.Rename(temporary, link)
}

// SaveManifest writes the manifest as it is now.
func (r *Run) SaveManifest() error {
	return durable.WriteFile(r.path(ManifestFile), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r.Manifest)
	})
}

// SaveTables writes the three tables.
func (r *Run) SaveTables(signals []record.Signal, training []record.Training, examples []record.Example) error {
	return errors.Join(
		record.WriteSignals(r.path(SignalsFile), signals),
		record.WriteTraining(r.path(TrainingFile), training),
		record.WriteExamples(r.path(ExamplesFile), examples),
	)
}

// Finish records how the run ended.
func (r *Run) Finish(status Status, now time.Time) error {
	r.Manifest.Status, r.Manifest.Finished = status, &now
	r.Manifest.Seconds = now.Sub(r.Manifest.Started).Seconds()
	return errors.Join(r.SaveManifest(), r.log.Sync(), r.log.Close())
}

func (r *Run) path(name string) string { return filepath.Join(r.Dir, name) }

func write(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}
