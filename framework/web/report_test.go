package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/web"
)

// report returns a run's report as HTML.
func report(t *testing.T, a *app.App, name string) string {
	t.Helper()
	var b bytes.Buffer
	if err := web.WriteReport(t.Context(), &b, a, runID(t, a, name)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var (
	policyText = regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`)
	scripts    = regexp.MustCompile(`(?s)<(script|style)>(.*?)</(script|style)>`)
	addresses  = regexp.MustCompile(`(?:src|href|action)="([^"]*)"`)
)

// A report as one file loads nothing, and its policy allows its own scripts and style alone.
func TestReportNeedsNoOtherFile(t *testing.T) {
	text := report(t, fixture(t), "tiny")
	policy := strings.ReplaceAll(strings.ReplaceAll(policyText.FindStringSubmatch(text)[1], "&#39;", "'"), "&#43;", "+")
	if !strings.HasPrefix(policy, "default-src 'none'; script-src 'sha256-") || strings.Contains(policy, "unsafe") {
		t.Error(policy)
	}
	parts := scripts.FindAllStringSubmatch(text, -1)
	if len(parts) != 3 {
		t.Fatalf("%d scripts and styles, expected 3", len(parts))
	}
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p[2]))
		if !strings.Contains(policy, base64.StdEncoding.EncodeToString(sum[:])) {
			t.Errorf("the policy does not allow a %s of %d bytes", p[1], len(p[2]))
		}
	}
	for _, m := range addresses.FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(m[1], "data:") && !strings.HasPrefix(m[1], "#") {
			t.Errorf("leads elsewhere: %.80s", m[1])
		}
	}
	for _, want := range []string{"<h1>tiny</h1>", "<strong>Question:</strong> what does a page show of three priors?", "data:image/svg&#43;xml;base64,", "12 of 12 kept spectra", `<table>`, "<h2>Settings</h2>", "data:text/csv;base64,"} {
		if !strings.Contains(text, want) && !strings.Contains(text, strings.ReplaceAll(want, "&#43;", "+")) {
			t.Errorf("has no %s", want)
		}
	}
}

// What a person writes into a report is text.
func TestReportEscapes(t *testing.T) {
	a := ownRuns(t)
	path := filepath.Join(a.Runs, runID(t, a, "tiny"), "report.md")
	hostile := "# a <script>alert(1)</script> **b** `c<d`\n\n![x\"y](../../../etc/passwd.png)\n\n[e](javascript:alert(1)) [f](/etc/passwd) *g* 5 * 6 * 7\n\n" +
		"| h | i\\|j |\n|---|---|\n| <img src=x onerror=alert(1)> | &lt;k |\n\n<details><summary><b>l</summary>\n\n<iframe src=x>\n\n</details>\n\n</details>\n\n> m `n` [o](figures/none.svg)\n"
	if err := os.WriteFile(path, []byte(hostile), 0o666); err != nil {
		t.Fatal(err)
	}
	text := report(t, a, "tiny")
	text = text[strings.Index(text, "<main"):strings.Index(text, `<h2 id="spectra">`)]
	for _, want := range []string{
		"<h1>a &lt;script&gt;alert(1)&lt;/script&gt; <strong>b</strong> <code>c&lt;d</code></h1>", "<p>e) f <em>g</em> 5 * 6 * 7</p>",
		`<th scope="col">i|j</th>`, "<td>&lt;img src=x onerror=alert(1)&gt;</td><td>&lt;k</td>", "<details><summary>&lt;b&gt;l</summary>",
		"<p>&lt;iframe src=x&gt;</p>\n</details>", "<blockquote><p>m <code>n</code> o</p></blockquote>",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("has no %s:\n%s", want, text)
		}
	}
}

// The report is one of the run's files, and verified with them.
func TestSavedReportIsVerified(t *testing.T) {
	a := ownRuns(t)
	id := runID(t, a, "tiny")
	write := func(text string) {
		t.Helper()
		path, err := a.SaveHTML(id, "", func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
		if err != nil || path != filepath.Join(a.Runs, id, "report.html") {
			t.Fatal(path, err)
		}
	}
	write("first")
	write("second")
	list, err := a.Verify(t.Context(), 1, id)
	if err != nil || len(list[0].Damaged) > 0 || len(list[0].Unchecked) > 0 {
		t.Errorf("%+v, %v", list[0], err)
	}
	if err := os.WriteFile(filepath.Join(a.Runs, id, "report.html"), []byte("other"), 0o666); err != nil {
		t.Fatal(err)
	}
	if list, err := a.Verify(t.Context(), 1, id); err != nil || len(list[0].Damaged) != 1 {
		t.Errorf("%+v, %v", list[0], err)
	}
}
