package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/framework/web"
	"sedlab/internal/durable"
	"sedlab/internal/sealed"
)

func mkfifo(path string) error { return syscall.Mkfifo(path, 0o666) }

// writeManifest replaces the manifest of a run.
func writeManifest(t *testing.T, dir string, m store.Manifest) {
	t.Helper()
	text, err := sealed.Marshal(m)
	if err == nil {
		err = durable.WriteFile(filepath.Join(dir, store.ManifestFile), func(w io.Writer) error { _, err := w.Write(text); return err })
	}
	if err != nil {
		t.Fatal(err)
	}
}

// begin makes a run in progress, which this process writes.
func begin(t *testing.T) (*app.App, *store.Run) {
	t.Helper()
	a := app.Open(t.TempDir(), catalog.Default())
	m := store.NewManifest("live", time.Now(), []string{"sedlab", "run", "live"})
	m.SpecHash, m.Question = strings.Repeat("0", 64), "does a page live?"
	r, err := store.Create(a.Runs, m, []byte("name: live\n"), json.RawMessage(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	return a, r
}

func logEpoch(r *store.Run, epoch int, loss float64) {
	r.Log.Info(store.LogEpoch, "prior", "glo", "epoch", epoch, "of", 100, "loss", loss, "seconds", float64(epoch))
}

// event is a server-sent event.
type event struct {
	kind, id string
	update   struct {
		Status, Doing, Then string
		Done, Of            int
		Left, Rate          float64
		All                 bool
		Trainings           []struct{ Points []struct{ Epoch int } }
		Log                 []string
	}
}

// listener reads the events of a stream.
type listener struct {
	t    *testing.T
	in   *bufio.Reader
	body io.Closer
}

// listen opens a stream of events.
func listen(t *testing.T, base, id, last string) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/runs/"+id+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Last-Event-ID", last)
	answer, err := http.DefaultClient.Do(r)
	if err != nil || answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("stream: %v, %v", answer, err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return &listener{t, bufio.NewReader(answer.Body), answer.Body}
}

// next returns the next event; its kind is empty after the last.
func (l *listener) next() (e event) {
	l.t.Helper()
	for {
		line, err := l.in.ReadString('\n')
		if err != nil {
			return e
		}
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch key {
		case "event":
			e.kind = value
		case "id":
			e.id = value
		case "data":
			if err := json.Unmarshal([]byte(value), &e.update); err != nil {
				l.t.Fatal(err)
			}
		case "":
			if e.kind != "" {
				return e
			}
		}
	}
}

// serve serves the runs of an App as the program does, with all time limits.
func serve(t *testing.T, a *app.App) (base string, stop func() error) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- web.New(a, web.Options{}).Serve(ctx, l) }()
	t.Cleanup(cancel)
	return "http://" + l.Addr().String(), func() error { cancel(); return <-ended }
}

func TestEvents(t *testing.T) {
	t.Parallel()
	a, run := begin(t)
	id := run.Manifest.ID
	base, stop := serve(t, a)
	logEpoch(run, 1, 0.5)
	logEpoch(run, 20, 0.25)
	l := listen(t, base, id, "")
	e := l.next()
	if u := e.update; e.kind != "state" || u.Status != "running" || !u.All || u.Done != 20 || u.Of != 100 || len(u.Trainings) != 1 || len(u.Trainings[0].Points) != 2 {
		t.Errorf("first event %+v", e)
	}
	if u := e.update; u.Left < 75 || u.Left > 80 || u.Rate != 1 || u.Doing != "Training glo, loss 0.25" || len(u.Log) != 2 {
		t.Errorf("first event %+v", e)
	}
	logEpoch(run, 30, 0.2)
	second := l.next()
	if u := second.update; u.All || u.Done != 30 || len(u.Trainings) != 1 || u.Trainings[0].Points[0].Epoch != 30 {
		t.Errorf("second event %+v", second)
	}
	// One that was cut off gets what it missed, one of another watch gets all.
	if u := listen(t, base, id, e.id).next().update; u.All || len(u.Trainings[0].Points) != 1 {
		t.Errorf("after a break %+v", u)
	}
	for _, last := range []string{"x.3", "x", "." + strings.Repeat("9", 40), strings.Split(e.id, ".")[0] + ".-1"} {
		if u := listen(t, base, id, last).next().update; !u.All || len(u.Trainings[0].Points) != 3 {
			t.Errorf("after %q %+v", last, u)
		}
	}
	run.Log.Info(store.LogCells, "done", 3, "of", 4, "first", 0, "seconds", 6.0)
	if u := l.next().update; u.Doing != "Reconstructing" || u.Done != 3 || u.Trainings != nil {
		t.Errorf("cells %+v", u)
	}
	other := listen(t, base, id, "")
	other.next()
	if err := run.Finish(store.Done, time.Now()); err != nil {
		t.Fatal(err)
	}
	if e := l.next(); e.kind != "end" || e.update.Status != "done" {
		t.Errorf("last event %+v", e)
	}
	if e := l.next(); e.kind != "" {
		t.Errorf("after the last event %+v", e)
	}
	if err := stop(); err != nil {
		t.Errorf("the server does not end with its streams: %v", err)
	}
}

func TestEventsOfAKilledRun(t *testing.T) {
	t.Parallel()
	a, run := begin(t)
	base, _ := serve(t, a)
	l := listen(t, base, run.Manifest.ID, "")
	if e := l.next(); e.update.Status != "running" {
		t.Errorf("first event %+v", e)
	}
	if err := os.Remove(filepath.Join(run.Dir, store.LockFile)); err != nil { // as if the process were gone
		t.Fatal(err)
	}
	if e := l.next(); e.kind != "end" || e.update.Status != "killed" {
		t.Errorf("after its process is gone %+v", e)
	}
	if _, body := get(t, web.New(a, web.Options{}), "/runs/"+run.Manifest.ID); !strings.Contains(body, "killed") || strings.Contains(body, `id="live"`) {
		t.Error("the page of a killed run is live")
	}
	for _, page := range []string{"", "/spectra"} {
		if _, body := get(t, web.New(a, web.Options{}), "/runs/"+run.Manifest.ID+page); !strings.Contains(body, "was killed before it wrote") || !strings.Contains(body, "continue it with sedlab resume") {
			t.Errorf("%s does not say that the run was killed: %s", page, problem(body))
		}
	}
}

// Numbers of a log that make others overflow do not end the server.
func TestEventsOfAStrangeLog(t *testing.T) {
	t.Parallel()
	a, run := begin(t)
	base, _ := serve(t, a)
	run.Log.Info(store.LogEpoch, "prior", "g\u202elo", "epoch", 1, "of", 100, "loss", 0.5, "seconds", 1e-320)
	l := listen(t, base, run.Manifest.ID, "")
	if u := l.next().update; u.Rate != 0 || u.Of != 100 || u.Doing != `Training g\u202elo, loss 0.5` || strings.Contains(strings.Join(u.Log, ""), "\u202e") {
		t.Errorf("%+v", u)
	}
	logEpoch(run, 100, 0.1)
	if u := l.next().update; u.Doing != "Fitting priors" || u.Of != 0 || u.Left != 0 || !strings.Contains(u.Then, "reconstructions") {
		t.Errorf("after the last epoch %+v", u)
	}
	if err := run.Finish(store.Done, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// Streams end with the server, and there are only so many.
func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	a, run := begin(t)
	base, stop := serve(t, a)
	var all []*listener
	for range 200 {
		all = append(all, listen(t, base, run.Manifest.ID, ""))
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/runs/"+run.Manifest.ID+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	refused := func() bool {
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if answer.StatusCode == 503 && answer.Header.Get("Retry-After") == "" {
			t.Error("it does not say when to try again")
		}
		return answer.StatusCode == 503
	}
	if !refused() {
		t.Error("a stream more than there may be is answered")
	}
	if err := all[0].body.Close(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); refused(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a stream that is gone still counts")
		}
	}
	if err := stop(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
	if err := run.Finish(store.Done, time.Now()); err != nil {
		t.Fatal(err)
	}
}

func TestEventsOfNoRun(t *testing.T) {
	s := web.New(fixture(t), web.Options{})
	for _, id := range []string{"none", "%2e%2e", "cache"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/runs/"+id+"/events", nil)
		if status, _ := do(t, s, r); status != 404 {
			t.Errorf("%s: %d", id, status)
		}
	}
}
