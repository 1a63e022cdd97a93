package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sedlab/framework/web"
)

// runPages are the pages of a run that read its files.
var runPages = []string{"", "/log", "/draw", "/spectra", "/search", "/events", "/files/log.jsonl", "/files/spec.yaml"}

// visit returns what pages of a run say, and fails if one has a bare 500.
func visit(t *testing.T, s *web.Server, id, other string) (all string) {
	t.Helper()
	pages := []string{"/runs", "/runs?q=status%3Ddone", "/compare?run=" + id + "&run=" + other}
	for _, p := range runPages {
		pages = append(pages, "/runs/"+id+p)
	}
	for _, page := range pages {
		ctx, stop := context.WithTimeout(t.Context(), 2*time.Second) // live pages go on
		status, body := do(t, s, httptest.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+page, nil))
		stop()
		if status >= 500 {
			t.Errorf("%s: %d, %.300s", page, status, body)
		}
		all += body
	}
	return all
}

// Files of a run that lead elsewhere are not shown.
func TestLinksAreNotFollowed(t *testing.T) {
	const secret = "T0PSECRET"
	path := filepath.Join(t.TempDir(), "secret")
	text := secret + ",b\n{\"msg\":\"" + secret + "\"}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"log.jsonl", "spec.yaml", "statistics.csv", "comparisons.csv", "report.md", "manifest.json", "note.txt", "tags.json", "plan.json", "signals.parquet", "SHA256SUMS"} {
		a := ownRuns(t)
		id, file := runID(t, a, "tiny"), filepath.Join(a.Runs, runID(t, a, "tiny"), name)
		if err := errors.Join(os.RemoveAll(file), os.Symlink(path, file)); err != nil {
			t.Skip(err)
		}
		if strings.Contains(visit(t, web.New(a, web.Options{}), id, runID(t, a, "wider")), secret) {
			t.Errorf("%s leads elsewhere, and is shown", name)
		}
	}
	a := ownRuns(t)
	id := runID(t, a, "tiny")
	if err := os.WriteFile(filepath.Join(a.Runs, id, "spec.yaml"), []byte("extends: "+path+"\nname: tiny\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	said := visit(t, web.New(a, web.Options{}), id, runID(t, a, "wider"))
	if strings.Contains(said, secret) || !strings.Contains(said, "extends no other file") {
		t.Error("the file that a recorded spec extends is read")
	}
}

// A log that is no file is told on its page; its file is not found.
func TestOddLogs(t *testing.T) {
	for what, make := range map[string]func(path string) error{
		"a pipe":   func(path string) error { return syscall.Mkfifo(path, 0o666) },
		"a device": func(path string) error { return os.Symlink(os.DevNull, path) },
		"a loop":   func(path string) error { return os.Symlink("log.jsonl", path) },
		"a folder": func(path string) error { return os.Mkdir(path, 0o777) },
	} {
		a := ownRuns(t)
		id := runID(t, a, "tiny")
		path := filepath.Join(a.Runs, id, "log.jsonl")
		if err := errors.Join(os.Remove(path), make(path)); err != nil {
			t.Skip(err)
		}
		s := web.New(a, web.Options{})
		if status, body := get(t, s, "/runs/"+id+"/log"); status != 200 || !strings.Contains(body, path) || !strings.Contains(body, "/draw\"") {
			t.Errorf("%s: %d, %.500s", what, status, body)
		}
		if status, _ := get(t, s, "/runs/"+id+"/files/log.jsonl"); status != 404 {
			t.Errorf("%s: the file: %d", what, status)
		}
		visit(t, s, id, runID(t, a, "wider"))
	}
}

// A lock that leads elsewhere makes no file there.
func TestLockIsNoLink(t *testing.T) {
	a := ownRuns(t)
	id, elsewhere := runID(t, a, "tiny"), filepath.Join(t.TempDir(), "made")
	for _, lock := range []string{".sums.lock", ".tags.lock"} {
		path := filepath.Join(a.Runs, id, lock)
		if err := errors.Join(os.RemoveAll(path), os.Symlink(elsewhere, path)); err != nil {
			t.Skip(err)
		}
	}
	s := web.New(a, web.Options{})
	secret := csrf(t, s, "/runs/"+id)
	for _, what := range []string{"note", "tags"} {
		post(t, s, "/runs/"+id+"/"+what, url.Values{"csrf": {secret}, what: {"x"}}, nil)
	}
	if _, err := os.Lstat(elsewhere); err == nil {
		t.Error("a file was made elsewhere")
	}
}

// A form of a run that another process is changing says so.
func TestBusyRun(t *testing.T) {
	t.Parallel() // it waits
	a := ownRuns(t)
	id := runID(t, a, "tiny")
	f, err := os.OpenFile(filepath.Join(a.Runs, id, ".sums.lock"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Skip(err)
	}
	s := web.New(a, web.Options{})
	status, body := post(t, s, "/runs/"+id+"/note", url.Values{"csrf": {csrf(t, s, "/runs/"+id)}, "note": {"x"}}, nil)
	if status != 503 || !strings.Contains(body, "another process is changing") {
		t.Errorf("%d: %.300s", status, body)
	}
}
