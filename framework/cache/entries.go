package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"strings"
)

// Entries returns what entry.json says of each entry of a kind, in the order of
// keys. It reads no other file. The error of one entry does not end it.
func (c *Cache) Entries(kind Kind) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for key, err := range c.keys(kind) {
			var info Info
			if err == nil {
				info, err = readInfo(c.entryDir(kind, key), kind, key)
			}
			if err != nil {
				info = Info{Kind: kind, Key: key}
				err = fmt.Errorf("cache %s: %s %s: %w", c.dir, kind, key.Short(), err)
			}
			if !yield(info, err) {
				return
			}
		}
	}
}

// keys returns the keys that have an entry, in order. What is not named like an
// entry is none of ours.
func (c *Cache) keys(kind Kind) iter.Seq2[Key, error] {
	return func(yield func(Key, error) bool) {
		shards, err := readDir(c.path(string(kind)))
		if err != nil {
			yield("", err)
			return
		}
		for _, shard := range shards {
			if !shard.IsDir() {
				continue
			}
			list, err := os.ReadDir(c.path(string(kind), shard.Name()))
			if err != nil && !yield("", err) {
				return
			}
			for _, e := range list {
				key := Key(e.Name())
				if key.Valid() && strings.HasPrefix(e.Name(), shard.Name()) && !yield(key, nil) {
					return
				}
			}
		}
	}
}

// checkpoints returns the keys of the trainings that have a checkpoint, in order.
func (c *Cache) checkpoints() ([]Key, error) {
	list, err := readDir(c.path(string(Checkpoints)))
	if err != nil {
		return nil, err
	}
	var keys []Key
	for _, e := range list {
		name, ok := strings.CutSuffix(e.Name(), checkpointExt)
		if ok && Key(name).Valid() {
			keys = append(keys, Key(name))
		}
	}
	return keys, nil
}

// size returns the bytes of the files at or below path; what vanishes is not counted.
func size(path string) (bytes int64, err error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil || !info.IsDir() {
		if err == nil {
			bytes = info.Size()
		}
		return bytes, err
	}
	list, err := os.ReadDir(path)
	if err != nil {
		return 0, err
	}
	for _, e := range list {
		n, err := size(path + string(os.PathSeparator) + e.Name())
		if err != nil {
			return bytes, err
		}
		bytes += n
	}
	return bytes, nil
}
