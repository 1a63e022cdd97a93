package web_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"sedlab/framework/web"
)

// The theme is the system's until a person chooses the other, which lasts.
func TestTheme(t *testing.T) {
	t.Parallel()
	b := browse(t, web.New(fixture(t), web.Options{}))
	ground := func() string { return eval[string](b, "getComputedStyle(document.body).backgroundColor") }
	b.open("/runs")
	light := ground()
	b.dark(true)
	dark := ground()
	b.click("#theme")
	if now := ground(); dark == light || now != light {
		t.Errorf("light %s, dark %s, and light again %s", light, dark, now)
	}
	b.do(chromedp.Reload())
	if now := ground(); now != light {
		t.Errorf("after a reload: %s, expected %s", now, light)
	}
}

func TestSkipLink(t *testing.T) {
	t.Parallel()
	b := browse(t, web.New(fixture(t), web.Options{}))
	b.open("/runs")
	b.keys("\t\r")
	b.wait("document.activeElement.id === 'main'")
	b.accessible()
}

// What browse fails a test for is noticed.
func TestBrowserNotices(t *testing.T) {
	t.Parallel()
	for what, script := range map[string]string{
		"an error on the console": "console.error('x')",
		"an exception":            "setTimeout(() => { throw new Error('x') })",
		"another host":            "document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x.png'}))",
		"a script in the page":    "document.body.append(Object.assign(document.createElement('script'), {text: 'window.bad = 1'}))",
		"a file that is missing":  "fetch('/no-such-page')",
	} {
		b := browse(t, web.New(fixture(t), web.Options{}))
		b.open("/runs")
		_ = eval[bool](b, "Boolean(("+script+", true))")
		b.wait("performance.now() > 0")
		if !b.noticed() {
			t.Errorf("%s was not noticed", what)
		}
	}
}
