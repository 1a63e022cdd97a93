package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

const (
	metadataKey = "__metadata__"
	// alignment is the alignment of the data in a file. Frameworks need it, because they
	// map files into memory.
	alignment = 8
	// chunk is the number of bytes that Write encodes at a time.
	chunk = 1 << 16
)

// Write writes f. The same file always gives the same bytes. The header lists the
// tensors in their order. The data are sorted by falling size of element, which aligns
// them as in the reference implementation. Write refuses a repeated name, and a shape
// that disagrees with its data.
func Write(w io.Writer, f *File) error {
	header, err := header(f)
	if err != nil {
		return err
	}
	prefix := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	if _, err := w.Write(append(prefix, header...)); err != nil {
		return err
	}
	buf := make([]byte, chunk)
	for _, i := range dataOrder(f.Tensors) {
		data := f.Tensors[i].Data
		if err := dtypes[dtypeOf(data)].write(w, data, buf); err != nil {
			return err
		}
	}
	return nil
}

// dataOrder returns the tensors' indices in the order of their data.
func dataOrder(tensors []Tensor) []int {
	order := make([]int, len(tensors))
	for i := range order {
		order[i] = i
	}
	size := func(i int) int { return dtypes[dtypeOf(tensors[i].Data)].size }
	slices.SortStableFunc(order, func(i, j int) int { return size(j) - size(i) })
	return order
}

// header returns the header, padded with spaces to the alignment.
func header(f *File) ([]byte, error) {
	b := bytes.NewBufferString("{")
	for key, value := range f.Metadata {
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return nil, errors.New("metadata: not UTF-8")
		}
	}
	if len(f.Metadata) > 0 {
		if err := member(b, metadataKey, f.Metadata); err != nil {
			return nil, err
		}
	}
	extents, err := place(f.Tensors)
	if err != nil {
		return nil, err
	}
	for i, t := range f.Tensors {
		info := struct {
			Dtype  string `json:"dtype"`
			Shape  []int  `json:"shape"`
			Extent [2]int `json:"data_offsets"`
		}{dtypeOf(t.Data), append([]int{}, t.Shape...), extents[i]}
		if err := member(b, t.Name, info); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	for b.Len()%alignment != 0 {
		b.WriteByte(' ')
	}
	if b.Len() > maxHeader {
		return nil, fmt.Errorf("header of %d bytes; readers accept at most %d", b.Len(), maxHeader)
	}
	return b.Bytes(), nil
}

// place checks the tensors and returns the bytes [begin, end) of each in the data.
func place(tensors []Tensor) ([][2]int, error) {
	names := make(map[string]bool, len(tensors))
	for _, t := range tensors {
		d, known := dtypes[dtypeOf(t.Data)]
		switch {
		case !known:
			return nil, fmt.Errorf("tensor %q: data is a %T, expected []float32, []float64 or []int64", t.Name, t.Data)
		case names[t.Name] || t.Name == metadataKey || !utf8.ValidString(t.Name):
			return nil, fmt.Errorf("tensor %q: name used twice, reserved or not UTF-8", t.Name)
		}
		names[t.Name] = true
		if n, ok := elements(t.Shape, d.size); !ok || n != d.length(t.Data) {
			return nil, fmt.Errorf("tensor %q: %d elements for shape %s", t.Name, d.length(t.Data), shapeText(t.Shape))
		}
	}
	extents, end := make([][2]int, len(tensors)), 0
	for _, i := range dataOrder(tensors) {
		d := dtypes[dtypeOf(tensors[i].Data)]
		begin := end
		end += d.size * d.length(tensors[i].Data)
		extents[i] = [2]int{begin, end}
	}
	return extents, nil
}

// member appends a key and its value to the object in b.
func member(b *bytes.Buffer, key string, value any) error {
	if b.Len() > 1 {
		b.WriteByte(',')
	}
	for _, v := range []any{key, value} {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		b.Write(text)
		b.WriteByte(':')
	}
	b.Truncate(b.Len() - 1)
	return nil
}
