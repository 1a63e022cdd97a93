package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// maxRank is the largest number of dimensions, twice what NumPy allows.
const maxRank = 128

// info is a tensor's entry in the header.
type info struct {
	name, dtype string
	shape       []int
	begin, end  int // its bytes in the data
}

// parseHeader reads a header token by token, so that it sees repeated keys and
// allocates no more than the tokens need.
func parseHeader(text []byte) (metadata map[string]string, infos []info, err error) {
	if len(text) == 0 || text[0] != '{' {
		return nil, nil, errors.New("does not begin with {")
	}
	if !utf8.Valid(text) {
		return nil, nil, errors.New("is not UTF-8")
	}
	h := tokens{json.NewDecoder(bytes.NewReader(text))}
	h.UseNumber()
	err = h.object(func(key string) error {
		if key == metadataKey {
			metadata, err = h.metadata()
			return err
		}
		t, err := h.info(key)
		infos = append(infos, t)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if _, err := h.Token(); err != io.EOF {
		return nil, nil, errors.New("has data after its closing }")
	}
	return metadata, infos, nil
}

// tokens reads JSON values of an expected kind. The decoder checks the syntax.
type tokens struct{ *json.Decoder }

// metadata reads an object of strings.
func (h tokens) metadata() (map[string]string, error) {
	metadata := map[string]string{}
	err := h.object(func(key string) (err error) {
		metadata[key], err = next[string](h)
		return err
	})
	return metadata, err
}

// info reads the header's entry of the named tensor.
func (h tokens) info(name string) (info, error) {
	t, fields := info{name: name}, 0
	err := h.object(func(key string) (err error) {
		fields++
		switch key {
		case "dtype":
			t.dtype, err = next[string](h)
		case "shape":
			t.shape, err = h.naturals()
		case "data_offsets":
			var extent []int
			if extent, err = h.naturals(); err == nil && len(extent) != 2 {
				return fmt.Errorf("%d numbers, expected 2", len(extent))
			}
			if err == nil {
				t.begin, t.end = extent[0], extent[1]
			}
		default:
			return errors.New("unknown key, expected dtype, shape or data_offsets")
		}
		return err
	})
	if err == nil && fields != 3 {
		err = fmt.Errorf("%.60q: has %d of the keys dtype, shape and data_offsets", name, fields)
	}
	return t, err
}

// object reads an object; member reads each of its values. Errors about a value name
// its key.
func (h tokens) object(member func(key string) error) error {
	if err := h.delim('{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for h.More() {
		key, err := next[string](h)
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("%.60q: key used twice", key)
		}
		seen[key] = true
		if err := member(key); err != nil {
			return fmt.Errorf("%.60q: %w", key, err)
		}
	}
	return h.delim('}')
}

// naturals reads an array of integers ≥ 0.
func (h tokens) naturals() ([]int, error) {
	if err := h.delim('['); err != nil {
		return nil, err
	}
	list := []int{}
	for h.More() {
		text, err := next[json.Number](h)
		if err != nil {
			return nil, err
		}
		n, err := strconv.ParseUint(text.String(), 10, strconv.IntSize-1)
		if err != nil {
			return nil, fmt.Errorf("%.30s, expected an integer from 0 to %d", text, uint64(1)<<(strconv.IntSize-1)-1)
		}
		if len(list) == maxRank {
			return nil, fmt.Errorf("more than %d numbers", maxRank)
		}
		list = append(list, int(n))
	}
	return list, h.delim(']')
}

// delim reads a bracket.
func (h tokens) delim(want json.Delim) error {
	got, err := next[json.Delim](h)
	if err == nil && got != want {
		err = fmt.Errorf("found %v, expected %v", got, want)
	}
	return err
}

// next reads a token of type T.
func next[T string | json.Number | json.Delim](h tokens) (T, error) {
	var none T
	token, err := h.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return none, err
	}
	value, ok := token.(T)
	if !ok {
		return none, fmt.Errorf("found %.40q, expected a %s", fmt.Sprint(token), kindOf(none))
	}
	return value, nil
}

func kindOf(token json.Token) string {
	switch token.(type) {
	case string:
		return "string"
	case json.Number:
		return "number"
	}
	return "bracket"
}
