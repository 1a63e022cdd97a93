// Package web shows a folder of runs in a browser: pages made on the server from the
// results of package app, with a stylesheet and a little JavaScript of their own. Nothing is
// loaded from other hosts.
//
// A page reads files when it is asked for, so it shows the runs of other processes and machines
// as well. All that is kept is the list of runs, for a few seconds. The few writes change tags and
// notes.
package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"time"

	"sedlab/framework/app"
)

// Options say how runs are shown.
type Options struct {
	ReadOnly bool // refuse all writes
	// Token, if not empty, is what a browser must know to see anything. Without one, only
	// requests to a loopback name are answered.
	Token string
	// Repaired are files and folders that reconstruct has written, which are shown too.
	Repaired []string
}

// Server shows the runs of an App.
type Server struct {
	app     *app.App
	roster  *app.Roster
	opt     Options
	csrf    string        // which only pages of this server know
	cookie  string        // which only browsers have that gave the token
	working chan struct{} // holds a value for each turn of a request that computes
	waiting chan struct{} // holds a value while a request waits for its turns

	pageTime time.Duration // the constant, except in tests
	live     hub
	handler  http.Handler
}

// mostWorking is the number of requests that read tables or draw at one time. Others wait.
const mostWorking = 2

// New returns a Server of an App's runs.
func New(a *app.App, o Options) *Server {
	s := &Server{
		app: a, roster: a.Roster(), opt: o, csrf: rand.Text(), cookie: rand.Text(), pageTime: pageTime,
		working: make(chan struct{}, mostWorking), waiting: make(chan struct{}, 1), live: hub{runs: map[string]*watch{}},
	}
	s.handler = s.guard(s.routes())
	return s
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Limits of a connection.
const (
	headerTime = 5 * time.Second
	readTime   = 10 * time.Second
	writeTime  = 30 * time.Second
	idleTime   = time.Minute
	headerSize = 16 << 10
	closeTime  = 2 * time.Second
)

// Serve answers the requests to a listener, until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	h := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerSize,
		BaseContext:       func(net.Listener) context.Context { return ctx }, // so that live pages end
	}
	closed := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		closed <- h.Shutdown(grace)
	})
	go func() { _, _ = s.roster.List(ctx) }() // so that the first page need not wait
	err := h.Serve(l)
	if !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	if err = <-closed; errors.Is(err, context.DeadlineExceeded) {
		err = h.Close()
	}
	return err
}
