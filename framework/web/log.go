package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"sedlab/framework/app"
)

// Numbers of messages on a page of a log.
const (
	logLines     = 500
	mostLogLines = 2000
)

// logLevels are the levels that logs have.
var logLevels = []string{"DEBUG", "INFO", "WARN", "ERROR"}

// logView is what the page of a log is executed with.
type logView struct {
	runPage
	Page    *app.LogPage
	Query   app.LogQuery
	Levels  []string
	Older   string // the address of older messages; empty if there are none
	Problem string // why the log cannot be shown
}

// log shows the last messages of a run's log, or older ones.
func (s *Server) log(r *http.Request) (*view, error) {
	p, err := s.runOf(r)
	if err != nil {
		return nil, err
	}
	v := logView{runPage: p, Levels: logLevels}
	values := r.URL.Query()
	if v.Query, err = logQuery(values); err != nil {
		return nil, err
	}
	if v.Page, err = s.app.Log(p.ID, v.Query); err != nil {
		v.Problem = err.Error()
	} else if v.Page.Older > 0 {
		values.Set("before", strconv.FormatInt(v.Page.Older, 10))
		v.Older = runPath(p.ID) + "/log?" + values.Encode()
	}
	return &view{Template: "log", Title: "Log of " + p.ID, Data: v}, nil
}

// logQuery reads what a request asks of a log.
func logQuery(values url.Values) (q app.LogQuery, err error) {
	q = app.LogQuery{Level: values.Get("level"), Text: values.Get("text"), Limit: logLines}
	if q.Level != "" && !slices.Contains(logLevels, q.Level) {
		return q, &badRequest{fmt.Errorf("level %q: expected DEBUG, INFO, WARN or ERROR", q.Level)}
	}
	if text := values.Get("before"); text != "" {
		if q.Before, err = strconv.ParseInt(text, 10, 64); err != nil || q.Before < 0 {
			return q, &badRequest{fmt.Errorf("before %q: expected a number of bytes", text)}
		}
	}
	if text := values.Get("lines"); text != "" {
		if q.Limit, err = strconv.Atoi(text); err != nil || q.Limit < 1 || q.Limit > mostLogLines {
			return q, &badRequest{fmt.Errorf("lines %q: expected a number from 1 to %d", text, mostLogLines)}
		}
	}
	return q, nil
}
