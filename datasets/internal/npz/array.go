package npz

import (
	"archive/zip"
	"errors"
	"fmt"
	"slices"
	"unsafe"
)

// Number is a type that elements can be converted to. Any number but zero is true.
type Number interface{ float32 | float64 | bool }

// Array is an array of at most two dimensions in C order.
type Array[T Number] struct {
	Shape []int
	Data  []T
}

// Read reads an array by name and converts its elements to T. The array must have the
// shape dims, in which -1 means any length; no dims means a scalar. Vectors of known
// length and scalars may have further dimensions of length 1. Errors name the array.
func Read[T Number](a *Archive, name string, dims ...int) (Array[T], error) {
	s, err := a.Stream(name, dims...)
	if err != nil {
		return Array[T]{}, err
	}
	if err := a.take(s.header.len(), int(unsafe.Sizeof(*new(T)))); err != nil {
		return Array[T]{}, fmt.Errorf("array %q: %w", name, err)
	}
	data := make([]T, s.header.len())
	return Array[T]{s.Shape, data}, s.Each(storer(data))
}

// RestFrame reads the array rest_frame, a scalar or N: which of N > 0 spectra have wavelengths
// at rest. Without it, all have.
func RestFrame(a *Archive, n int) ([]bool, error) {
	const name = "rest_frame"
	if !a.Has(name) {
		return slices.Repeat([]bool{true}, n), nil
	}
	if all, err := Read[bool](a, name); err == nil {
		return slices.Repeat(all.Data, n), nil
	}
	each, err := Read[bool](a, name, n)
	return each.Data, err
}

// storer returns a function that sets element i of data to v.
func storer[T Number](data []T) func(i int, v float64) {
	switch data := any(data).(type) {
	case []float32:
		return func(i int, v float64) { data[i] = float32(v) }
	case []bool:
		return func(i int, v float64) { data[i] = v != 0 }
	default:
		numbers := data.([]float64)
		return func(i int, v float64) { numbers[i] = v }
	}
}

// Stream is an array of an archive that can be read, any number of times, without being
// kept.
type Stream struct {
	Shape  []int
	name   string
	entry  *zip.File
	header header
}

// Stream returns the array of a name and shape, as Read does.
func (a *Archive) Stream(name string, dims ...int) (*Stream, error) {
	f := a.entries[name]
	if f == nil {
		return nil, a.Missing(name)
	}
	s := &Stream{name: name, entry: f}
	if err := s.read(func(h header) error { return s.accept(h, dims) }, nil); err != nil {
		return nil, err
	}
	return s, nil
}

// Keep counts the memory of an array whose elements are kept in size bytes each.
func (s *Stream) Keep(a *Archive, size int) error {
	if err := a.take(s.header.len(), size); err != nil {
		return fmt.Errorf("array %q: %w", s.name, err)
	}
	return nil
}

// Each calls use with each element, as float64, and with its index in C order. Elements
// come in the order in which they are stored. If there is an error, it may be after calls
// of use.
func (s *Stream) Each(use func(i int, v float64)) error {
	return s.read(func(h header) error {
		if h.descr != s.header.descr || h.fortran != s.header.fortran || !slices.Equal(h.shape, s.header.shape) {
			return errors.New("changed while it was read")
		}
		return nil
	}, use)
}

// read opens the entry, has its header checked, and reads the data if they are of use.
// Its error names the array.
func (s *Stream) read(check func(header) error, use func(i int, v float64)) error {
	err := func() error {
		r, err := s.entry.Open()
		if err != nil {
			return err
		}
		defer r.Close() // reading reports all errors
		h, err := readHeader(r)
		if err == nil {
			err = check(h)
		}
		if err != nil || use == nil {
			return err
		}
		return readData(r, h, use)
	}()
	if err != nil {
		return fmt.Errorf("array %q: %w", s.name, err)
	}
	return nil
}

// accept takes over a header of the shape dims that suits the size of its entry.
func (s *Stream) accept(h header, dims []int) error {
	if h.text != 0 {
		return fmt.Errorf("type %q, expected numbers", h.descr)
	}
	if !fits(h.shape, dims) {
		return fmt.Errorf("shape %s, expected %s", shapeString(h.shape), shapeString(dims))
	}
	if have, want := int64(s.entry.UncompressedSize64)-int64(h.size), int64(h.bytes()); have != want {
		return fmt.Errorf("%d bytes of data, but shape %s of type %s needs %d", have, shapeString(h.shape), h.descr, want)
	}
	s.Shape, s.header = h.shape, h
	return nil
}

// fits reports whether an array has the shape dims, as Read says.
func fits(shape, dims []int) bool {
	if slices.EqualFunc(shape, dims, func(have, want int) bool { return want < 0 || have == want }) {
		return true
	}
	long := func(shape []int) []int {
		return slices.DeleteFunc(slices.Clone(shape), func(d int) bool { return d == 1 })
	}
	return len(dims) < 2 && !slices.Contains(dims, -1) && slices.Equal(long(shape), long(dims))
}
