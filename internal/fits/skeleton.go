// Package fits reads and writes FITS files.
package fits

import (
	"context"
	"errors"
	"io"
)

var errNotYet = errors.New("fits: not written yet")

// Open parses all headers of a file of size bytes and reads no data.
func Open(r io.ReaderAt, size int64) (*File, error) { return nil, errNotYet }

// File is an open FITS file.
type File struct{ HDUs []*HDU }

// Find returns the first HDU whose EXTNAME is name (in any case), or nil. An HDU 0 without EXTNAME is "PRIMARY".
func (f *File) Find(name string) *HDU { return nil }

// HDU is a header and its data.
type HDU struct {
	Index  int    // from 0
	Name   string // EXTNAME, or "PRIMARY" of HDU 0 that has none, or ""
	Header *Header
}

// Place names the HDU in errors: `HDU 2 "SPECOBJ"`.
func (h *HDU) Place() string { return "" }

// IsImage and IsTable report whether Image or Table may be asked for (false for an empty primary HDU).
func (h *HDU) IsImage() bool { return false }
func (h *HDU) IsTable() bool { return false }

// Header is the cards of an HDU.
type Header struct{}

// Card is one keyword. Value is a string, int64, float64, bool, nil (undefined, or a commentary card), or Other. Writers take int and float32 too.
type Card struct {
	Key     string // upper case; without "HIERARCH "
	Value   any
	Comment string // the text of COMMENT and HISTORY cards
}

// Other is a value field that is no string, number or logical: complex, or malformed.
type Other string

func (h *Header) Text(key string) (string, bool)   { return "", false }
func (h *Header) Float(key string) (float64, bool) { return 0, false }
func (h *Header) Int(key string) (int64, bool)     { return 0, false }
func (h *Header) Bool(key string) (value, ok bool) { return false, false }
func (h *Header) Has(key string) bool              { return false }
func (h *Header) Cards() []Card                    { return nil }

// Image is an array. Shape is slowest axis first, as in NumPy (NAXISn reversed).
type Image struct {
	Shape   []int
	Integer bool // Ints may be asked for: integers without fractional scaling
}

func (h *HDU) Image() (*Image, error) { return nil, errNotYet }

// Len is the number of elements.
func (im *Image) Len() int { return 0 }

// Floats returns n physical values from first on, in the order of the file (last axis fastest). Blank ones are NaN.
func (im *Image) Floats(ctx context.Context, first, n int) ([]float64, error) { return nil, errNotYet }

// Ints is Floats for integer images. A blank is an error.
func (im *Image) Ints(ctx context.Context, first, n int) ([]int64, error) { return nil, errNotYet }

// Table is a binary table.
type Table struct {
	Rows    int
	Columns []Column
}

// Column describes a column. Repeat is its elements per row; of type A, strings per row (of Width bytes each).
type Column struct {
	Name, Unit string
	Type       byte  // L X B I J K A E D, and C M P Q, which cannot be read
	Repeat     int   // elements in a row
	Width      int   // of A: bytes of a string
	Shape      []int // TDIM, slowest axis first, or nil; of A without the axis of characters
	Integer    bool  // Ints may be asked for
}

func (h *HDU) Table() (*Table, error) { return nil, errNotYet }

// Find returns the first column called name (in any case), or -1.
func (t *Table) Find(name string) int { return -1 }

// Each returns rows × Repeat elements, from row first on.
// Floats: B I J K E D; nulls are NaN. Ints: integer columns; a null is an error. Bools: L and X. Texts: A.
func (t *Table) Floats(ctx context.Context, col, first, rows int) ([]float64, error) { return nil, errNotYet }
func (t *Table) Ints(ctx context.Context, col, first, rows int) ([]int64, error)     { return nil, errNotYet }
func (t *Table) Bools(ctx context.Context, col, first, rows int) ([]bool, error)     { return nil, errNotYet }
func (t *Table) Texts(ctx context.Context, col, first, rows int) ([]string, error)   { return nil, errNotYet }

// Writer writes HDUs one after another.
type Writer struct{}

func NewWriter(w io.Writer) *Writer { return nil }

// Image writes values ([]float32, []float64, []int64, []int32, []int16 or []uint8) of shape, slowest axis first. nil: an HDU without data.
func (w *Writer) Image(name string, cards []Card, shape []int, values any) error { return errNotYet }

// Output is a column to write. Values: []float32, []float64, []int16, []int32, []int64, []uint8, []bool or []string of rows × Repeat.
type Output struct {
	Name, Unit string
	Repeat     int   // elements in a row; 0 is 1
	Shape      []int // TDIM, slowest axis first; optional
	Values     any
}

// Table writes a binary table, after an empty primary HDU if it is the first.
func (w *Writer) Table(name string, cards []Card, columns []Output) error { return errNotYet }
