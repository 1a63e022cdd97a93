package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/store"
)

// logged returns an App with a run x that has nothing but a log.
func logged(t *testing.T, text string) *app.App {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "x"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "x", store.LogFile), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return app.Open(dir, catalog.Default())
}

func message(level string, n int) string {
	return fmt.Sprintf(`{"time":"2026-01-02T03:04:05Z","level":%q,"msg":"m%d","n":%d,"text":"a\"b","sum":"00"}`+"\n", level, n, n)
}

func TestLog(t *testing.T) {
	text := message("INFO", 0) + message("WARN", 1) + "no message\n" + `{"time":3}` + "\n\n" + message("INFO", 2)
	a := logged(t, text+`{"time":"2026-`) // whose end is not written yet
	page, err := a.Log("x", app.LogQuery{Limit: 10})
	if err != nil || len(page.Lines) != 7 || page.Older != 0 {
		t.Fatalf("page %+v, %v", page, err)
	}
	l := page.Lines
	if l[0].Broken != `{"time":"2026-` || l[3].Broken != `{"time":3}` || l[4].Broken != "no message" {
		t.Errorf("lines %+v", l)
	}
	if l[1].Msg != "m2" || l[1].Level != "INFO" || l[1].Time.Year() != 2026 || fmt.Sprint(l[1].Fields) != `[{n 2} {text a"b}]` {
		t.Errorf("message %+v", l[1])
	}
	for q, want := range map[app.LogQuery]int{
		{Level: "WARN", Limit: 10}: 1, {Text: "M2", Limit: 10}: 1, {Text: "no MESS", Limit: 10}: 1, {Text: "none", Limit: 10}: 0, {Before: 1, Limit: 10}: 1, {Before: 1 << 60, Limit: 10}: 7,
	} {
		if page, err := a.Log("x", q); err != nil || len(page.Lines) != want {
			t.Errorf("%+v: %+v, %v", q, page, err)
		}
	}
}

// All parts of a log together have every message once, whatever its length.
func TestLogInParts(t *testing.T) {
	var b strings.Builder
	const n = 3000
	for i := range n {
		b.WriteString(strings.Replace(message("INFO", i), `a\"b`, strings.Repeat("x", i), 1))
	}
	a := logged(t, b.String())
	next, parts := n-1, 0
	for before := int64(0); ; parts++ {
		page, err := a.Log("x", app.LogQuery{Limit: 700, Before: before})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range page.Lines {
			if l.Msg != fmt.Sprintf("m%d", next) {
				t.Fatalf("%+v instead of message %d", l, next)
			}
			next--
		}
		if before = page.Older; before == 0 {
			break
		}
	}
	if next != -1 || parts < 4 {
		t.Errorf("%d messages are missing from %d parts", next+1, parts)
	}
}

// A line without end takes a few parts to pass, and only its end is shown.
func TestLogOfOneLine(t *testing.T) {
	a := logged(t, message("INFO", 0)+strings.Repeat("x", 9<<20))
	parts, last := 0, ""
	for before := int64(0); parts < 10; parts++ {
		page, err := a.Log("x", app.LogQuery{Limit: 10, Before: before})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range page.Lines {
			if last = l.Msg; len(l.Broken) > 5000 {
				t.Errorf("%d bytes are shown", len(l.Broken))
			}
		}
		if before = page.Older; before == 0 {
			break
		}
	}
	if last != "m0" || parts > 4 {
		t.Errorf("the first message is %q, in part %d", last, parts)
	}
}

func TestFollow(t *testing.T) {
	a := logged(t, "")
	path := filepath.Join(a.Runs, "x", store.LogFile)
	f, err := a.Follow("x")
	if err != nil {
		t.Fatal(err)
	}
	add := func(text string) {
		t.Helper()
		file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = file.WriteString(text)
		}
		if err != nil || file.Close() != nil {
			t.Fatal(err)
		}
	}
	epoch := func(prior string, n int) string {
		return fmt.Sprintf(`{"level":"INFO","msg":"epoch","prior":%q,"epoch":%d,"of":2001,"loss":0.5}`+"\n", prior, n)
	}
	for range 4 {
		if f.Poll() {
			t.Error("a manifest that cannot be read is news at once")
		}
	}
	if !f.Poll() || f.Poll() || f.Live().Status != store.Unreadable {
		t.Errorf("at first %+v", f.Live())
	}
	add(epoch("glo", 1) + epoch("glo", 5)[:20])
	if !f.Poll() || len(f.Live().Trainings) != 1 || len(f.Live().Trainings[0].Points) != 1 {
		t.Errorf("after a line and a half %+v", f.Live())
	}
	add(epoch("glo", 5)[20:] + strings.Repeat("x", 3<<20) + "\n" + epoch("vad", 2) + epoch("glo", 1))
	if !f.Poll() || f.Poll() {
		t.Error("news is not noticed exactly once")
	}
	l := f.Live()
	if l.Points != 4 || len(l.Trainings) != 3 || len(l.Trainings[0].Points) != 2 || l.Trainings[1].Prior != "vad" || l.Trainings[2].ID != 3 {
		t.Errorf("trainings %+v", l.Trainings)
	}
	if since := l.Since(3); len(since) != 1 || since[0].ID != 3 || len(l.Since(4)) != 0 || len(l.Since(0)) != 3 {
		t.Errorf("since the third point %+v", since)
	}
	for i := range 2000 {
		add(epoch("glo", i+2))
	}
	f.Poll()
	points := f.Live().Trainings[2].Points
	if n := len(points); n > 401 || n < 200 || points[0].Epoch != 1 || points[n-1].Epoch != 2001 {
		t.Errorf("%d points of 2001 are kept", n)
	}
	if err := os.WriteFile(path, []byte(epoch("pca", 1)), 0o666); err != nil { // shorter
		t.Fatal(err)
	}
	if f.Poll(); f.Live().Trainings[3].Prior != "pca" {
		t.Errorf("another log: %+v", f.Live().Trainings)
	}
}
