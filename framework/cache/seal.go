package cache

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// A sealed file is a JSON object whose first member is the SHA-256 of all bytes
// after that member's value: each byte of the file is either known or hashed.
const (
	sealStart = "{\n  \"sha256\": \""
	sealEnd   = "\",\n"
	sealBytes = 64
)

// maxSealed bounds what is read of a sealed file [bytes]; ours have some kB.
const maxSealed = 16 << 20

// seal returns v, which must be a struct with at least one member, as a sealed file.
func seal(v any) ([]byte, error) {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, err
	}
	rest := append([]byte(sealEnd), bytes.TrimPrefix(body, []byte("{\n"))...)
	rest = append(rest, '\n')
	return append([]byte(sealStart+digest(rest)), rest...), nil
}

// errSeal says that a sealed file is not as it was written.
var errSeal = errors.New("does not match its own SHA-256")

// unseal verifies a sealed file and decodes it into v.
func unseal(data []byte, v any) error {
	rest, ok := bytes.CutPrefix(data, []byte(sealStart))
	if !ok || len(rest) < sealBytes {
		return errSeal
	}
	if string(rest[:sealBytes]) != digest(rest[sealBytes:]) {
		return errSeal
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w: %w", errSeal, err)
	}
	return nil
}

// readSealed reads the sealed file at path into v. What is wrong with the
// content is damage.
func readSealed(path string, v any) error {
	data, err := readRegular(path, maxSealed)
	if err != nil {
		return err
	}
	if err := unseal(data, v); err != nil {
		return damage{err}
	}
	return nil
}

// writeSynced writes a new file with exactly the permissions perm, to disk.
func writeSynced(path string, data []byte, perm fs.FileMode) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Chmod(perm); err != nil { // whatever the umask
		return err
	}
	return f.Sync()
}
