// Package npz reads arrays of numbers from NumPy's .npz archives: zip files of
// .npy arrays, stored or deflated.
//
// It exists because npyio v0.14.0, which tests use to write archives, trusts what it
// reads. It panics on a header without a newline, allocates whatever length a header
// declares (up to 4 GiB), does not check shapes against the data, does not transpose
// Fortran order into a slice, does not read version 3, and reads one element at a time.
// Here memory grows with the data that arrive, up to MaxArrayBytes per array.
package npz

import (
	"archive/zip"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// MaxArrayBytes is the largest size of one array, both decompressed and converted.
const MaxArrayBytes = 2 << 30

// maxDeflate is the best compression that deflate can reach, 258 bytes for 2 bits. An
// entry that declares more than that lies about its size.
const maxDeflate = 1032

// Archive is an open .npz file.
type Archive struct{ entries map[string]*zip.File }

// Open reads the directory of the archive in r, which is size bytes long and must stay
// open while arrays are read.
func Open(r io.ReaderAt, size int64) (*Archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("not an npz archive: %w", err)
	}
	a := &Archive{entries: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue
		}
		if err := plausible(f, uint64(size)); err != nil {
			return nil, fmt.Errorf("array %q: %w", name, err)
		}
		a.entries[name] = f
	}
	return a, nil
}

// plausible checks the sizes that an entry declares against the size of the archive.
func plausible(f *zip.File, size uint64) error {
	switch packed, unpacked := f.CompressedSize64, f.UncompressedSize64; {
	case packed > size:
		return fmt.Errorf("declares %d bytes in an archive of %d", packed, size)
	case unpacked > packed*maxDeflate:
		return fmt.Errorf("declares that %d bytes unpack to %d, which deflate cannot do", packed, unpacked)
	case unpacked > MaxArrayBytes:
		return fmt.Errorf("%d bytes, at most %d can be read", unpacked, uint64(MaxArrayBytes))
	}
	return nil
}

// Has reports whether the archive holds an array of that name.
func (a *Archive) Has(name string) bool { return a.entries[name] != nil }

// Missing returns the error for an array that the archive lacks. It names some of those
// that it has.
func (a *Archive) Missing(name string) error {
	const named, longest = 12, 40
	if len(a.entries) == 0 {
		return fmt.Errorf("no array %q; the archive has none", name)
	}
	var list []string
	for _, n := range slices.Sorted(maps.Keys(a.entries)) {
		if len(list) == named {
			list = append(list, fmt.Sprintf("and %d more", len(a.entries)-named))
			break
		}
		list = append(list, fmt.Sprintf("%.*q", longest, n))
	}
	return fmt.Errorf("no array %q; there are %s", name, strings.Join(list, ", "))
}

// Number is a type that elements can be converted to. Any number but zero is true.
type Number interface{ float32 | float64 | bool }

// Array is an array of at most two dimensions in C order.
type Array[T Number] struct {
	Shape []int
	Data  []T
}

// Read reads an array by name and converts its elements to T. The array must have the
// shape dims, in which -1 means any length; no dims means a scalar. Errors name the array.
func Read[T Number](a *Archive, name string, dims ...int) (Array[T], error) {
	f := a.entries[name]
	if f == nil {
		return Array[T]{}, a.Missing(name)
	}
	array, err := readEntry[T](f, dims)
	if err != nil {
		return Array[T]{}, fmt.Errorf("array %q: %w", name, err)
	}
	return array, nil
}

func readEntry[T Number](f *zip.File, dims []int) (Array[T], error) {
	r, err := f.Open()
	if err != nil {
		return Array[T]{}, err
	}
	defer r.Close() // Read reports all errors
	h, err := readHeader(r)
	if err != nil {
		return Array[T]{}, err
	}
	if h.text != 0 {
		return Array[T]{}, fmt.Errorf("type %q, expected numbers", h.descr)
	}
	fits := func(have, want int) bool { return want < 0 || have == want }
	if !slices.EqualFunc(h.shape, dims, fits) {
		return Array[T]{}, fmt.Errorf("shape %s, expected %s", shapeString(h.shape), shapeString(dims))
	}
	if have, want := int64(f.UncompressedSize64)-int64(h.size), int64(h.bytes()); have != want {
		return Array[T]{}, fmt.Errorf("%d bytes of data, but shape %s of type %s needs %d",
			have, shapeString(h.shape), h.descr, want)
	}
	data, err := readData[T](r, h)
	return Array[T]{Shape: h.shape, Data: data}, err
}

// shapeString formats a shape as NumPy does, with * for any length.
func shapeString(shape []int) string {
	s := make([]string, len(shape))
	for i, d := range shape {
		if s[i] = fmt.Sprint(d); d < 0 {
			s[i] = "*"
		}
	}
	if len(s) == 1 {
		return "(" + s[0] + ",)"
	}
	return "(" + strings.Join(s, ", ") + ")"
}
