package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"sedlab/internal/sealed"
)

// Kind is a kind of item in a cache, and the name of its folder.
type Kind string

// The kinds of items in a cache. A checkpoint is not an Entry. It is kept under the key of
// the prior that it will become, or has become.
const (
	Priors       Kind = "priors"
	Cells        Kind = "cells"
	Calibrations Kind = "calibrations" // of priors, for reconstructing single spectra
	Checkpoints  Kind = "checkpoints"
)

// Kinds returns the kinds of entries.
func Kinds() []Kind { return []Kind{Priors, Cells, Calibrations} }

// Key names an entry: it is the SHA-256 of the ingredients, 64 hex digits in lower case.
type Key string

// Valid reports whether k has the form of a key.
func (k Key) Valid() bool {
	return len(k) == sha256.Size*2 && strings.Trim(string(k), "0123456789abcdef") == ""
}

// Short returns the first digits of the key, for people.
func (k Key) Short() string { return string(k[:min(12, len(k))]) }

// KeyOf returns the key of ingredients, and their canonical JSON. The key is the SHA-256
// of that JSON, which has no spaces, sorted keys at every depth, and numbers as Go prints
// them. So equal ingredients in a different order have the same key.
func KeyOf(ingredients any) (Key, json.RawMessage, error) {
	text, err := canonical(ingredients)
	if err != nil {
		return "", nil, fmt.Errorf("cache key: %w", err)
	}
	return KeyOfCanonical(text), text, nil
}

// KeyOfCanonical is KeyOf for ingredients that are canonical already; it is some
// sixty times as fast. An object is canonical if it has no spaces, its keys are
// sorted, and its values are texts that KeyOf returned. The key of any other text is
// useless: Put panics on it.
func KeyOfCanonical(text json.RawMessage) Key { return Key(sealed.Digest(text)) }

func canonical(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // a float64 would round large seeds
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	if tree, err = plainNumbers(tree); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(tree); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// plainNumbers replaces numbers with a point or an exponent by their float64, so
// that 1e3, 1000.0 and 1000 are one number.
func plainNumbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") {
			return v, nil
		}
		return strconv.ParseFloat(v.String(), 64)
	case map[string]any:
		for k := range v {
			if v[k], err = plainNumbers(v[k]); err != nil {
				return nil, err
			}
		}
	case []any:
		for i := range v {
			if v[i], err = plainNumbers(v[i]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}
