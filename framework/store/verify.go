package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sedlab/internal/durable"
	"sedlab/internal/record"
	"sedlab/internal/regular"
	"sedlab/internal/sealed"
	"sedlab/internal/sums"
)

// Verified says which files of a run folder are as they were written.
type Verified struct {
	Dir       string    `json:"dir"`
	Files     int       `json:"files"`     // that were compared with their checksums
	Bytes     int64     `json:"bytes"`     // of these files
	Skipped   int       `json:"skipped"`   // files that the sample left out
	Damaged   []Problem `json:"damaged"`   // files that are not as they were written
	Unchecked []string  `json:"unchecked"` // files without a checksum, such as those of a person
}

// Problem says what is wrong with a file of a run.
type Problem struct {
	File string `json:"file"`
	What string `json:"what"`
}

// Verify compares the files of a run folder with their checksums: all, or about the given
// share of those in SHA256SUMS, chosen anew each time. The run may be of any status. The
// error is about the folder, or ctx's.
func Verify(ctx context.Context, dir string, share float64) (*Verified, error) {
	for try := 1; ; try++ {
		before := stateOf(dir)
		v, err := verify(ctx, dir, share)
		if err != nil || len(v.Damaged) == 0 || try == 3 || stateOf(dir) == before {
			return v, err
		}
	}
}

// stateOf identifies the state of a run that is being written, by what changes last.
func stateOf(dir string) (state [3]string) {
	for i, name := range []string{ManifestFile, sums.File, LogFile} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			state[i] = fmt.Sprint(info.Size(), info.ModTime().UnixNano())
		}
	}
	return state
}

func verify(ctx context.Context, dir string, share float64) (*Verified, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	v := &verifier{Verified{Dir: dir, Damaged: []Problem{}, Unchecked: []string{}}, map[string]bool{}}
	m, ok := v.manifest()
	v.plan()
	known, err := sums.Read(dir)
	if err != nil {
		v.damaged(sums.File, err)
		known = sums.Sums{}
	} else if len(known) > 0 {
		v.seen[sums.File] = true
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if share < 1 && rand.Float64() >= share {
			v.Skipped++
			v.seen[name] = true
			continue
		}
		v.compare(ctx, name, known[name])
	}
	if ok {
		v.older(ctx, m)
		v.log(m)
		v.missing(m)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &v.Verified, v.rest(ok && m.LogSum != "")
}

type verifier struct {
	Verified
	seen map[string]bool // the files that have been dealt with
}

func (v *verifier) damaged(name string, err error) {
	v.seen[name] = true
	what := strings.TrimPrefix(err.Error(), filepath.Join(v.Dir, name)+": ")
	if errors.Is(err, fs.ErrNotExist) {
		what = "is missing"
	}
	v.Damaged = append(v.Damaged, Problem{name, what})
}

func (v *verifier) fine(name string, size int64) {
	v.seen[name] = true
	v.Files, v.Bytes = v.Files+1, v.Bytes+size
}

func (v *verifier) path(name string) string { return filepath.Join(v.Dir, filepath.FromSlash(name)) }

// manifest checks the manifest. ok is false if it cannot be read.
func (v *verifier) manifest() (m Manifest, ok bool) {
	data, err := regular.ReadIn(v.Dir, ManifestFile, maxManifest)
	if err == nil {
		err = sealed.UnmarshalEither(data, &m, "id")
	}
	if err != nil {
		v.damaged(ManifestFile, err)
		return m, false
	}
	v.fine(ManifestFile, int64(len(data)))
	return m, true
}

// plan checks the plan, which carries its own checksum.
func (v *verifier) plan() {
	data, err := regular.ReadIn(v.Dir, PlanFile, maxPlan)
	if err == nil {
		err = sealed.UnmarshalEither(data, new(struct{}), "trainings", "cells")
	}
	if err != nil {
		v.damaged(PlanFile, err)
		return
	}
	v.fine(PlanFile, int64(len(data)))
}

// compare compares a file with its sums. As in readChecked, the file may be replaced
// meanwhile.
func (v *verifier) compare(ctx context.Context, name string, list []string) {
	for try := 1; ; try++ {
		sum, size, err := v.sum(ctx, name)
		if errors.Is(err, fs.ErrNotExist) && slices.Contains(list, sums.Absent) {
			v.seen[name] = true
			return
		}
		if err == nil && slices.Contains(list, sum) {
			v.fine(name, size)
			return
		}
		if now, failed := sums.Read(v.Dir); try < 3 && failed == nil && now[name] != nil && !slices.Equal(now[name], list) {
			list = now[name]
			continue
		}
		if err == nil && name == SpecFile {
			err = errors.New("does not match its SHA-256; if its section report was edited, draw the report again")
		}
		if err == nil {
			err = errors.New("does not match its SHA-256")
		}
		v.damaged(name, err)
		return
	}
}

func (v *verifier) sum(ctx context.Context, name string) (sum string, size int64, err error) {
	f, _, err := regular.OpenIn(v.Dir, filepath.FromSlash(name))
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, endless{ctx, f})
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// endless reads until a context ends.
type endless struct {
	ctx context.Context
	io.Reader
}

func (e endless) Read(p []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	return e.Reader.Read(p)
}

// older checks what a version that kept no sums noted in the manifest.
func (v *verifier) older(ctx context.Context, m Manifest) {
	files := maps.Clone(m.Files)
	if m.SpecFile != "" && m.LogSum == "" {
		files = maps.Clone(files)
		if files == nil {
			files = map[string]string{}
		}
		files[SpecFile] = m.SpecFile
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !v.seen[name] && m.Status != Running {
			v.compare(ctx, name, []string{files[name]})
		}
	}
}

// log checks the log.
func (v *verifier) log(m Manifest) {
	if m.LogSum == "" {
		return
	}
	f, info, err := regular.OpenIn(v.Dir, LogFile)
	if err == nil {
		defer f.Close()
		err = checkLog(f, m.LogSum, m.Status != Running)
	}
	if err != nil {
		v.damaged(LogFile, err)
		return
	}
	v.fine(LogFile, info.Size())
}

// missing notes files that the run must have by its status, but has no sum of.
func (v *verifier) missing(m Manifest) {
	must := []string{SpecFile}
	if m.Status == Done {
		must = append(must, SignalsFile, TrainingFile, ExamplesFile)
	}
	for _, name := range must {
		if v.seen[name] {
			continue
		}
		if _, err := os.Lstat(v.path(name)); err != nil {
			v.damaged(name, err)
		} else if m.LogSum != "" {
			v.damaged(name, errors.New("has lost its line in "+sums.File))
		}
	}
}

// sound returns the files that sedlab writes, without tables that do not match the sums of a
// version that kept them in the manifest.
func (m *Manifest) sound(dir string) []string {
	return slices.DeleteFunc(slices.Clone(written), func(name string) bool {
		old := m.Files[name]
		if old == "" {
			return false
		}
		data, err := regular.ReadIn(dir, name, record.MaxBytes)
		return err != nil || sealed.Digest(data) != old
	})
}

// rest lists the files that were not checked. Those that sedlab writes must have had a sum
// if the run has sums.
func (v *verifier) rest(summed bool) error {
	root, err := filepath.EvalSymlinks(v.Dir) // a run may be a link
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case e.IsDir(), v.seen[name], apart(name), slices.Contains(unsummed, name), durable.IsTemp(e.Name()):
		case summed && slices.Contains(written, name):
			v.damaged(name, fmt.Errorf("has no line in %s", sums.File))
		default:
			v.Unchecked = append(v.Unchecked, name)
		}
		return nil
	})
}

// unsummed are files without content of their own; written are those that sedlab alone
// writes, apart from figures.
var (
	unsummed = []string{LockFile, ".sums.lock", ".tags.lock"}
	written  = []string{SpecFile, DiffFile, SignalsFile, TrainingFile, ExamplesFile, TagsFile, NoteFile, "report.md", "statistics.csv", "comparisons.csv"}
)
