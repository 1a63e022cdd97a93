// Package lease lets processes, on one machine or on many, agree who does what, through a
// folder that they share. It needs nothing of the file system but that a folder, or a file, is
// renamed by one process only: no file locks, no clocks that agree, no order of times.
//
// The lease of a name is a folder of that name with one file, whose name nobody else uses.
// The file is written first, in a folder elsewhere, and this folder is renamed into place,
// which fails if there is a lease: so a lease is taken by one process, and never seen
// unsigned. The holder changes the file four times in the length of the lease. Others take
// the lease away by moving the file. Its name is the holder's own, so nobody takes the lease of
// a new holder for that of the old one. A holder notices that its file is gone, and ends its
// work. A lease is given back in the same way.
//
// A holder counts as dead if its process is gone, which another on the same boot of the same
// machine can see at once, or else if its file has not changed for the length of the lease
// by the clock of whoever watches. Of the time between two looks, no more counts than in which
// the holder changes its file once. A process that was only paused may so lose its lease.
// What leases guard must therefore be harmless if it is done twice. Who looks for other reasons than
// to take a lease judges by the same rule (Holders, Watch).
package lease

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"sedlab/internal/disk"
)

// beats is how often a holder changes its file in the length of its lease.
const beats = 4

// ErrLost says that a lease was taken away, because its holder seemed to be dead.
var ErrLost = errors.New("the lease was lost to another process, because this one was paused or could not reach the disk for too long")

// Folder is a folder of leases.
type Folder struct {
	Dir    string
	Tmp    string        // a folder of the same file system, for leases that are being made
	Mode   fs.FileMode   // permissions of the folders of leases
	Length time.Duration // of leases that are taken
	// Seen is what other Folders of this process have seen of the leases; nil for nothing.
	Seen *Sightings

	own Sightings
}

// Lease is a lease that is held.
type Lease struct {
	dir    string // its folder
	file   string // in it
	tmp    string // the folder for leases that are being made, or removed
	length time.Duration
	text   []byte
	lost   chan struct{}
	end    chan struct{}
	ended  sync.WaitGroup
}

// own are the files of leases that this process holds.
var own sync.Map

// Try takes the lease of a name, a file's name, or returns who holds it.
func (f *Folder) Try(name string) (l *Lease, h *Holder, err error) {
	err = retried(func() error {
		l, h, err = f.try(name)
		return err
	})
	return l, h, err
}

func (f *Folder) try(name string) (*Lease, *Holder, error) {
	dir := filepath.Join(f.Dir, name)
	for range attempts {
		found, err := read(dir)
		if err != nil {
			return nil, nil, err
		}
		if found != nil && !f.dead(name, found) {
			return nil, &found.Holder, nil
		}
		if found != nil {
			if err := withdraw(dir, found.file, f.Tmp); err != nil {
				return nil, nil, err
			}
		}
		l, err := f.take(dir)
		if l != nil || err != nil {
			f.sightings().forget(dir)
			return l, nil, err
		}
		if d, err := os.Open(f.Dir); err == nil { // over NFS, only then others' new leases are sure to be seen
			_ = d.Close()
		}
	}
	return nil, &Holder{}, nil
}

// attempts is how often Try begins again if other processes are faster.
const attempts = 3

// take makes a lease, unless there is one.
func (f *Folder) take(dir string) (_ *Lease, err error) {
	l := &Lease{dir: dir, file: fmt.Sprintf("%016x", rand.Uint64()), tmp: f.Tmp, length: f.Length, lost: make(chan struct{}), end: make(chan struct{})}
	l.text = me(f.Length).sign()
	tmp := filepath.Join(f.Tmp, "lease-"+l.file)
	if err := disk.Mkdir(tmp, 0o777); err != nil && !errors.Is(err, fs.ErrExist) { // over NFS it may be done and fail
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = disk.RemoveAll(tmp) // what stays is swept later
		}
	}()
	_ = os.Chmod(tmp, f.Mode) // some file systems have no modes, and only users who share the folder need them
	if err := disk.WriteFile(filepath.Join(tmp, l.file), l.text, 0o666); err != nil {
		return nil, err
	}
	_ = os.Chmod(filepath.Join(tmp, l.file), f.Mode&0o666)
	own.Store(l.file, true)
	if _, err := os.Lstat(dir); err == nil {
		_ = disk.Remove(dir) // fails if a lease is in it
	}
	err = disk.Rename(tmp, dir)
	if _, there := os.Lstat(filepath.Join(dir, l.file)); there == nil { // over NFS a rename may be done and fail
		l.ended.Go(l.beat)
		return l, nil
	}
	own.Delete(l.file)
	if errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.ENOTEMPTY) {
		return nil, disk.RemoveAll(tmp)
	}
	if err == nil {
		err = syscall.ESTALE // taken and lost at once: begin again
	}
	return nil, err
}

// The shortest and the longest pause between two attempts to take a lease.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// Take takes the lease of a name. If it is held, Take waits until the holder gives it back
// or is dead, and calls waiting once, unless it is nil.
func (f *Folder) Take(ctx context.Context, name string, waiting func(Holder)) (*Lease, error) {
	for pause := firstPause; ; pause = min(2*pause, lastPause, max(firstPause, f.Length/beats)) {
		l, holder, err := f.Try(name)
		if l != nil || err != nil {
			return l, err
		}
		if waiting != nil {
			waiting(*holder)
			waiting = nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("held by %s: %w", holder, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// beat changes the lease's file until the lease is given back or lost.
func (l *Lease) beat() {
	tick := time.NewTicker(l.length / beats)
	defer tick.Stop()
	for n := uint64(1); ; n++ {
		select {
		case <-l.end:
			return
		case <-tick.C:
		}
		if errors.Is(retried(func() error { return l.write(n) }), ErrLost) {
			close(l.lost)
			return
		}
	}
}

// write changes the file in place, so that it takes no space and does not come back if it
// was removed. Where even that needs space, the file's time changes.
func (l *Lease) write(n uint64) error {
	path := filepath.Join(l.dir, l.file)
	f, err := disk.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return lostIf(err)
	}
	err = errors.Join(f.Overwrite(fmt.Appendf(nil, beatFormat, n), int64(len(l.text)-beatBytes)), f.Close())
	if err != nil {
		now := time.Now()
		return lostIf(os.Chtimes(path, now, now))
	}
	return nil
}

// Held returns ErrLost if the lease was taken away. It opens the file, because over NFS only
// that asks the server.
func (l *Lease) Held() error {
	select {
	case <-l.lost:
		return ErrLost
	default:
	}
	return retried(func() error {
		f, err := os.Open(filepath.Join(l.dir, l.file))
		if err != nil {
			return lostIf(err)
		}
		return f.Close()
	})
}

// lostIf returns ErrLost if err says that a file is gone, and nil for other errors but
// ESTALE: that a disk cannot be reached does not say that the lease is lost.
func lostIf(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrLost
	case errors.Is(err, syscall.ESTALE):
		return err
	}
	return nil
}

// Lost is closed once the holder has noticed that the lease was taken away.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Context returns a context that ends with ctx, with the cause ErrLost once the holder has
// noticed that the lease was taken away, or when stop is called.
func (l *Lease) Context(ctx context.Context) (_ context.Context, stop func()) {
	inner, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		select {
		case <-l.lost:
			cancel(ErrLost)
		case <-done:
		}
	}()
	return inner, sync.OnceFunc(func() {
		close(done)
		cancel(nil)
	})
}

// Release gives the lease back. It is no error if it was lost.
func (l *Lease) Release() error {
	close(l.end)
	l.ended.Wait()
	err := retried(func() error { return withdraw(l.dir, l.file, l.tmp) })
	own.Delete(l.file)
	if err != nil {
		return err
	}
	_ = disk.Remove(l.dir) // fails if another has taken it meanwhile
	return nil
}

// withdraw removes the file of a lease, if it is there. It moves it away first: NFS keeps a file
// that some process has open under another name, and in this folder that would keep out the
// next holder, for ever if the machine of that process dies.
func withdraw(dir, file, tmp string) error {
	path, away := filepath.Join(dir, file), filepath.Join(tmp, "lease-"+file+"-gone")
	err := disk.Rename(path, away)
	switch {
	case err == nil:
		_ = disk.Remove(away) // what stays is swept later
	case errors.Is(err, syscall.ESTALE):
		return err
	case !errors.Is(err, fs.ErrNotExist): // such as a full disk
		err = disk.Remove(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
