package datasets

import (
	"context"
	"crypto/sha1" // git's; nothing stronger is published for the file
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"sedlab/internal/disk"
	"sedlab/internal/regular"
)

// download is one file to be fetched.
type download struct {
	source, url, dst string
	blob             string // the git blob id of the expected content
	maxSize          int64
	progress         func(done, total int64) // may be nil
	client           *http.Client
	patience         time.Duration // see leastBytes
}

// part returns where the bytes are kept until they are verified.
func (d *download) part() string { return d.dst + ".part" }

// fetch receives the bytes that are missing and puts the file in place. Its error is an
// *InputError, or ctx's own.
func (d *download) fetch(ctx context.Context) error {
	return inputError(ctx, InputError{Source: d.source, Path: d.dst}, d.run(ctx))
}

func (d *download) run(ctx context.Context) error {
	if done, err := d.there(); done || err != nil {
		return err
	}
	if err := disk.MkdirAll(filepath.Dir(d.dst), 0o755); err != nil {
		return err
	}
	lock, err := d.lock(ctx)
	if err != nil {
		return err
	}
	done, err := d.there() // another process may have fetched it meanwhile
	if err == nil && !done {
		err = d.complete(ctx)
	}
	if info, failed := os.Stat(d.part()); failed == nil && info.Size() == 0 {
		err = errors.Join(err, disk.Remove(d.part()))
	}
	return errors.Join(err, lock.Close())
}

// there reports whether the file is in its place. Another file there is an error.
func (d *download) there() (done bool, err error) {
	id, err := fileBlobID(d.dst)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err == nil && id != d.blob:
		err = errors.New("another file has this name; move it away, or set SEDLAB_DATA to another folder")
	}
	return err == nil, err
}

// lock locks the part, which is made if there is none, for this process. It waits for
// another process that fetches the same file.
func (d *download) lock(ctx context.Context) (*flock.Flock, error) {
	for {
		lock := flock.New(d.part(), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o644))
		_, err := lock.TryLockContext(ctx, 200*time.Millisecond)
		if disk.NoLocks(err) {
			return lock, nil
		}
		if err != nil {
			return nil, errors.Join(err, lock.Close())
		}
		locked, err := lock.Stat()
		if now, failed := os.Stat(d.part()); err == nil && failed == nil && os.SameFile(locked, now) {
			return lock, nil
		}
		if err := lock.Close(); err != nil { // what was locked is in its place now, or removed
			return nil, err
		}
	}
}

// complete receives what the part lacks, verifies it and puts it in its place.
func (d *download) complete(ctx context.Context) error {
	// A part may be whole: a download can be cut before it is put in place.
	id, err := fileBlobID(d.part())
	if err == nil && id != d.blob {
		for tries := 1; ; tries++ {
			if err = d.receive(ctx); !errors.Is(err, errStalled) || tries == stalls {
				break
			}
		}
		if err != nil {
			return err
		}
		id, err = fileBlobID(d.part())
	}
	if err != nil {
		return err
	}
	if id != d.blob { // going on from it could never succeed
		err = fmt.Errorf("get %s: the content has git blob id %s, expected %s; it was removed", d.url, id, d.blob)
		return errors.Join(err, disk.Remove(d.part()))
	}
	if err := disk.Rename(d.part(), d.dst); err != nil {
		return err
	}
	return disk.SyncDir(filepath.Dir(d.dst))
}

// A download stalls if it receives less than leastBytes in its patience. It is tried again,
// from where it stopped, up to stalls times in all.
const (
	leastBytes = 1 << 10
	stalls     = 3
)

var errStalled = errors.New("stalled")

// watch cancels a download that stalls. received is the number of bytes so far.
func (d *download) watch(ctx context.Context, received *atomic.Int64) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		timer := time.NewTicker(d.patience)
		defer timer.Stop()
		for before := int64(0); ; {
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
			now := received.Load()
			if now-before < leastBytes {
				cancel(errStalled)
			}
			before = now
		}
	}()
	return ctx, cancel
}

// receive asks for the bytes that the part lacks, appends them, and syncs the part.
func (d *download) receive(ctx context.Context) (err error) {
	f, err := disk.OpenFile(d.part(), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	have, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	var received atomic.Int64
	ctx, cancel := d.watch(ctx, &received)
	defer cancel(nil)
	body, from, total, err := d.request(ctx, have)
	if err != nil {
		return d.stalled(ctx, have, err)
	}
	defer body.Close() // Read has reported what went wrong
	if total > d.maxSize {
		return fmt.Errorf("get %s: %d bytes, expected at most %d", d.url, total, d.maxSize)
	}
	if err := f.Truncate(from); err != nil {
		return err
	}
	done := from
	count := counter(func(n int) {
		received.Add(int64(n))
		if done += int64(n); d.progress != nil {
			d.progress(done, total)
		}
	})
	// One byte more than allowed shows that there is more.
	_, err = io.Copy(io.MultiWriter(f, count), io.LimitReader(body, d.maxSize+1-from))
	switch {
	case context.Cause(ctx) == errStalled:
		return d.stalled(ctx, done, err)
	case err != nil:
		return fmt.Errorf("get %s: cut after %d bytes (%w); they are kept, and the next try goes on from there", d.url, done, err)
	case done > d.maxSize:
		return errors.Join(fmt.Errorf("get %s: more than %d bytes", d.url, d.maxSize), f.Truncate(0))
	}
	return f.Sync()
}

// stalled returns err, or says that the download stalled if that ended it.
func (d *download) stalled(ctx context.Context, done int64, err error) error {
	if context.Cause(ctx) != errStalled {
		return err
	}
	return fmt.Errorf("get %s: %w: less than %d bytes in %v, after %d bytes; they are kept, and the next try goes on from there",
		d.url, errStalled, leastBytes, d.patience, done)
}

// counter is called with the length of every write.
type counter func(n int)

func (c counter) Write(p []byte) (int, error) {
	c(len(p))
	return len(p), nil
}

// request returns the content from byte have on, or from byte 0 if the server ignores the
// range or the part is not from its file. total is the size of the whole file, or -1 if
// unknown.
func (d *download) request(ctx context.Context, have int64) (body io.ReadCloser, from, total int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url, nil)
	if err != nil {
		return nil, 0, 0, err
	}
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	resp, err := d.client.Do(req)
	if err != nil { // names the address
		return nil, 0, 0, fmt.Errorf("%w; without a network, copy the file here from elsewhere", err)
	}
	switch {
	case resp.StatusCode == http.StatusOK:
		have = 0
	case resp.StatusCode == http.StatusPartialContent && rangeStart(resp.Header.Get("Content-Range")) == have:
	case have > 0: // no such range, or another one
		resp.Body.Close()
		return d.request(ctx, 0)
	default:
		resp.Body.Close()
		return nil, 0, 0, fmt.Errorf("get %s: %s", d.url, resp.Status)
	}
	total = -1
	if resp.ContentLength >= 0 {
		total = have + resp.ContentLength
	}
	return resp.Body, have, total, nil
}

// rangeStart returns the first byte that a header Content-Range names, or -1.
func rangeStart(header string) int64 {
	text, ok := strings.CutPrefix(header, "bytes ")
	first, _, found := strings.Cut(text, "-")
	start, err := strconv.ParseUint(first, 10, 63)
	if !ok || !found || err != nil {
		return -1
	}
	return int64(start)
}

// fileBlobID returns the id that git gives to a file's content: the SHA-1 of
// "blob <size>\0" and the bytes.
func fileBlobID(path string) (string, error) {
	f, info, err := regular.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() // only read from
	hash := sha1.New()
	fmt.Fprintf(hash, "blob %d\x00", info.Size())
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
