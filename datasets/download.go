package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// download is a file to fetch.
type download struct {
	source, url, dst string
	blob             string // the git blob id of the right content
	maxSize          int64
	progress         func(done, total int64) // may be nil
	client           *http.Client
}

// part returns where the bytes stay until they are verified.
func (d *download) part() string { return d.dst + ".part" }

// receive requests the bytes that the part lacks and appends them.
func (d *download) receive(ctx context.Context) (err error) {
	if err := os.MkdirAll(filepath.Dir(d.dst), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(d.part(), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	have, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	body, from, total, err := d.request(ctx, have)
	if err != nil {
		return err
	}
	defer body.Close() // Read reports what goes wrong
	if err := f.Truncate(from); err != nil {
		return err
	}
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return err
	}
	return d.save(f, body, from, total)
}

// request returns the content from byte have on, or from 0 if the server ignores the range
// or has another file. total is the size of the whole file, or -1.
func (d *download) request(ctx context.Context, have int64) (body io.ReadCloser, from, total int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url, nil)
	if err != nil {
		return nil, 0, 0, err
	}
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	resp, err := d.client.Do(req)
	if err != nil { // it names the address
		return nil, 0, 0, fmt.Errorf("%w; without a network, copy the file here from elsewhere", err)
	}
	switch {
	case resp.StatusCode == http.StatusOK:
		have = 0
	case resp.StatusCode == http.StatusPartialContent && rangeStart(resp) == have:
	case have > 0: // a missing or other range
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

// rangeStart returns the first byte of a partial response, or -1.
func rangeStart(resp *http.Response) int64 {
	var start int64
	if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-", &start); err != nil {
		return -1
	}
	return start
}

// save appends the body to f, which holds the bytes before from, and syncs it.
func (d *download) save(f *os.File, body io.Reader, from, total int64) error {
	if total > d.maxSize {
		return fmt.Errorf("get %s: %d bytes, expected at most %d", d.url, total, d.maxSize)
	}
	// One byte above the limit shows that there is more.
	limited := io.LimitReader(body, d.maxSize+1-from)
	n, err := io.Copy(&meter{w: f, done: from, total: total, progress: d.progress}, limited)
	switch {
	case err != nil:
		return fmt.Errorf("get %s: cut after %d bytes (%w); they are kept, and the next try goes on from there", d.url, from+n, err)
	case from+n > d.maxSize:
		return errors.Join(fmt.Errorf("get %s: more than %d bytes", d.url, d.maxSize), f.Truncate(0))
	}
	return f.Sync()
}

// meter reports how many bytes have gone through it.
type meter struct {
	w           io.Writer
	done, total int64
	progress    func(done, total int64)
}

func (m *meter) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	m.done += int64(n)
	if m.progress != nil {
		m.progress(m.done, m.total)
	}
	return n, err
}
