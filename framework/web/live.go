package web

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"sedlab/framework/app"
	"sedlab/framework/store"
)

// Limits of live pages.
const (
	mostStreams = 200 // at one time
	pollTime    = time.Second
	beatTime    = 15 * time.Second // between events at most
	sendTime    = 10 * time.Second // that a browser may take to receive an event
)

// hub watches the runs that live pages show. Pages of one run share a watch.
type hub struct {
	mu      sync.Mutex
	runs    map[string]*watch
	streams int
}

// watch is a run that is looked at once a second while pages show it.
type watch struct {
	name  string // tells it from later watches of the run
	pages int    // which show the run; the hub's lock is held

	mu      sync.Mutex
	follow  *app.Follower
	looked  bool
	changed chan struct{} // closed when there is something new
}

var errManyLive = errors.New("too many live pages are open")

// join adds a page to the watch of a run.
func (h *hub) join(a *app.App, id string) (*watch, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.streams >= mostStreams {
		return nil, errManyLive
	}
	w := h.runs[id]
	if w == nil {
		f, err := a.Follow(id)
		if err != nil {
			return nil, err
		}
		w = &watch{name: rand.Text(), follow: f, changed: make(chan struct{})}
		h.runs[id] = w
		go h.look(id, w)
	}
	w.pages++
	h.streams++
	return w, nil
}

// leave takes a page from the watch of a run. Without pages the watch ends.
func (h *hub) leave(w *watch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	w.pages--
	h.streams--
}

// look looks at a run's files until no page shows it.
func (h *hub) look(id string, w *watch) {
	for {
		h.mu.Lock()
		if w.pages == 0 {
			delete(h.runs, id)
			h.mu.Unlock()
			return
		}
		h.mu.Unlock()
		w.poll()
		time.Sleep(pollTime)
	}
}

func (w *watch) poll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.follow.Poll() {
		w.looked = true
		close(w.changed)
		w.changed = make(chan struct{})
	}
}

// update is what an event says. It has the points of losses that are new to the page, or all
// if the page has none of this watch.
type update struct {
	Status    store.Status       `json:"status"`
	Doing     string             `json:"doing"` // for people
	Then      string             `json:"then"`  // the steps that follow
	Done      int                `json:"done"`
	Of        int                `json:"of"`
	Left      float64            `json:"left"` // [s]; 0 if unknown
	Rate      float64            `json:"rate"` // epochs or cells a second; 0 if unknown
	Unit      string             `json:"unit"`
	CellsDone int                `json:"cellsDone"`
	Cells     int                `json:"cells"`
	All       bool               `json:"all"` // Trainings has all points
	Trainings []app.LiveTraining `json:"trainings"`
	Log       []string           `json:"log"`
	Work      *workUpdate        `json:"work,omitempty"` // of a submitted run
}

// event returns the next event for a page that has seen the one with an id, the channel that
// tells when to ask again, and whether the run has ended. The text is empty before the first
// look at the files.
func (w *watch) event(seen string) (text []byte, id string, changed chan struct{}, ended bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.looked {
		return nil, seen, w.changed, false
	}
	live, points := w.follow.Live(), 0
	name, number, _ := strings.Cut(seen, ".")
	if n, err := strconv.Atoi(number); err == nil && name == w.name && n >= 0 {
		points = n
	}
	u := updateOf(live, time.Now())
	u.All, u.Trainings = points == 0, live.Since(points)
	data, err := json.Marshal(u)
	if err != nil { // it has only finite numbers and texts
		return nil, seen, w.changed, true
	}
	kind := "state"
	if ended = !live.Status.Open(); ended {
		kind = "end"
	}
	id = fmt.Sprintf("%s.%d", w.name, live.Points)
	return fmt.Appendf(nil, "event: %s\nid: %s\ndata: %s\n\n", kind, id, data), id, w.changed, ended
}

// updateOf says how far a run is at a time.
func updateOf(l *app.Live, now time.Time) update {
	u := update{Status: l.Status, Doing: "Beginning", Then: "trainings, reconstructions, tables and figures", CellsDone: l.Cells.Done, Cells: l.Cells.Total}
	if p := l.Progress; p != nil {
		u.Done, u.Of, u.Unit, u.Doing, u.Then = p.Done, p.Of, "cells", "Reconstructing", "tables and figures"
		switch {
		case p.Prior != "" && p.Done == p.Of:
			u.Done, u.Of, u.Unit, u.Doing, u.Then = 0, 0, "", "Fitting priors", "reconstructions, tables and figures"
		case p.Prior != "":
			u.Unit, u.Doing = "epochs", fmt.Sprintf("Training %s, loss %s", plain(p.Prior), number(p.Loss))
			u.Then = "other priors, reconstructions, tables and figures"
		case p.Done == p.Of:
			u.Doing, u.Then = "Writing tables and figures", ""
		}
		u.Left, u.Rate = p.LeftAt(now).Seconds(), p.Rate()
	}
	if l.Work != nil {
		u.ofWork(l, now)
	}
	for _, line := range l.Messages {
		u.Log = append(u.Log, plain(lineText(line)))
	}
	return u
}

// lineText writes a message of a log on one line.
func lineText(l app.LogLine) string {
	if l.Broken != "" {
		return l.Broken
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", l.Time.Local().Format(time.TimeOnly), l.Level, l.Msg)
	for _, f := range l.Fields {
		fmt.Fprintf(&b, " %s=%s", f.Key, f.Value)
	}
	return b.String()
}

// events answers with a stream of server-sent events about a run, until it has ended.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	p, err := s.folderOf(r)
	if err != nil {
		refuse(w, statusOf(err), err.Error())
		return
	}
	run, err := s.live.join(s.app, p.ID)
	if errors.Is(err, errManyLive) {
		w.Header().Set("Retry-After", "30")
		refuse(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	if err != nil {
		refuse(w, statusOf(err), err.Error())
		return
	}
	defer s.live.leave(run)
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	stream(w, r, run)
}

// stream sends the events of a run.
func stream(w http.ResponseWriter, r *http.Request, run *watch) {
	out := http.NewResponseController(w)
	_ = out.SetReadDeadline(time.Time{}) // a stream is longer than other requests; without deadlines there is none to lift
	beat := time.NewTicker(beatTime)
	defer beat.Stop()
	send := func(text []byte) bool {
		_ = out.SetWriteDeadline(time.Now().Add(sendTime))
		_, err := w.Write(text)
		return err == nil && out.Flush() == nil
	}
	seen := r.Header.Get("Last-Event-ID")
	if !send([]byte("retry: 3000\n\n")) {
		return
	}
	for {
		text, id, changed, ended := run.event(seen)
		if !send(text) || ended {
			return
		}
		seen = id
		select {
		case <-changed:
		case <-beat.C: // the same again shows that the stream is not dead
		case <-r.Context().Done():
			return
		}
	}
}
