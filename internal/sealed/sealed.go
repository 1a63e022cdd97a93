// Package sealed writes JSON that carries its own checksum, so that a change to any
// byte is noticed.
package sealed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// A sealed text is a JSON object whose first member is the SHA-256 of all bytes after
// that member's value. So each byte is either fixed or hashed.
const (
	start = "{\n  \"sha256\": \""
	end   = "\",\n"
	bits  = 2 * sha256.Size
)

// ErrChanged is the error for a text that is not as it was written.
var ErrChanged = errors.New("does not match its own SHA-256")

// Marshal returns v, whose JSON must be an object with at least one member, as a
// sealed text.
func Marshal(v any) ([]byte, error) {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, err
	}
	rest := append([]byte(end), bytes.TrimPrefix(body, []byte("{\n"))...)
	rest = append(rest, '\n')
	return append([]byte(start+Digest(rest)), rest...), nil
}

// Unmarshal verifies a sealed text and decodes it into v. Its errors wrap ErrChanged.
func Unmarshal(data []byte, v any) error {
	if !Intact(data) {
		return ErrChanged
	}
	if err := decode(data, v); err != nil {
		return fmt.Errorf("%w: %w", ErrChanged, err)
	}
	return nil
}

// Intact reports whether a sealed text is as it was written.
func Intact(data []byte) bool {
	rest, ok := bytes.CutPrefix(data, []byte(start))
	return ok && len(rest) >= bits && string(rest[:bits]) == Digest(rest[bits:])
}

func decode(data []byte, v any) error {
	if err := checkJSON(data); err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// UnmarshalEither is like Unmarshal, but also accepts a plain JSON object whose first
// member has one of the given names. Changing one bit of a sealed text cannot make it
// look like such an object.
func UnmarshalEither(data []byte, v any, first ...string) error {
	for _, name := range first {
		text, ok := bytes.CutPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{"))
		if ok && bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte(`"`+name+`"`)) {
			return decode(data, v)
		}
	}
	return Unmarshal(data, v)
}

// Digest returns the SHA-256 of data as 64 hex digits.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
