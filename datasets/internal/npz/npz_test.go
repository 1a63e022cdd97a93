package npz_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/datasets/internal/npz"
)

// TestNumPyArchives reads archives from NumPy itself (testdata/make.py): every order, byte
// order, version and compression gives the same numbers.
func TestNumPyArchives(t *testing.T) {
	for _, name := range []string{
		"float32", "float64_deflated", "float32_fortran_big", "float64_fortran_deflated",
		"float64_big", "int8", "int16", "int32_big", "int64",
	} {
		t.Run(name, func(t *testing.T) {
			a := open(t, readFile(t, name+".npz"))
			x, err := npz.Read[float32](a, "x", 2, -1)
			if err != nil {
				t.Fatal(err)
			}
			if want := []float32{0, 1, -2, 3, -4, 5}; !slices.Equal(x.Data, want) || !slices.Equal(x.Shape, []int{2, 3}) {
				t.Errorf("x = %v of shape %v, want %v of shape [2 3]", x.Data, x.Shape, want)
			}
			flags, err := npz.Read[bool](a, "x", 2, 3)
			if err != nil {
				t.Fatal(err)
			}
			if want := []bool{false, true, true, true, true, true}; !slices.Equal(flags.Data, want) {
				t.Errorf("x as bools = %v, want %v", flags.Data, want)
			}
			half, err := npz.Read[float64](a, "half")
			if err != nil || half.Data[0] != 0.5 || len(half.Shape) != 0 {
				t.Errorf("half = %v, %v, want the scalar 0.5", half, err)
			}
		})
	}
}

func TestTypesAndShapes(t *testing.T) {
	for _, c := range []struct {
		descr, shape string
		data         []byte
		dims         []int
		want         []float64
	}{
		{"<f2", "(4,)", []byte{0x00, 0x3c, 0x01, 0x00, 0xff, 0xfb, 0x00, 0x80}, []int{4}, []float64{1, 0x1p-24, -65504, 0}},
		{">f2", "(2,)", []byte{0x35, 0x55, 0xc0, 0x00}, []int{2}, []float64{0.333251953125, -2}},
		{"<f2", "(1,)", []byte{0x00, 0xfc}, []int{1}, []float64{math.Inf(-1)}},
		{"|u1", "(2,)", []byte{0, 255}, []int{2}, []float64{0, 255}},
		{"<u2", "(1,)", []byte{0xff, 0xff}, []int{1}, []float64{65535}},
		{">u4", "(1,)", []byte{0xff, 0xff, 0xff, 0xff}, []int{1}, []float64{1<<32 - 1}},
		{"<u8", "(1,)", []byte{0, 0, 0, 0, 0, 0, 0, 0x80}, []int{1}, []float64{1 << 63}},
		{"|i1", "(1,)", []byte{0x80}, []int{1}, []float64{-128}},
		{"|u1", "(1,)", []byte{7}, nil, []float64{7}},
		{"|u1", "(1, 1)", []byte{7}, nil, []float64{7}},
		{"|u1", "()", []byte{7}, []int{1}, []float64{7}},
		{"|u1", "(1, 3)", []byte{1, 2, 3}, []int{3}, []float64{1, 2, 3}},
		{"|u1", "(3, 1)", []byte{1, 2, 3}, []int{3}, []float64{1, 2, 3}},
	} {
		x, err := npz.Read[float64](open(t, archive(t, "x", npy(c.descr, c.shape, c.data))), "x", c.dims...)
		if err != nil || !slices.Equal(x.Data, c.want) {
			t.Errorf("%s %s as %v: %v, %v; want %v", c.descr, c.shape, c.dims, x.Data, err, c.want)
		}
	}
	x, err := npz.Read[float64](open(t, archive(t, "x", npy("<f2", "(1,)", []byte{1, 0x7c}))), "x", 1)
	if err != nil || !math.IsNaN(x.Data[0]) {
		t.Errorf("a float16 NaN is %v, %v", x.Data, err)
	}
	for _, shape := range []string{"(3, 2)", "(2, 3)", "(6, 1)"} {
		if _, err := npz.Read[float64](open(t, archive(t, "x", npy("|u1", shape, make([]byte, 6)))), "x", 3); err == nil {
			t.Errorf("%s as a vector of 3: no error", shape)
		}
	}
}

// An archive that grows beyond all proportion is refused before its arrays take memory, each
// or all together.
func TestArraysHaveABudget(t *testing.T) {
	const n = 20 << 20 // bytes, which deflate to 20 kB
	var zeros bytes.Buffer
	z := zip.NewWriter(&zeros)
	w, err := z.Create("x.npy")
	if err == nil {
		_, err = w.Write(npy("|u1", fmt.Sprintf("(%d,)", n), make([]byte, n)))
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	a := open(t, zeros.Bytes())
	if _, err := npz.Read[float64](a, "x", n); err == nil || !strings.Contains(err.Error(), `array "x": takes 160 MiB in memory`) {
		t.Errorf("160 MiB: %v", err)
	}
	a = open(t, zeros.Bytes())
	for i := range 3 {
		_, err := npz.Read[float32](a, "x", n)
		if refused := err != nil; refused != (i > 0) {
			t.Errorf("%d times 80 MiB: %v", i+1, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	tests := []struct {
		name    string
		archive []byte
		dims    []int
		want    string
	}{
		{"absent", archive(t, "y", npy("<f4", "(1,)", make([]byte, 4))), []int{1}, `no array "x"`},
		{"pickle", readFile(t, "objects.npz"), []int{-1}, `array "x": holds Python objects`},
		{"structured", readFile(t, "structured.npz"), []int{-1}, `array "x": a structured type`},
		{"complex", archive(t, "x", npy("<c8", "(1,)", make([]byte, 8))), []int{1}, `type "<c8" holds complex numbers; save their real part`},
		{"no type", archive(t, "x", npy("", "(1,)", make([]byte, 8))), []int{1}, `type "", expected`},
		{"other shape", archive(t, "x", npy("<f4", "(2, 3)", make([]byte, 24))), []int{2, 4}, "shape (2, 3), expected (2, 4)"},
		{"other rank", archive(t, "x", npy("<f4", "(4,)", make([]byte, 16))), []int{-1, 4}, "shape (4,), expected (*, 4)"},
		{"3 dimensions", archive(t, "x", npy("<f4", "(1, 1, 1)", make([]byte, 4))), []int{-1}, "at most 2 dimensions"},
		{"negative", archive(t, "x", npy("<f4", "(-1, 4)", make([]byte, 16))), []int{-1, -1}, `"-1" is not a length`},
		{"not a shape", archive(t, "x", npy("<f4", "(1e3,)", make([]byte, 16))), []int{-1}, `"1e3" is not a length`},
		{"more than there is", archive(t, "x", npy("<f4", "(1000, 1000)", make([]byte, 16))), []int{-1, -1}, "16 bytes of data, but shape (1000, 1000) of type <f4 needs 4000000"},
		{"less than there is", archive(t, "x", npy("<f4", "(2,)", make([]byte, 16))), []int{-1}, "16 bytes of data, but shape (2,) of type <f4 needs 8"},
		{"huge", archive(t, "x", npy("<f4", "(1000000, 1000000)", make([]byte, 16))), []int{-1, -1}, "16 bytes of data, but shape (1000000, 1000000) of type <f4 needs 4000000000000"},
		{"overflow", archive(t, "x", npy("<f4", "(4294967296, 4294967296)", make([]byte, 16))), []int{-1, -1}, "more than 4611686018427387903 bytes"},
		{"beyond int", archive(t, "x", npy("<f4", "(99999999999999999999,)", nil)), []int{-1}, "is not a length"},
		{"no header", archive(t, "x", nil), []int{-1}, "npy header: "},
		{"no magic", archive(t, "x", []byte("not an array at all")), []int{-1}, "not a npy array"},
		{"version 9", archive(t, "x", []byte("\x93NUMPY\x09\x00\x00\x00\x00\x00")), []int{-1}, "npy version 9"},
		{"long header", archive(t, "x", []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff")), []int{-1}, "header of 4294967295 bytes"},
		{"short header", archive(t, "x", []byte("\x93NUMPY\x01\x00\xff\x00{")), []int{-1}, "npy header: unexpected EOF"},
		{"empty header", archive(t, "x", []byte("\x93NUMPY\x01\x00\x00\x00")), []int{-1}, "lacks descr"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := npz.Read[float32](open(t, test.archive), "x", test.dims...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one that says %q", err, test.want)
			}
		})
	}
}

// TestOpenRefusals also covers zip bombs, whose directories declare entries larger than
// their compressed bytes can hold.
func TestOpenRefusals(t *testing.T) {
	good := archive(t, "x", npy("<f4", "(4,)", make([]byte, 16)))
	tests := []struct {
		name    string
		archive []byte
		want    string
	}{
		{"empty", nil, "not an npz archive"},
		{"text", []byte("wavelength,flux\n4000,1\n"), "not an npz archive"},
		{"truncated", good[:len(good)-10], "not an npz archive"},
		{"packed beyond the file", withSizes(good, 1<<20, 1<<20), `array "x": declares 1048576 bytes in an archive of`},
		{"more than deflate can hold", withSizes(good, 100, 1<<30), "which deflate cannot do"},
		{"too large", withSizes(good, 100, 1<<32-2), "which deflate cannot do"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := npz.Open(bytes.NewReader(test.archive), int64(len(test.archive)))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one that says %q", err, test.want)
			}
		})
	}
}

func TestDamagedData(t *testing.T) {
	damaged := readFile(t, "float32.npz")
	i := bytes.Index(damaged, []byte("\x00\x00\xa0\x40")) // 5 as float32
	damaged[i] ^= 1
	_, err := npz.Read[float32](open(t, damaged), "x", 2, 3)
	if err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("error %v, want a checksum error", err)
	}
}

// FuzzNPZ checks that no archive makes the reader panic, and that accepted arrays have
// the shape that they report.
func FuzzNPZ(f *testing.F) {
	for _, seed := range []string{"float32", "float64_fortran_deflated", "objects", "structured"} {
		f.Add(readFile(f, seed+".npz"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := npz.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		check(t, a)
	})
}

// FuzzNPY fuzzes the array inside an archive whose checksums are right.
func FuzzNPY(f *testing.F) {
	f.Add(npy("<f4", "(2, 3)", make([]byte, 24)))
	f.Add(npy(">f8", "(3,)", make([]byte, 24)))
	f.Add(npy("<U2", "(3,)", make([]byte, 24)))
	f.Add(npy("|S8", "(3,)", make([]byte, 24)))
	f.Add([]byte("\x93NUMPY\x02\x00\x10\x00\x00\x00{'descr': '<f8'}"))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, open(t, archive(t, "x", data))) })
}

func check(t *testing.T, a *npz.Archive) {
	for _, n := range []int{0, 1, 3} {
		if texts, err := npz.Texts(a, "x", n); err == nil && len(texts) != n {
			t.Errorf("%d texts, asked for %d", len(texts), n)
		}
	}
	for _, dims := range [][]int{{}, {-1}, {-1, -1}} {
		x, err := npz.Read[float32](a, "x", dims...)
		if err != nil {
			continue
		}
		n := 1
		for _, d := range x.Shape {
			n *= d
		}
		if len(x.Data) != n || len(x.Shape) != len(dims) {
			t.Errorf("%d elements, shape %v, asked for %v", len(x.Data), x.Shape, dims)
		}
	}
}

func open(t testing.TB, data []byte) *npz.Archive {
	t.Helper()
	a, err := npz.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// npy returns an array file of version 1 that declares the given type and shape.
func npy(descr, shape string, data []byte) []byte {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape)
	b := []byte("\x93NUMPY\x01\x00")
	b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	return append(append(b, header...), data...)
}

// archive returns a stored archive of one array.
func archive(t testing.TB, name string, array []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(array); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withSizes returns a copy of an archive whose directory declares the given sizes for
// its first entry.
func withSizes(archive []byte, packed, unpacked uint32) []byte {
	b := bytes.Clone(archive)
	entry := bytes.Index(b, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(b[entry+20:], packed)
	binary.LittleEndian.PutUint32(b[entry+24:], unpacked)
	return b
}
