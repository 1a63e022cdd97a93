package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"

	"sedlab/framework/store"
	"sedlab/internal/regular"
)

// LogQuery says which messages of a log are wanted.
type LogQuery struct {
	Level  string // such as WARN; empty for all
	Text   string // that a line has, ignoring case; empty for all
	Before int64  // only lines that begin before this offset [bytes]; 0 for the end of the log
	Limit  int    // the most messages
}

// LogPage is a part of a log, the newest message first.
type LogPage struct {
	Lines []LogLine
	Older int64 // Before for the next older part; 0 if there is none
	Size  int64 // of the log [bytes]
}

// LogLine is a message of a log.
type LogLine struct {
	Time   time.Time
	Level  string
	Msg    string
	Fields []LogField
	Broken string // the line, if it is no message
	Cut    bool   // the line is too long to be shown whole
}

// LogField is a further value of a message.
type LogField struct{ Key, Value string } // Value is JSON, or the text of a string

// Bounds on what is read of a log.
const (
	logWindow = 4 << 20 // bytes that one query looks at
	logLine   = 4 << 10 // bytes of a value, or of a broken line, that are shown
)

// Log returns messages of the log of the run with an id. A run may have none yet.
func (a *App) Log(id string, q LogQuery) (page *LogPage, err error) {
	dir, err := a.Folder(id)
	if err != nil {
		return nil, err
	}
	page = &LogPage{}
	f, info, err := regular.OpenIn(dir, store.LogFile)
	if errors.Is(err, fs.ErrNotExist) {
		return page, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	page.Size = info.Size()
	end := page.Size
	if q.Before > 0 {
		end = min(q.Before, end)
	}
	start := max(0, end-logWindow)
	text, err := io.ReadAll(io.NewSectionReader(f, start, end-start))
	page.take(text, start, q)
	return page, err
}

// take adds the last lines of a part of a log, which begins at an offset, that are wanted.
func (p *LogPage) take(text []byte, start int64, q LogQuery) {
	for all := len(text); len(text) > 0 && len(p.Lines) < q.Limit; {
		from := bytes.LastIndexByte(bytes.TrimSuffix(text, []byte("\n")), '\n') + 1
		cut := from == 0 && start > 0
		if cut && len(text) < all {
			break // the next part has this line whole
		}
		line := parseLogLine(bytes.TrimSpace(text[from:]), cut)
		if text = text[:from]; line.wanted(q) {
			p.Lines = append(p.Lines, line)
		}
	}
	p.Older = start + int64(len(text))
}

// wanted reports whether a query asks for a line. Broken lines have no level.
func (l LogLine) wanted(q LogQuery) bool {
	if q.Level != "" && l.Level != q.Level {
		return false
	}
	text := l.Broken + l.Msg
	for _, f := range l.Fields {
		text += " " + f.Key + " " + f.Value
	}
	return strings.Contains(strings.ToLower(text), strings.ToLower(q.Text))
}

// parseLogLine reads a line of a log; cut says that its beginning is missing.
func parseLogLine(line []byte, cut bool) LogLine {
	l := LogLine{Cut: cut}
	in := json.NewDecoder(bytes.NewReader(line))
	if t, err := in.Token(); cut || err != nil || t != json.Delim('{') {
		return broken(line, l)
	}
	for in.More() {
		var value json.RawMessage
		key, err := in.Token()
		if err == nil {
			err = in.Decode(&value)
		}
		if name, ok := key.(string); err != nil || !ok || !l.set(name, value) {
			return broken(line, l)
		}
	}
	if _, err := in.Token(); err != nil {
		return broken(line, l)
	}
	l.Msg = l.short(l.Msg)
	return l
}

// set takes a value of a message. It returns false if the value has another type than in a
// message of a run.
func (l *LogLine) set(key string, value json.RawMessage) bool {
	switch key {
	case "time":
		return json.Unmarshal(value, &l.Time) == nil
	case "level":
		return json.Unmarshal(value, &l.Level) == nil
	case "msg":
		return json.Unmarshal(value, &l.Msg) == nil
	case "sum":
		return true // the checksum of the log up to here
	}
	text := string(value)
	if json.Unmarshal(value, &text) != nil {
		text = string(value)
	}
	l.Fields = append(l.Fields, LogField{key, l.short(text)})
	return true
}

// broken returns a line as it is in the file.
func broken(line []byte, l LogLine) LogLine {
	b := LogLine{Cut: l.Cut}
	b.Broken = b.short(strings.ToValidUTF8(string(line), "\uFFFD"))
	return b
}

// short cuts a text that is too long.
func (l *LogLine) short(text string) string {
	if len(text) > logLine {
		l.Cut, text = true, strings.ToValidUTF8(text[:logLine], "")+" …"
	}
	return text
}
