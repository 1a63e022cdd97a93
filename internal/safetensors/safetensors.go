// Package safetensors reads and writes files of named arrays in the safetensors format
// (https://github.com/huggingface/safetensors): the length of the header, the header
// in JSON, and the arrays' bytes. Reading treats the file as hostile: it checks every
// number before using it, and memory stays within a small multiple of the file's size.
package safetensors

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// File is the content of a file.
type File struct {
	Metadata map[string]string // nil and empty are the same
	Tensors  []Tensor          // in the order of the header
}

// Tensor is a named array.
type Tensor struct {
	Name  string
	Shape []int // empty for a scalar
	Data  any   // []float32, []float64 or []int64, the last dimension fastest
}

// Float32s returns the data of the tensor with the given name and shape. In the shape,
// −1 stands for any length except 0. The slice shares the file's memory.
func (f *File) Float32s(name string, shape ...int) ([]float32, error) {
	return array[float32](f, name, shape)
}

// Float64s is Float32s for float64.
func (f *File) Float64s(name string, shape ...int) ([]float64, error) {
	return array[float64](f, name, shape)
}

// Int64s is Float32s for int64.
func (f *File) Int64s(name string, shape ...int) ([]int64, error) {
	return array[int64](f, name, shape)
}

// Only returns an error unless the file has exactly the named tensors, in any order.
func (f *File) Only(names ...string) error {
	missing := make(map[string]bool, len(names))
	for _, name := range names {
		missing[name] = true
	}
	for _, t := range f.Tensors {
		if !missing[t.Name] {
			return fmt.Errorf("tensor %.60q: not expected here, or twice", t.Name)
		}
		delete(missing, t.Name)
	}
	for _, name := range names {
		if missing[name] {
			return fmt.Errorf("tensor %q: missing", name)
		}
	}
	return nil
}

func array[E element](f *File, name string, shape []int) ([]E, error) {
	i := slices.IndexFunc(f.Tensors, func(t Tensor) bool { return t.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("tensor %q: missing", name)
	}
	t := f.Tensors[i]
	data, ok := t.Data.([]E)
	if !ok {
		return nil, fmt.Errorf("tensor %q: dtype %s, expected %s", name, dtypeOf(t.Data), dtypeOf(data))
	}
	if !slices.EqualFunc(t.Shape, shape, func(has, want int) bool { return has == want || want < 0 && has > 0 }) {
		return nil, fmt.Errorf("tensor %q: shape %s, expected %s", name, shapeText(t.Shape), shapeText(shape))
	}
	return data, nil
}

// elements returns the product of a shape's lengths, and whether that many elements
// of size bytes fit an int.
func elements(shape []int, size int) (n int, ok bool) {
	n = 1
	for _, length := range shape {
		if length < 0 || length > 0 && n > math.MaxInt/size/length {
			return 0, false
		}
		n *= length
	}
	return n, true
}

func shapeText(shape []int) string {
	var parts []string
	for _, length := range shape {
		part := fmt.Sprint(length)
		if length < 0 {
			part = ">0"
		}
		parts = append(parts, part)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
