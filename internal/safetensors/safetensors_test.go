package safetensors

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// example has all types, lengths that break 8-byte alignment, a scalar, an empty
// array, and floating-point numbers that differ in nothing but their bits.
func example() *File {
	return &File{
		Metadata: map[string]string{"kind": "a \"kind\"", "": "", "ä\n": "<&>"},
		Tensors: []Tensor{
			{"0.weight", []int{3, 1}, []float32{math.Float32frombits(0x7fc12345), math.Float32frombits(0xff812345), float32(math.Copysign(0, -1))}},
			{"scalar", []int{}, []float64{math.Float64frombits(0x7ff0000000000001)}},
			{"none", []int{0, 7}, []float32{}},
			{"steps", []int{2}, []int64{math.MinInt64, math.MaxInt64}},
			{"long", []int{2, chunk / 4}, slices.Repeat([]float32{1.5, -2.5}, chunk/4)},
		},
	}
}

func write(t testing.TB, f *File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bits compares floating-point numbers by their bits.
var bits = cmp.Options{
	cmp.Comparer(func(a, b []float32) bool {
		return slices.EqualFunc(a, b, func(v, w float32) bool { return math.Float32bits(v) == math.Float32bits(w) })
	}),
	cmp.Comparer(func(a, b []float64) bool {
		return slices.EqualFunc(a, b, func(v, w float64) bool { return math.Float64bits(v) == math.Float64bits(w) })
	}),
}

func TestRoundTripKeepsEveryBit(t *testing.T) {
	for name, f := range map[string]*File{"empty": {}, "all types": example()} {
		data := write(t, f)
		got, err := Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(f, got, bits); diff != "" {
			t.Errorf("%s: read back (-want +got):\n%s", name, diff)
		}
		if !bytes.Equal(write(t, got), data) {
			t.Errorf("%s: written again, the bytes differ", name)
		}
	}
}

func TestDataIsAligned(t *testing.T) {
	data := write(t, example())
	n := 8 + int(data[0]) + int(data[1])<<8
	_, infos, err := parseHeader(data[8:n])
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range infos {
		if at := n + in.begin; at%dtypes[in.dtype].size != 0 {
			t.Errorf("tensor %s of %s begins at byte %d", in.name, in.dtype, at)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	one := []float32{1}
	for want, tensors := range map[string][]Tensor{
		`tensor "a": name used twice`:                                        {{"a", []int{1}, one}, {"a", []int{1}, one}},
		`tensor "__metadata__": name`:                                        {{"__metadata__", []int{1}, one}},
		`tensor "\xff": name`:                                                {{"\xff", []int{1}, one}},
		`tensor "a": data is a []int`:                                        {{"a", []int{1}, []int{1}}},
		`tensor "a": 1 elements for shape (2, 3)`:                            {{"a", []int{2, 3}, one}},
		`tensor "a": 1 elements for shape (>0, >0)`:                          {{"a", []int{-1, -1}, one}},
		fmt.Sprintf(`tensor "a": 1 elements for shape (%d, 4)`, math.MaxInt): {{"a", []int{math.MaxInt, 4}, one}},
	} {
		if err := Write(&bytes.Buffer{}, &File{Tensors: tensors}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got error %v, expected %s…", err, want)
		}
	}
	if err := Write(&bytes.Buffer{}, &File{Metadata: map[string]string{"a": "\xff"}}); err == nil {
		t.Error("metadata that is not UTF-8 was written")
	}
}

// fullDisk accepts left more bytes.
type fullDisk struct{ left int }

var errFull = errors.New("no space left")

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(len(p), d.left)
	d.left -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestWriteReportsTheWritersError(t *testing.T) {
	whole := len(write(t, example()))
	for _, room := range []int{0, 20, whole / 2, whole - 1} {
		if err := Write(&fullDisk{room}, example()); !errors.Is(err, errFull) {
			t.Errorf("room for %d of %d bytes: got error %v", room, whole, err)
		}
	}
}

func TestAccessorsSayWhatWasExpected(t *testing.T) {
	f := example()
	if x, err := f.Float32s("0.weight", -1, 1); err != nil || len(x) != 3 {
		t.Errorf("any number of rows of 1: got %v, %v", x, err)
	}
	if x, err := f.Float64s("scalar"); err != nil || len(x) != 1 {
		t.Errorf("a scalar: got %v, %v", x, err)
	}
	_, dtype := f.Int64s("0.weight", 3, 1)
	_, shape := f.Float32s("0.weight", -1, 2)
	_, rank := f.Float32s("0.weight", 3)
	_, missing := f.Float32s("1.weight", 3)
	_, none := f.Float32s("none", -1, 7)
	for want, err := range map[string]error{
		`tensor "0.weight": dtype F32, expected I64`:        dtype,
		`tensor "0.weight": shape (3, 1), expected (>0, 2)`: shape,
		`tensor "0.weight": shape (3, 1), expected (3)`:     rank,
		`tensor "1.weight": missing`:                        missing,
		`tensor "none": shape (0, 7), expected (>0, 7)`:     none,
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got error %v, expected %s", err, want)
		}
	}
}

func TestOnly(t *testing.T) {
	f := &File{Tensors: []Tensor{{Name: "a"}, {Name: "b"}}}
	for _, tc := range []struct {
		names []string
		want  string
	}{
		{[]string{"b", "a"}, ""},
		{[]string{"b"}, `tensor "a": not expected here, or twice`},
		{[]string{"a", "b", "c", "d"}, `tensor "c": missing`},
	} {
		if err := f.Only(tc.names...); (err == nil) != (tc.want == "") || err != nil && err.Error() != tc.want {
			t.Errorf("only %q: got error %v, expected %q", tc.names, err, tc.want)
		}
	}
	f.Tensors[1].Name = "a"
	if err := f.Only("a", "b"); err == nil {
		t.Error("a tensor that is there twice was not noticed")
	}
}
