package dataset

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"sedlab/internal/durable"
)

// SDSSCorrectedURL is where sdss-corrected comes from.
const SDSSCorrectedURL = "https://github.com/astroML/astroML-data/raw/main/datasets/spec4000.npz"

// sdssCorrectedBlob is the git blob id of spec4000.npz in astroML-data.
const sdssCorrectedBlob = "96c744774999b5323336fb6248058a037d6515be"

// maxDownload is more than twice the size of spec4000.npz, and bounds what a
// wrong address can put on the disk.
const maxDownload = 64 << 20

// Fetch downloads astroML's spec4000.npz from url to dst, and verifies that it
// is that file. It does nothing where dst is that file already. What was
// received is kept in dst.part if the download is cut, and the next Fetch goes
// on from there. progress, if not nil, gets the bytes received so far and the
// total, -1 while unknown.
func Fetch(ctx context.Context, dst, url string, progress func(done, total int64)) error {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	d := download{
		url: url, dst: dst, blob: sdssCorrectedBlob, maxSize: maxDownload,
		progress: progress, client: http.DefaultClient,
	}
	return d.fetch(ctx)
}

// fetch runs the download, and tells it being called off from its failing.
func (d *download) fetch(ctx context.Context) error {
	err := d.run(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return &InputError{Dataset: d.dst, Err: err}
}

// run finds out what is there already, receives the rest and puts it in place.
func (d *download) run(ctx context.Context) error {
	id, err := fileBlobID(d.dst)
	switch {
	case id == d.blob:
		return nil
	case err == nil:
		return errors.New("another file has this name; move it away, or set SEDLAB_DATA to another folder")
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	// A part may be whole: a download can be cut before it is put in place.
	if id, err := fileBlobID(d.part()); err != nil || id != d.blob {
		if err := d.receive(ctx); err != nil {
			return err
		}
	}
	if err := d.verify(); err != nil {
		return err
	}
	if err := os.Rename(d.part(), d.dst); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(d.dst))
}
