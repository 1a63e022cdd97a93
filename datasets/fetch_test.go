package datasets

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// content is the file on the tests' servers.
var content = bytes.Repeat([]byte("4000 spectra. "), 1000)

func blobID(b []byte) string {
	sum := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(b)), b...))
	return hex.EncodeToString(sum[:])
}

// TestBlobID compares the id with git's own, from git hash-object of a file with hello.
func TestBlobID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hello")
	if err := os.WriteFile(path, []byte("hello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if id, err := fileBlobID(path); err != nil || id != "ce013625030ba8dba906f756967f9e9ca394464a" {
		t.Errorf("id %s, %v", id, err)
	}
}

// whole serves the content, with ranges.
func whole(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// cut serves the first half of the content and then breaks the connection.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	w.Write(content[:len(content)/2])
	panic(http.ErrAbortHandler)
}

// rangeless serves all of the content, whatever the range.
func rangeless(w http.ResponseWriter, _ *http.Request) { w.Write(content) }

func TestFetch(t *testing.T) {
	half := content[:len(content)/2]
	tests := []struct {
		name   string
		part   []byte // received before
		server http.HandlerFunc
	}{
		{"from nothing", nil, whole},
		{"from half", half, whole},
		{"from half, ranges ignored", half, rangeless},
		{"from all", content, http.NotFound},
		{"from too much", append(bytes.Clone(content), "more"...), whole},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newDownload(t, test.server)
			if test.part != nil {
				writeFile(t, d.part(), test.part)
			}
			if err := d.fetch(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantFile(t, d.dst, content)
			wantNoFile(t, d.part())
		})
	}
}

func TestFetchGoesOn(t *testing.T) {
	d := newDownload(t, cut)
	wantInput(t, d.fetch(t.Context()), "cut after 7000 bytes", "they are kept")
	wantFile(t, d.part(), content[:len(content)/2])

	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header.Get("Range")
		whole(w, r)
	}))
	defer server.Close()
	var first, last, total int64
	d.url = server.URL
	d.progress = func(done, all int64) {
		if first == 0 {
			first = done
		}
		last, total = done, all
	}
	if err := d.fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFile(t, d.dst, content)
	if asked != "bytes=7000-" {
		t.Errorf("asked for range %q", asked)
	}
	if first <= 7000 || last != 14000 || total != 14000 {
		t.Errorf("progress from %d to %d of %d, want more than 7000 to 14000 of 14000", first, last, total)
	}
}

func TestFetchErrors(t *testing.T) {
	tests := []struct {
		name   string
		server http.HandlerFunc
		want   []string
	}{
		{"not found", http.NotFound, []string{"404 Not Found"}},
		{"another file", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) },
			[]string{"git blob id " + blobID([]byte("<html>")), "expected " + blobID(content), "it was removed"}},
		{"declared too long", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000000")
			w.Write(content)
		},
			[]string{"1000000 bytes, expected at most 20000"}},
		{"too long", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(content); err != nil {
					return
				}
			}
		}, []string{"more than 20000 bytes"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newDownload(t, test.server)
			wantInput(t, d.fetch(t.Context()), test.want...)
			wantNoFile(t, d.dst)
			if info, err := os.Stat(d.part()); err == nil && info.Size() > 0 {
				t.Errorf("%d bytes of a wrong file are kept", info.Size())
			}
		})
	}
}

func TestFetchLeavesOtherFilesAlone(t *testing.T) {
	d := newDownload(t, whole)
	writeFile(t, d.dst, []byte("mine"))
	wantInput(t, d.fetch(t.Context()), "another file has this name")
	wantFile(t, d.dst, []byte("mine"))
}

func TestFetchWhatIsThere(t *testing.T) {
	d := newDownload(t, http.NotFound)
	writeFile(t, d.dst, content)
	if err := d.fetch(t.Context()); err != nil {
		t.Error(err)
	}
}

// Several at once fetch one file.
func TestFetchAtOnce(t *testing.T) {
	d := newDownload(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Millisecond)
		whole(w, r)
	})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			each := *d
			if err := each.fetch(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	wantFile(t, d.dst, content)
	wantNoFile(t, d.part())
}

// hang sends some bytes and then nothing.
func hang(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:n])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

func TestFetchGoesOnAfterAStall(t *testing.T) {
	var asked atomic.Int32
	d := newDownload(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			hang(5000)(w, r)
			return
		}
		whole(w, r)
	})
	d.patience = 50 * time.Millisecond
	if err := d.fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFile(t, d.dst, content)

	d = newDownload(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }) // no headers
	d.patience = 20 * time.Millisecond
	wantInput(t, d.fetch(t.Context()), "stalled: less than 1024 bytes in 20ms, after 0 bytes")
	wantNoFile(t, d.part())
}

func TestFetchStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := newDownload(t, func(w http.ResponseWriter, r *http.Request) {
		w.Write(content[:100])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	d.progress = func(int64, int64) { cancel() }
	err := d.fetch(ctx)
	var input *InputError
	if !errors.Is(err, context.Canceled) || errors.As(err, &input) {
		t.Errorf("error %v, want context.Canceled and no InputError", err)
	}
	wantFile(t, d.part(), content[:100])
}

// TestFetchVerifies checks that Fetch accepts only astroML's file.
func TestFetchVerifies(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(whole))
	defer server.Close()
	_, err := new(SDSSCorrectedConfig).Fetch(t.Context(), filepath.Join(t.TempDir(), "spec4000.npz"), server.URL, nil)
	wantInput(t, err, "expected "+spec4000Blob)
}

// A range that is taken from a header is the one that it names.
func FuzzRangeStart(f *testing.F) {
	f.Add("bytes 7000-13999/14000", int64(7000))
	f.Add("bytes */14000", int64(0))
	f.Add("bytes 007-9/*", int64(1)<<62)
	f.Add("bytes -5-", int64(-1))
	f.Fuzz(func(t *testing.T, header string, first int64) {
		start := rangeStart(header)
		digits := strings.TrimLeft(strings.TrimPrefix(header, "bytes "), "0")
		if start != -1 && start != 0 && !strings.HasPrefix(digits, fmt.Sprintf("%d-", start)) || start < -1 {
			t.Errorf("%q begins at %d", header, start)
		}
		if got := rangeStart(fmt.Sprintf("bytes %d-%d/%d", first, first, first)); got != max(first, -1) {
			t.Errorf("a range from %d begins at %d", first, got)
		}
	})
}

// newDownload returns a download of the content from a server into a folder that does not
// exist yet.
func newDownload(t *testing.T, handler http.HandlerFunc) *download {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	d := &download{
		url: server.URL, dst: filepath.Join(t.TempDir(), "cache", "file.npz"),
		blob: blobID(content), maxSize: 20000,
		progress: func(int64, int64) {}, client: server.Client(), patience: time.Minute,
	}
	return d
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func wantFile(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes, want %d", filepath.Base(path), len(got), len(want))
	}
}

func wantNoFile(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); err == nil {
		t.Errorf("%s is there", filepath.Base(path))
	}
}

func wantInput(t *testing.T, err error, want ...string) {
	t.Helper()
	var input *InputError
	if !errors.As(err, &input) {
		t.Fatalf("error %v, want an InputError", err)
	}
	for _, part := range want {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %v, want one that says %q", err, part)
		}
	}
}
