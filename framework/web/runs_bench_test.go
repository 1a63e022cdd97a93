package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/framework/web"
)

// many returns an App with runs called demo, whose code_dim goes from 0 to 99.
func many(tb testing.TB, n int) *app.App {
	tb.Helper()
	root := tb.TempDir()
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := range n {
		at := began.Add(time.Duration(i) * time.Minute)
		dir := filepath.Join(root, fmt.Sprintf("demo-%s-%08x", at.Format("20060102-150405"), i))
		if err := os.Mkdir(dir, 0o777); err != nil {
			tb.Fatal(err)
		}
		for name, text := range map[string]string{
			store.SpecFile: strings.Replace(tinySpec, "code_dim: 4", fmt.Sprintf("code_dim: %d", i%100), 1),
			store.ManifestFile: fmt.Sprintf(`{"id": %q, "name": "demo", "status": "done", "started": %q, "seconds": %d, "cells": {"total": 20, "done": 20},
				"results": [{"prior": "glo", "rows": 1000, "results": 1000, "medians": {"mse": %g, "mse_missing": 0.5}}]}`,
				filepath.Base(dir), at.Format(time.RFC3339), i, float64(i%977)/1000),
		} {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				tb.Fatal(err)
			}
			if err := os.Chtimes(path, began, began); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return app.Open(root, catalog.Default())
}

// BenchmarkRuns shows 10,000 runs: the page with all, with a filter, and in another order. The
// list is read again once a second.
func BenchmarkRuns(b *testing.B) {
	s := web.New(many(b, 10_000), web.Options{})
	show := func(b *testing.B, path string) {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, "http://localhost"+path, nil))
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
	show(b, "/runs") // makes the index
	for _, c := range []struct{ name, path string }{
		{"all", "/runs"}, {"filter", "/runs?q=priors.glo.code_dim%3E%3D50+demo"}, {"sort", "/runs?sort=mse.glo&rows=100"},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				show(b, c.path)
			}
		})
	}
}
