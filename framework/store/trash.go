package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sedlab/internal/disk"
)

// TrashFolder is the folder beside the runs to which removed runs are moved.
const TrashFolder = ".trash"

// Remove moves a run folder to the trash beside it and returns its new path. Of a link
// to a folder elsewhere, it moves the link. It leaves a run alone while a process is
// writing to it. If the run was the latest, root/latest then points to the newest of the
// others.
func Remove(dir string) (removed string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	root := filepath.Dir(dir)
	if _, err := os.Stat(dir); err != nil { // a link that leads nowhere, or nothing
		return moveTo(filepath.Join(root, TrashFolder), dir)
	}
	if _, err := os.Lstat(filepath.Join(dir, ManifestFile)); err != nil {
		return "", fmt.Errorf("%s: not a run: %w", dir, err)
	}
	// The lock keeps others from resuming the run while it moves.
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer stop()
	lock, err := disk.Lock(ctx, filepath.Join(dir, LockFile))
	if errors.Is(err, context.DeadlineExceeded) {
		return "", fmt.Errorf("run %s: a process is writing to it; end that first", filepath.Base(dir))
	}
	if err != nil && !disk.NoLocks(err) {
		return "", fmt.Errorf("run %s: cannot be locked: %w", filepath.Base(dir), err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	if removed, err = moveTo(filepath.Join(root, TrashFolder), dir); err != nil {
		return "", err
	}
	return removed, relink(root, filepath.Base(dir))
}

// moveTo moves a folder, or a link to one, into another, durably. If its name is taken
// there, it gets a new one.
func moveTo(trash, dir string) (string, error) {
	if err := disk.MkdirAll(trash, 0o777); err != nil {
		return "", err
	}
	to := filepath.Join(trash, filepath.Base(dir))
	err := move(dir, to)
	for n := 2; errors.Is(err, fs.ErrExist); n++ {
		to = filepath.Join(trash, fmt.Sprintf("%s-%d", filepath.Base(dir), n))
		err = move(dir, to)
	}
	if err != nil {
		return "", err
	}
	return to, errors.Join(disk.SyncDir(trash), disk.SyncDir(filepath.Dir(dir)))
}

// move renames a folder. A link is made anew, so that a relative one leads to the same
// folder from there. The error is an fs.ErrExist if the new name is taken.
func move(dir, to string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !isLink(info.Mode()) {
		return disk.Rename(dir, to)
	}
	target, err := os.Readlink(dir)
	if err != nil {
		return err
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(dir), target)
	}
	if err := disk.Symlink(target, to); err != nil {
		return err
	}
	return disk.Remove(dir)
}

// relink repairs root/latest if it points to the run that is gone.
func relink(root, gone string) error {
	link := filepath.Join(root, latestLink)
	if to, err := os.Readlink(link); err != nil || filepath.Base(to) != gone {
		return nil // it points to another run, or there is no link
	}
	list, err := List(root)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(s Summary) bool { return s.Status == Unreadable })
	if len(list) == 0 {
		return disk.Remove(link)
	}
	newest := slices.MaxFunc(list, func(a, b Summary) int { return a.Started.Compare(b.Started) })
	return pointLatest(root, newest.ID)
}

// EmptyTrash deletes the runs in the trash of a folder of runs, and returns their
// number.
func EmptyTrash(root string) (int, error) {
	trash := filepath.Join(root, TrashFolder)
	entries, err := os.ReadDir(trash)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for i, e := range entries {
		if err := disk.RemoveAll(filepath.Join(trash, e.Name())); err != nil {
			return i, err
		}
	}
	return len(entries), disk.SyncDir(trash)
}
