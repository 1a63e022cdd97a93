package cache

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sedlab/internal/sealed"
)

// contents are the files of the entries that FuzzEntry reads.
var contents = map[string]string{"rows": "a,b\n1,2\n", "weights": ""}

// An entry is damaged, which Get can set aside, or all of it is as entry.json says.
func FuzzEntry(f *testing.F) {
	key, ingredients, err := KeyOf(map[string]any{"name": "glo", "epochs": 3})
	if err != nil {
		f.Fatal(err)
	}
	it := item{kind: Priors, key: key, path: f.TempDir()}
	info := Info{Kind: Priors, Key: key, Created: time.Unix(1e9, 0).UTC(), Meta: Meta{ingredients, map[string]string{"prior": "glo"}, "v1"}}
	for _, name := range []string{"rows", "weights"} {
		text := []byte(contents[name])
		if err := os.WriteFile(filepath.Join(it.path, name), text, 0o666); err != nil {
			f.Fatal(err)
		}
		info.Files = append(info.Files, File{name, int64(len(text)), sealed.Digest(text)})
	}
	addEntry(f, info)
	whole := info.Files
	for _, name := range []string{"more", "../elsewhere", "rows"} {
		info.Files = append(slices.Clone(whole), File{Name: name})
		addEntry(f, info)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !json.Valid(text) {
			t.Skip("nothing that was sealed")
		}
		file, err := sealed.Marshal(json.RawMessage(text))
		if err == nil {
			err = os.WriteFile(filepath.Join(it.path, entryFile), file, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
		entry, err := it.readFiles()
		if err != nil && !isDamage(err) {
			t.Fatalf("%v, which is no damage", err)
		}
		if err == nil {
			checkEntry(t, entry, it)
		}
	})
}

func addEntry(f *testing.F, info Info) {
	f.Helper()
	text, err := json.Marshal(info)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
}

// checkEntry checks an entry that was read and verified.
func checkEntry(t *testing.T, e *Entry, it item) {
	t.Helper()
	if made, _, err := KeyOf(e.Ingredients); err != nil || made != it.key || e.Key != it.key || e.Kind != it.kind {
		t.Errorf("%s %s has ingredients with the key %s, %v", e.Kind, e.Key, made, err)
	}
	for name, want := range contents {
		if got := e.File(name); got == nil || string(got) != want {
			t.Errorf("file %s is %q", name, got)
		}
	}
	if len(e.Files) != len(contents) {
		t.Errorf("has the files %v", e.Files)
	}
}

// Only bytes before their own checksum are a checkpoint.
func FuzzCheckpoint(f *testing.F) {
	withTrailer := func(data []byte) []byte { return slices.Concat(data, []byte(trailerStart+sealed.Digest(data)+"\n")) }
	f.Add([]byte(nil))
	f.Add([]byte("epoch 10"))
	f.Add(withTrailer([]byte("epoch 10")))
	f.Add([]byte(trailerStart + sealed.Digest([]byte("epoch 10")) + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := withoutTrailer(withTrailer(data)); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%q was saved, %q restored, %v", data, got, err)
		}
		got, err := withoutTrailer(data)
		if err != nil && !isDamage(err) || err == nil && !bytes.Equal(withTrailer(got), data) {
			t.Errorf("%q is a checkpoint of %q, %v", data, got, err)
		}
	})
}

// A record of a digest says nothing, or it has the digest of the very file.
func FuzzDigest(f *testing.F) {
	id := identity{Device: 1, Inode: 2, Size: 3, Modified: 4, Changed: 5}
	for _, r := range []digestRecord{{id, sealed.Digest(nil)}, {id, "x"}, {identity{}, sealed.Digest(nil)}} {
		text, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	path := filepath.Join(f.TempDir(), "1-2.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		if !json.Valid(text) {
			t.Skip("nothing that was sealed")
		}
		file, err := sealed.Marshal(json.RawMessage(text))
		if err == nil {
			err = os.WriteFile(path, file, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := recall(path, id); err != nil || sum != "" && !Key(sum).Valid() {
			t.Errorf("%s has the digest %q, %v", text, sum, err)
		}
		if sum, err := recall(path, identity{}); sum != "" || err != nil {
			t.Errorf("a file without identity has the digest %q, %v", sum, err)
		}
	})
}
