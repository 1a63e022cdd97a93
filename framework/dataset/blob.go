package dataset

import (
	"crypto/sha1" // what git names objects by; nothing stronger is published for the file
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// fileBlobID returns the id that git gives to a file's content: the SHA-1 of
// "blob <size>\0" and the bytes.
func fileBlobID(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() // only read from
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	hash := sha1.New()
	fmt.Fprintf(hash, "blob %d\x00", info.Size())
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
