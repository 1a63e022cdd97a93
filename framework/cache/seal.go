package cache

import (
	"errors"
	"io/fs"
	"os"

	"sedlab/internal/sealed"
)

// maxSealed bounds what is read of a sealed file [bytes]; ours have some kB.
const maxSealed = 16 << 20

// readSealed reads the sealed file at path into v. What is wrong with the
// content is damage.
func readSealed(path string, v any) error {
	data, err := readRegular(path, maxSealed)
	if err != nil {
		return err
	}
	if err := sealed.Unmarshal(data, v); err != nil {
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
