package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"sedlab/framework/web"
)

// A page of an attacker may reach the server under a name that leads to this machine, but the
// browser then sends that name.
func TestHosts(t *testing.T) {
	s := web.New(fixture(t), web.Options{})
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8765": 200, "127.0.0.1:8765": 200, "[::1]:8765": 200, "127.1.2.3": 200, "LOCALHOST:1": 200,
		"attacker.example": 421, "attacker.example:8765": 421, "localhost.attacker.example": 421, "127.0.0.1.nip.io": 421,
		"192.168.1.2:8765": 421, "0.0.0.0:8765": 421, "": 421, "[::1": 421, "::1]": 421, "[::1]": 200, "[localhost": 421, "localhost@attacker.example": 421,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/runs", nil)
		r.Host = host
		if got, body := do(t, s, r); got != want || want != 200 && strings.Contains(body, "tiny") {
			t.Errorf("host %q: %d, expected %d", host, got, want)
		}
	}
}

func TestHeaders(t *testing.T) {
	s := web.New(fixture(t), web.Options{})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/runs", nil))
	h := w.Result().Header
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
		"Access-Control-Allow-Origin": "", "Cache-Control": "no-store",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, expected %q", name, got, want)
		}
	}
	policy := h.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("policy %s", policy)
	}
}

func TestToken(t *testing.T) {
	s := web.New(fixture(t), web.Options{Token: "s3cret"})
	ask := func(path string, change func(*http.Request)) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://cluster.example"+path, nil)
		change(r)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Result()
	}
	same := func(*http.Request) {}
	for path, want := range map[string]int{"/runs": 401, "/runs?token=wrong": 401, "/runs?token=": 401, "/static/style.css": 401, "/runs?token=s3cret": 303} {
		if got := ask(path, same).StatusCode; got != want {
			t.Errorf("%s: %d, expected %d", path, got, want)
		}
	}
	opened := ask("/runs?sort=name&token=s3cret", same)
	if to := opened.Header.Get("Location"); to != "/runs?sort=name" {
		t.Errorf("the token stays in the address: %s", to)
	}
	cookies := opened.Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode {
		t.Fatalf("cookies %v", cookies)
	}
	for what, change := range map[string]func(*http.Request){
		"a cookie": func(r *http.Request) { r.AddCookie(cookies[0]) },
		"a header": func(r *http.Request) { r.Header.Set("Authorization", "Bearer s3cret") },
	} {
		if got := ask("/runs", change).StatusCode; got != 200 {
			t.Errorf("with %s: %d", what, got)
		}
	}
	if got := ask("/runs", func(r *http.Request) { r.Header.Set("Authorization", "Bearer wrong") }).StatusCode; got != 401 {
		t.Errorf("with a wrong header: %d", got)
	}
	s = web.New(fixture(t), web.Options{Token: "s3cret"})
	if got := ask("/runs", func(r *http.Request) { r.AddCookie(cookies[0]) }).StatusCode; got != 401 {
		t.Errorf("a cookie of a server that ended: %d", got)
	}
	names := map[string]bool{}
	for _, host := range []string{"cluster.example:1", "cluster.example:2"} {
		names[ask("/runs?token=s3cret", func(r *http.Request) { r.Host = host }).Cookies()[0].Name] = true
	}
	if len(names) != 2 {
		t.Errorf("servers at two ports have one cookie: %v", names)
	}
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// csrf returns what a page of the server gives its forms.
func csrf(t *testing.T, s *web.Server, path string) string {
	t.Helper()
	_, body := get(t, s, path)
	m := csrfField.FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("%s has no form that writes", path)
	}
	return m[1]
}

// post sends a form, as a browser on this machine does.
func post(t *testing.T, s *web.Server, path string, form url.Values, header http.Header) (status int, body string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost:8765"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, values := range header {
		r.Header[name] = values
	}
	return do(t, s, r)
}

func TestForgedWrites(t *testing.T) {
	a := ownRuns(t)
	s := web.New(a, web.Options{})
	id := runID(t, a, "tiny")
	path, good := "/runs/"+id+"/note", csrf(t, s, "/runs/"+id)
	for what, c := range map[string]struct {
		csrf   string
		header http.Header
		want   int
	}{
		"no secret":       {"", nil, 403},
		"another secret":  {strings.Repeat("A", len(good)), nil, 403},
		"another site":    {good, http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		"a sister site":   {good, http.Header{"Sec-Fetch-Site": {"same-site"}}, 403},
		"another origin":  {good, http.Header{"Origin": {"http://attacker.example"}}, 403},
		"a form as JSON":  {good, http.Header{"Content-Type": {"text/plain"}}, 403},
		"from our page":   {good, http.Header{"Sec-Fetch-Site": {"same-origin"}}, 303},
		"an old browser":  {good, http.Header{"Origin": {"http://localhost:8765"}}, 303},
		"a sandboxed one": {good, http.Header{"Origin": {"null"}}, 403},
	} {
		if err := a.SetNote(id, "before"); err != nil {
			t.Fatal(err)
		}
		got, _ := post(t, s, path, url.Values{"csrf": {c.csrf}, "note": {"after"}}, c.header)
		note, err := a.Note(id)
		if err != nil || got != c.want || (note == "after") != (c.want == 303) {
			t.Errorf("%s: status %d, expected %d; note %q, %v", what, got, c.want, note, err)
		}
	}
	readOnly := web.New(a, web.Options{ReadOnly: true})
	if got, _ := post(t, readOnly, path, url.Values{"csrf": {good}, "note": {"after"}}, nil); got != 403 {
		t.Errorf("read only: %d", got)
	}
	if _, body := get(t, readOnly, "/runs/"+id); csrfField.MatchString(body) {
		t.Error("a page that may not write has a form that does")
	}
}

// Another site's page can link here, but not make the server work by itself.
func TestRequestsOfOtherSites(t *testing.T) {
	s := web.New(fixture(t), web.Options{})
	for _, c := range []struct {
		site, mode, dest string
		want             int
	}{
		{"cross-site", "no-cors", "image", 403}, {"same-site", "no-cors", "image", 403}, {"cross-site", "cors", "empty", 403},
		{"cross-site", "navigate", "iframe", 403}, {"cross-site", "navigate", "document", 200}, {"same-site", "navigate", "document", 200},
		{"same-origin", "no-cors", "image", 200}, {"none", "navigate", "document", 200},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/runs", nil)
		r.Header = http.Header{"Sec-Fetch-Site": {c.site}, "Sec-Fetch-Mode": {c.mode}, "Sec-Fetch-Dest": {c.dest}}
		if got, _ := do(t, s, r); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// What takes too long is given up, and leaves its turn to others.
func TestSlowPages(t *testing.T) {
	a := fixture(t)
	s := web.New(a, web.Options{})
	id := runID(t, a, "tiny")
	pages := []string{"/runs/" + id, "/runs/" + id + "/draw", "/runs/" + id + "/spectra", "/runs/" + id + "/draw/figure.svg?figure=training",
		"/runs/" + id + "/spectra/data", "/compare?run=" + id + "&run=" + runID(t, a, "wider")}
	s.SetPageTime(time.Nanosecond)
	for _, page := range pages {
		if status, body := get(t, s, page); status != 503 || !strings.Contains(body, "try again") && !strings.Contains(body, "longer than a page may") {
			t.Errorf("%s: %d, %.300s", page, status, body)
		}
	}
	s.SetPageTime(time.Minute)
	for _, page := range pages[:3] {
		if status, _ := get(t, s, page); status != 200 {
			t.Errorf("afterwards, %s: %d", page, status)
		}
	}
}

func TestRequestsAreBounded(t *testing.T) {
	a := ownRuns(t)
	s := web.New(a, web.Options{})
	id := runID(t, a, "tiny")
	long := url.Values{"csrf": {csrf(t, s, "/runs/"+id)}, "note": {strings.Repeat("x", 1<<20)}}
	if got, _ := post(t, s, "/runs/"+id+"/note", long, nil); got != 413 {
		t.Errorf("a body of 1 MiB: %d", got)
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"} {
		if got, _ := do(t, s, httptest.NewRequestWithContext(t.Context(), method, "http://localhost/runs", nil)); got != 405 {
			t.Errorf("%s: %d", method, got)
		}
	}
}

// No path leads out of the folder of the runs, or to what is not a run.
func TestPathsStayInside(t *testing.T) {
	a := fixture(t)
	s := web.New(a, web.Options{})
	id := runID(t, a, "tiny")
	for _, path := range []string{
		"/static/../web.go", "/static/..%2fweb.go", "/static/%2e%2e%2fpages%2flayout.html", "/static/", "/static/none.js",
		"/runs/..", "/runs/%2e%2e", "/runs/..%2f..%2fetc", "/runs/%2fetc", "/runs/.", "/runs/cache", "/runs/latest%2f..%2fcache", "/runs/.index",
		"/runs/..%2fruns%2f" + id, "/runs/%00", "/runs/" + id[:8], "/runs/" + strings.Repeat("a", 5000),
		"/runs/" + id + "/files/..%2f..%2fspec.yaml", "/runs/" + id + "/files/%2fetc%2fpasswd", "/runs/" + id + "/files/figures%2f..%2f..%2f..%2fspec.yaml",
		"/runs/" + id + "/files/lock", "/runs/" + id + "/files/",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/", nil)
		u, err := url.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		r.URL, r.Host = u, "localhost"
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != 404 && w.Code != 400 && (w.Code < 300 || w.Code > 308) {
			t.Errorf("%s: %d, %.100s", path, w.Code, w.Body)
		}
	}
}

// A client that sends nothing, or never ends its request, is cut off.
func TestEndlessRequests(t *testing.T) {
	t.Parallel() // it waits
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- web.New(fixture(t), web.Options{}).Serve(ctx, l) }()
	dial := func() net.Conn {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	long := dial()
	defer long.Close()
	_, _ = fmt.Fprint(long, "GET /runs HTTP/1.1\r\nHost: localhost\r\n") // it is answered before all of it is sent
	for range 1000 {
		if _, err := fmt.Fprintf(long, "X: %s\r\n", strings.Repeat("x", 1000)); err != nil {
			break
		}
	}
	_ = long.SetReadDeadline(time.Now().Add(patience))
	if answer, err := http.ReadResponse(bufio.NewReader(long), nil); err == nil && answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header without end: %s", answer.Status)
	}
	silent := dial()
	defer silent.Close()
	_, _ = fmt.Fprint(silent, "GET /runs HT") // no more comes
	_ = silent.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadAll(silent); err != nil {
		t.Errorf("a silent client is not cut off: %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
