package cache

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Item is an entry to be stored, with what writes its files.
type Item struct {
	Key   Key
	Meta  Meta
	Files map[string]func(io.Writer) error
}

// ReplaceAll is Replace of several entries.
func (c *Cache) ReplaceAll(kind Kind, items []Item) error {
	for _, it := range items {
		err := c.Replace(kind, it.Key, it.Meta, func(dir string) error {
			for name, write := range it.Files {
				f, err := os.Create(filepath.Join(dir, name))
				if err != nil {
					return err
				}
				if err := errors.Join(write(f), f.Close()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
