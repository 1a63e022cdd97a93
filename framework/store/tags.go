package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sedlab/internal/regular"
	"sedlab/internal/sums"
)

// TagsFile holds a run's tags, a JSON list. They are not in the manifest, because the
// running process writes it.
const TagsFile = "tags.json"

// maxTags is the largest list of tags that is read, in bytes.
const maxTags = 1 << 16

var validChange = regexp.MustCompile(`^[-+][\pL\pN][\pL\pN._:/-]{0,63}$`)

// ReadTags returns the tags of a run folder, in order.
func ReadTags(dir string) ([]string, error) {
	text, err := regular.ReadIn(dir, TagsFile, maxTags)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var tags []string
	if err := json.Unmarshal(text, &tags); err != nil {
		return nil, fmt.Errorf("%s: %w; remove the file to start without tags", filepath.Join(dir, TagsFile), err)
	}
	return tags, nil
}

// TagError reports a change of a tag that cannot be read.
type TagError struct{ Change string }

func (e *TagError) Error() string {
	return fmt.Sprintf("tag %q: expected + or - and up to 64 letters, digits and . _ : / -", e.Change)
}

// Tag changes the tags of a run folder and returns the new tags. "+word" adds a tag,
// "-word" removes one. If a change cannot be read, the error is a *TagError and no change
// is made. Without changes the folder need not be writable. Several processes may change
// tags at once.
func Tag(dir string, changes ...string) (tags []string, err error) {
	if len(changes) == 0 {
		return ReadTags(dir)
	}
	for _, c := range changes {
		if !validChange.MatchString(c) {
			return nil, &TagError{c}
		}
	}
	err = sums.Locked(dir, ".tags.lock", func() error {
		tags, err = changeTags(dir, changes)
		return err
	})
	return tags, err
}

// changeTags changes the tags while no other process does.
func changeTags(dir string, changes []string) ([]string, error) {
	tags, err := ReadTags(dir)
	if err != nil {
		return nil, err
	}
	before := slices.Clone(tags)
	for _, c := range changes {
		tags = slices.DeleteFunc(tags, func(t string) bool { return t == c[1:] })
		if strings.HasPrefix(c, "+") {
			tags = append(tags, c[1:])
		}
	}
	slices.Sort(tags)
	if slices.Equal(tags, before) {
		return tags, nil
	}
	text, err := json.Marshal(tags)
	if err != nil {
		return nil, err
	}
	return tags, sums.WriteFile(dir, TagsFile, write(append(text, '\n')))
}
