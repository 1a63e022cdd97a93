package web_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"sedlab/framework/web"
)

// patience is how long a test waits for a page.
const patience = time.Minute

var chromium struct {
	sync.Once
	context.Context
	stop context.CancelFunc
	err  error
}

// startBrowser starts the one Chromium of all tests.
func startBrowser() {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		chromium.err = fmt.Errorf("no Chromium is installed")
		return
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path))
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // Chromium has none for root
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(), opts...)
	chromium.Context, chromium.stop = chromedp.NewContext(allocator)
	chromium.err = chromedp.Do(chromium.Context)
}

func closeBrowser() {
	if chromium.stop != nil {
		chromium.stop()
	}
}

// browser is a window that shows the pages of a server.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string // the address of the server

	mu       sync.Mutex
	problems []string // errors on the console, and requests to other hosts
	wanted   bool     // problems are what the test is about
}

// browse shows a server's pages in a window of its own. It skips the test if there is no
// Chromium. When the test ends, it fails if a page wrote an error to the console or asked
// another host for something.
func browse(t *testing.T, s *web.Server) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes too long for -short")
	}
	chromium.Do(startBrowser)
	if chromium.err != nil {
		t.Skip("needs a browser: ", chromium.err)
	}
	h := httptest.NewServer(s)
	ctx, cancel := chromedp.NewContext(chromium.Context, chromedp.WithNewBrowserContext())
	b := &browser{t: t, ctx: ctx, base: h.URL}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
			return err
		}
		if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}) // beside other windows
		return err
	})); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		h.CloseClientConnections() // live pages hold theirs open
		h.Close()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, p := range b.problems {
			if !b.wanted {
				t.Error(p)
			}
		}
	})
	b.size(1280, 900)
	return b
}

// hear notes what no page should do.
func (b *browser) hear(event any) {
	problem := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		problem = fmt.Sprintf("exception: %s %s", e.ExceptionDetails.Text, e.ExceptionDetails.Exception.Description)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			problem = fmt.Sprintf("console %s: %s", e.Type, e.Args[0].Value)
		}
	case *log.EventEntryAdded: // such as what the policy forbids, and files that are missing
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			problem = fmt.Sprintf("browser %s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme != "data" && u.Scheme != "blob" && u.Scheme != "file" && "http://"+u.Host != b.base {
			problem = "request to another host: " + e.Request.URL
		}
	}
	if problem != "" {
		b.mu.Lock()
		b.problems = append(b.problems, problem)
		b.mu.Unlock()
	}
}

// noticed reports whether there is a problem within some time. It does not fail the test.
func (b *browser) noticed() bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		b.mu.Lock()
		found := len(b.problems) > 0
		b.wanted = true
		b.mu.Unlock()
		if found {
			return true
		}
	}
	return false
}

// do runs actions, and fails the test if they fail or take too long.
func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%v; the page says:\n%.2000s", err, b.body())
	}
}

// body returns the text of the page, whatever it is.
func (b *browser) body() string {
	ctx, cancel := context.WithTimeout(b.ctx, time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return text
}

// open shows a page of the server, or any other address.
func (b *browser) open(path string) {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.base + path
	}
	b.do(chromedp.Navigate(path))
}

// click clicks the element that a CSS selector finds.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// keys types on the keyboard, wherever the focus is. Package kb has names for keys.
func (b *browser) keys(text string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(text))
}

// wait waits until an expression of JavaScript is true.
func (b *browser) wait(expression string) {
	b.t.Helper()
	end := time.Now().Add(patience)
	for {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		cancel()
		switch {
		case ok:
			return
		case time.Now().After(end):
			b.t.Fatalf("waited in vain for %s: %v; the page says:\n%.2000s", expression, err, b.body())
		}
		time.Sleep(30 * time.Millisecond) // an expression may fail while a page is loading
	}
}

// eval returns the value of an expression of JavaScript; a promise is waited for.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// size sets the size of the window [pixels].
func (b *browser) size(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

// dark chooses the theme that the system has.
func (b *browser) dark(on bool) {
	b.t.Helper()
	value := "light"
	if on {
		value = "dark"
	}
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}},
		})
		return err
	}))
}

// screenshot writes the page as a PNG into the folder that SEDLAB_SCREENSHOTS names, if any, for
// a person to look at.
func (b *browser) screenshot(name string) {
	b.t.Helper()
	dir := os.Getenv("SEDLAB_SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o666)
	}
	if err != nil {
		b.t.Error(err)
	}
}

// accessible fails the test if axe-core finds a violation of WCAG 2.2, level A or AA, in either
// theme or on a phone. The file of axe-core is named by SEDLAB_AXE; without it, accessible
// does nothing but say so.
func (b *browser) accessible() {
	b.t.Helper()
	path := os.Getenv("SEDLAB_AXE")
	if path == "" {
		b.t.Log("not checked for accessibility: SEDLAB_AXE does not name a file axe.min.js")
		return
	}
	script, err := os.ReadFile(path)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, view := range []struct {
		name  string
		width int64
		dark  bool
	}{{"light", 1280, false}, {"dark", 1280, true}, {"phone", 360, false}} {
		b.size(view.width, 900)
		b.dark(view.dark)
		_ = eval[bool](b, string(script)+"\n;true")
		for _, v := range eval[[]string](b, axeRun) {
			b.t.Errorf("%s: %s", view.name, v)
		}
		if wide := eval[int](b, "document.documentElement.scrollWidth - innerWidth"); wide > 0 {
			b.t.Errorf("%s: the page is %d pixels wider than the window", view.name, wide)
		}
	}
	b.size(1280, 900)
	b.dark(false)
}

// axeRun returns a line for each violation.
const axeRun = `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}).then(r =>
	r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + v.help + ': ' + n.html.slice(0, 200) + ' ' + (n.any[0]?.message ?? ''))))`
