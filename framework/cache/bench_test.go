package cache_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"sedlab/framework/cache"
)

// cell is as large as the ingredients of a cell of a sweep.
const cell = `{"evaluate":{"keep":4,"scale":"all","split":"test"},"problem":{"missing_fraction":0.4,"noise":{"l2":0},"operator":"inpainting"},` +
	`"solver":{"lr":0.01,"method":"projection","restarts":3,"steps":1000},"step":"solve","training":{"build":{"GOAMD64":"v1"},"dataset":` +
	`{"normalize":"rms","seed":0,"size":1000,"source":"synthetic","split":{"test":0.1,"train":0.9,"validation":0},"version":0},"kernel":"avx2/amd64",` +
	`"prior":{"activation":{"leaky_relu":0.2},"batch_norm":true,"code_dim":20,"hidden":[64,128,256],"kind":"glo","sphere":true,"train":{"batch_size":64,` +
	`"epochs":200,"lr_codes":0.01,"lr_generator":0.003,"schedule":"cosine","weight_decay":0.00001}},"prior_version":2,"seed":0,"step":"train","version":1},"version":1}`

func BenchmarkKeys(b *testing.B) {
	var tree any
	if err := json.Unmarshal([]byte(cell), &tree); err != nil {
		b.Fatal(err)
	}
	_, text, err := cache.KeyOf(tree)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("KeyOf", func(b *testing.B) {
		for b.Loop() {
			_, _, _ = cache.KeyOf(text)
		}
	})
	b.Run("KeyOfCanonical", func(b *testing.B) {
		for b.Loop() {
			_ = cache.KeyOfCanonical(text)
		}
	})
}

func BenchmarkEntries(b *testing.B) {
	c, err := cache.Open(b.Context(), 0, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	key, text, err := cache.KeyOf(json.RawMessage(cell))
	meta := cache.Meta{Ingredients: text, Program: "v1", Note: map[string]string{
		"spec": "quickstart", "prior": "glo", "dataset": "synthetic", "dataset_sha256": string(key), "signals": "0-99",
	}}
	write := func(dir string) error {
		return errors.Join(os.WriteFile(filepath.Join(dir, "signals.parquet"), make([]byte, 1<<14), 0o666),
			os.WriteFile(filepath.Join(dir, "examples.parquet"), make([]byte, 1<<14), 0o666))
	}
	if err := errors.Join(err, c.Put(cache.Cells, key, meta, write)); err != nil {
		b.Fatal(err)
	}
	b.Run("Has", func(b *testing.B) {
		for b.Loop() {
			_ = c.Has(cache.Cells, key)
		}
	})
	b.Run("Note", func(b *testing.B) {
		for b.Loop() {
			_, _ = c.Note(cache.Cells, key)
		}
	})
	b.Run("Get", func(b *testing.B) {
		for b.Loop() {
			_, _ = c.Get(cache.Cells, key)
		}
	})
	b.Run("Put", func(b *testing.B) {
		for b.Loop() {
			_ = c.Put(cache.Cells, key, meta, write)
		}
	})
	b.Run("Replace", func(b *testing.B) {
		for b.Loop() {
			_ = c.Replace(cache.Cells, key, meta, write)
		}
	})
	if err := c.Close(); err != nil {
		b.Error(err)
	}
}
