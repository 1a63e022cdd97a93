package datasets

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// What is read is what was hashed: a file that changes in between, even if it changes back
// later, is an error wherever the change is read.
func TestHashedReaderNoticesChanges(t *testing.T) {
	file := make([]byte, 2*hashedBlock+1000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range file {
		file[i] = byte(r.Uint32())
	}
	h, err := newHashed(t.Context(), bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		at, n := r.IntN(len(file)), r.IntN(2*hashedBlock)
		got := make([]byte, n)
		read, err := h.ReadAt(got, int64(at))
		want := file[at:min(len(file), at+n)]
		if !bytes.Equal(got[:read], want) || (err == io.EOF) != (at+n > len(file)) || err != nil && err != io.EOF {
			t.Fatalf("%d bytes at %d: read %d, %v", n, at, read, err)
		}
	}
	for _, place := range []int{0, hashedBlock - 1, hashedBlock, len(file) - 1} {
		changed := bytes.Clone(file)
		changed[place]++
		h.r, h.block = bytes.NewReader(changed), nil
		if _, err := h.ReadAt(make([]byte, 1), int64(place)); !errors.Is(err, errChanged) {
			t.Errorf("byte %d changed: %v", place, err)
		}
		h.r = bytes.NewReader(file)
		if _, err := h.ReadAt(make([]byte, 1), int64(place)); err != nil {
			t.Errorf("byte %d changed back: %v", place, err)
		}
	}
	h.r, h.block = bytes.NewReader(file[:hashedBlock+5]), nil
	if _, err := h.ReadAt(make([]byte, 10), hashedBlock); !errors.Is(err, errChanged) {
		t.Errorf("shorter: %v", err)
	}
}
