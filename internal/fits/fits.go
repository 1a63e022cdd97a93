// Package fits reads and writes FITS files: headers, images and binary tables, as
// the FITS Standard 4.0 defines them (IAU FITS Working Group 2018; Pence et al. 2010,
// A&A 524, A42, on version 3.0). Section numbers in comments are those of version 4.0.
//
// Nothing that a header says is believed before it is compared with the file's size, so
// a damaged or hostile file takes no more memory than a few times its size.
//
// These are refused where, and only where, they are asked for: ASCII tables, random
// groups, complex and variable-length columns, compressed images and tables.
package fits

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// blockSize is the unit: headers and data take whole blocks (§3.1).
const blockSize = 2880

// File is an open FITS file.
type File struct{ HDUs []*HDU }

// HDU is a header and its data.
type HDU struct {
	Index  int    // from 0
	Name   string // EXTNAME; "PRIMARY" for an HDU 0 without it; or ""
	Header *Header

	in    io.ReaderAt
	start int64 // where the data begin
	size  int64 // bytes of data, without padding
	axes  []int // NAXISn, fastest first
	kind  byte  // of the data's elements, as BITPIX says: B I J K E D
}

// Open parses all headers of a file of size bytes, and reads no data. It refuses a file
// that ends before the data that a header declares; only the padding of the last HDU
// may be missing. Zeros or blanks after the last HDU are ignored.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f := &File{}
	for at := int64(0); ; {
		h := &HDU{Index: len(f.HDUs), in: r}
		begins, err := h.begins(at, size)
		if err != nil {
			return nil, err
		}
		if !begins {
			return f, nil
		}
		end, err := h.open(at, size)
		if err != nil {
			return nil, fmt.Errorf("%s at byte %d: %w", h.Place(), at, err)
		}
		f.HDUs = append(f.HDUs, h)
		at = end
	}
}

// Find returns the first HDU with the name, or nil. Upper and lower case are the same.
func (f *File) Find(name string) *HDU {
	for _, h := range f.HDUs {
		if h.Name != "" && strings.EqualFold(h.Name, strings.TrimRight(name, " ")) {
			return h
		}
	}
	return nil
}

// Place names the HDU in errors, such as HDU 2 "SPECOBJ".
func (h *HDU) Place() string {
	if h.Name == "" {
		return fmt.Sprintf("HDU %d", h.Index)
	}
	return fmt.Sprintf("HDU %d %q", h.Index, h.Name)
}

// open reads the header at a byte of the file. It returns where the next HDU begins.
func (h *HDU) open(at, size int64) (next int64, err error) {
	if h.Header, h.start, err = readHeader(h.in, at, size); err != nil {
		return 0, err
	}
	if name, ok := h.Header.Text("EXTNAME"); ok {
		h.Name = name
	} else if h.Index == 0 {
		h.Name = "PRIMARY"
	}
	if conforms, ok := h.Header.Bool("SIMPLE"); h.Index == 0 && !(ok && conforms) {
		return 0, errors.New("keyword SIMPLE: expected T; the file says that it does not conform to the standard")
	}
	if err := h.measure(); err != nil {
		return 0, err
	}
	if left := max(0, size-h.start); h.size > left {
		return 0, fmt.Errorf("the header declares %d bytes of data from byte %d on, and the file ends after %d of them: %d bytes are missing",
			h.size, h.start, left, h.size-left)
	}
	next = h.start + h.size
	return next + (blockSize-next%blockSize)%blockSize, nil
}

// begins reports whether there is an HDU at a byte of the file (§3.3, §3.4). Where there
// is none, and the file does not end either, it says what is wrong.
func (h *HDU) begins(at, size int64) (bool, error) {
	begin := make([]byte, min(8, max(0, size-at)))
	if err := readAt(h.in, begin, at); err != nil {
		return false, err
	}
	first := "SIMPLE  "
	if at > 0 {
		first = "XTENSION"
	}
	switch {
	case string(begin) == first:
		return true, nil
	case at == 0 && bytes.HasPrefix(begin, []byte("\x1f\x8b")):
		return false, errors.New("gzip-compressed; unpack it first")
	case at == 0:
		return false, fmt.Errorf("not a FITS file: begins with %q, expected %q", begin, first)
	}
	blank, err := isBlank(h.in, at, size)
	if !blank && err == nil {
		err = fmt.Errorf("byte %d: expected the end of the file after %d HDUs, or another that begins with %q; found %q", at, h.Index, first, begin)
	}
	return false, err
}

// isBlank reports whether a file has nothing but zeros and blanks from a byte on.
func isBlank(r io.ReaderAt, at, size int64) (bool, error) {
	buf := make([]byte, 1<<15)
	for ; at < size; at += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), size-at)]
		if err := readAt(r, buf, at); err != nil {
			return false, err
		}
		if len(bytes.Trim(buf, "\x00 ")) > 0 {
			return false, nil
		}
	}
	return true, nil
}

// readAt fills buf from a byte of the file on.
func readAt(r io.ReaderAt, buf []byte, at int64) error {
	n, err := r.ReadAt(buf, at)
	if n == len(buf) {
		return nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("byte %d: %w", at+int64(n), err)
}
