package fits

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// readAll reads everything in a file that can be read, and returns the first error.
func readAll(ctx context.Context, text []byte) error {
	f, err := parse(text)
	if err != nil {
		return err
	}
	var errs []error
	keep := func(err error) {
		if err != nil && !strings.Contains(err.Error(), "not supported") {
			errs = append(errs, err)
		}
	}
	for _, h := range f.HDUs {
		switch xtension, _ := h.Header.Text("XTENSION"); {
		case xtension == "BINTABLE":
			t, err := h.Table()
			keep(err)
			for i := 0; err == nil && i < len(t.Columns); i++ {
				keep(readWhole(ctx, t, i))
			}
		case len(h.axes) > 0:
			im, err := h.Image()
			if keep(err); err != nil {
				continue
			}
			_, err = im.Floats(ctx, 0, im.Len())
			keep(err)
			if im.Integer {
				_, err := im.Ints(ctx, 0, im.Len())
				keep(err)
			}
		}
	}
	return errors.Join(errs...)
}

func readWhole(ctx context.Context, t *Table, i int) (err error) {
	switch t.Columns[i].Type {
	case 'A':
		_, err = t.Texts(ctx, i, 0, t.Rows)
	case 'L', 'X':
		_, err = t.Bools(ctx, i, 0, t.Rows)
	default:
		_, err = t.Floats(ctx, i, 0, t.Rows)
		if t.Columns[i].Integer && err == nil {
			_, err = t.Ints(ctx, i, 0, t.Rows)
		}
	}
	return err
}

// sharedFiles returns the spectra of SDSS beside the repository, or skips.
func sharedFiles(t testing.TB) []string {
	paths, err := filepath.Glob("../../../shared/data/fits/*.fits")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skip("no ../../../shared/data/fits")
	}
	return paths
}

func smallFiles(t testing.TB) [][]byte {
	var files [][]byte
	for _, name := range []string{"images", "scaled", "tables", "others", "groups"} {
		text, err := os.ReadFile("testdata/" + name + ".fits")
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, text)
	}
	return files
}

// A truncated file is an error, unless it ends in the padding of an HDU.
func TestTruncatedFiles(t *testing.T) {
	for i, whole := range smallFiles(t) {
		for n := 0; n < len(whole); n += 1 + n%29 {
			f, err := parse(whole[:n])
			if err != nil {
				continue
			}
			last := f.HDUs[len(f.HDUs)-1]
			end := last.start + last.size
			if left := int64(n) - end; left >= blockSize || last.size > 0 && left < 0 || left <= -blockSize {
				t.Fatalf("file %d: its first %d bytes read without an error, as %d HDUs to byte %d", i, n, len(f.HDUs), end)
			}
			if err := readAll(t.Context(), whole[:n]); errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("file %d: its first %d bytes: %v", i, n, err)
			}
		}
	}
}

func TestFlippedBits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	files := smallFiles(t)
	for _, path := range realFiles(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, text)
	}
	for _, text := range files {
		for range 100 {
			i, bit := random.IntN(len(text)), byte(1)<<random.IntN(8)
			text[i] ^= bit
			_ = readAll(t.Context(), text) // no panic
			text[i] ^= bit
		}
		var before, after runtime.MemStats
		for range 300 {
			i, digit := random.IntN(len(text)), byte('0'+random.IntN(10))
			if text[i] < '0' || text[i] > '9' {
				continue
			}
			old := text[i]
			text[i] = digit
			runtime.ReadMemStats(&before)
			_, _ = parse(text)
			runtime.ReadMemStats(&after)
			text[i] = old
			if used := after.TotalAlloc - before.TotalAlloc; used > 4*uint64(len(text))+1<<20 {
				t.Fatalf("byte %d as %q: opening a file of %d bytes takes %d of memory", i, digit, len(text), used)
			}
		}
	}
}

// realFiles is like sharedFiles, but does not skip if there are none.
func realFiles(t testing.TB) []string {
	paths, err := filepath.Glob("../../../shared/data/fits/spec-03*.fits")
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func FuzzOpen(f *testing.F) {
	for _, text := range smallFiles(f) {
		f.Add(text[:min(len(text), 4*blockSize)])
	}
	f.Add(empty("LONG    = 'one &' / a", "CONTINUE  'two&' / b", "CONTINUE  ''"))
	f.Add(table("abcdefgh", "TFIELDS = 2", "TFORM1  = '6A2'", "TFORM2  = '13X'", "TDIM1   = '(2,3)'"))
	f.Fuzz(func(t *testing.T, text []byte) { _ = readAll(t.Context(), text) })
}

// Opening takes a small multiple of the file's size, whatever its headers hold.
func TestMemoryOfHeaders(t *testing.T) {
	var cards, long []string
	for i := range 40000 {
		cards = append(cards, fmt.Sprintf("K%d%-8s= %d", i, "", i)[:8]+"= 1")
		long = append(long, "CONTINUE  '"+strings.Repeat("x", 66)+"&' / c")
	}
	for name, file := range map[string][]byte{
		"cards":     empty(cards...),
		"long text": empty(append([]string{"LONG    = 'a&'"}, long...)...),
		"HDUs":      append(empty(), bytes.Repeat(file("", "XTENSION= 'IMAGE'", "BITPIX  = 8", "NAXIS   = 0"), 1000)...),
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		f, err := parse(file)
		if err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if used := int64(after.HeapAlloc) - int64(before.HeapAlloc); used > 5*int64(len(file)) {
			t.Errorf("%s: a file of %d bytes takes %d of memory", name, len(file), used)
		}
		runtime.KeepAlive(f)
	}
	file := empty(slices.Repeat([]string{"COMMENT"}, maxHeader/cardSize+100)...)
	if _, err := parse(file); err == nil || !strings.Contains(err.Error(), "HDU 0 at byte 0: the header has no END in 67108864 bytes") {
		t.Error(err)
	}
}
