package web_test

import (
	"html"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/web"
)

func TestExperiments(t *testing.T) {
	s := web.New(fixture(t), web.Options{})
	_, list := get(t, s, "/experiments")
	for _, e := range app.Experiments() {
		if !strings.Contains(list, `href="/experiments/`+e.Name+`"`) {
			t.Errorf("the list lacks %s", e.Name)
		}
		status, body := get(t, s, "/experiments/"+e.Name)
		if status != http.StatusOK || command(body) != "sedlab run "+e.Name {
			t.Errorf("%s: %d, command %q", e.Name, status, command(body))
		}
	}
	for path, want := range map[string]int{"/experiments/none": 404, "/experiments/..%2fgo.mod": 404, "/experiments/base/small": 200, "/experiments/quickstart?plan=1": 200} {
		if status, _ := get(t, s, path); status != want {
			t.Errorf("%s: %d, expected %d", path, status, want)
		}
	}
}

// command returns the command line that a page shows.
func command(body string) string {
	_, text, _ := strings.Cut(body, `<pre id="line"`)
	_, text, _ = strings.Cut(text, ">")
	text, _, _ = strings.Cut(text, "</pre>")
	return html.UnescapeString(text)
}

// The command line gives a shell the edits as they were entered.
func TestExperimentCommand(t *testing.T) {
	s := web.New(fixture(t), web.Options{})
	q := url.Values{
		"set.sweep.random.count":               {"9"},
		"set.priors.glo.activation.leaky_relu": {"0.1"},
		"set.report":                           {`[{figure: boxplot, x: prior, title: "it's $HOME; \"<b>\""}]`},
		"set.priors.glo.train.batch_size":      {" 7 "},
		"set.problem.noise.l2":                 {""},
		"set.evaluate.scale":                   {"measured"},
		"something.else":                       {"x"},
	}
	status, body := get(t, s, "/experiments/sweeps/hyperparameters?"+q.Encode())
	line := command(body)
	if status != http.StatusOK || line == "" {
		t.Fatalf("%d: %.3000s", status, body)
	}
	out, err := exec.Command("sh", "-c", `printf '%s\n' `+line).Output()
	want := []string{"sedlab", "run", "sweeps/hyperparameters"}
	for _, key := range []string{"evaluate.scale", "priors.glo.activation.leaky_relu", "priors.glo.train.batch_size", "report", "sweep.random.count"} {
		want = append(want, "--set", key+"="+strings.TrimSpace(q.Get("set."+key)))
	}
	if got := strings.TrimSpace(string(out)); err != nil || got != strings.Join(want, "\n") {
		t.Errorf("%v, the shell reads\n%s", err, got)
	}
}

// What is wrong is beside its key, and there is no command. Nothing names a file.
func TestExperimentErrors(t *testing.T) {
	s := web.New(fixture(t), web.Options{})
	for query, want := range map[string]string{
		"set.priors.glo.batch_norm=x":                                        `id="e-set.priors.glo.batch_norm">got`,
		"set.problem.operator=inpaintin":                                     `did you mean "inpainting"?`,
		"set.dataset.path=/etc/passwd":                                       "dataset.path: ",
		"set.dataset=" + url.QueryEscape("{source: npz, path: /etc/passwd}"): "dataset: is not a key of this form",
		"set.priors.evil=" + url.QueryEscape("{kind: glo}"):                  "priors.evil: is not a key of this form",
		"set.extends=/etc/passwd":                                            "extends: is not a key of this form",
		"set.sweep=" + url.QueryEscape("{dataset.path: [/etc/passwd]}"):      "is not a key of this form",
		"set.evaluate.signals=%00":                                           "evaluate.signals",
	} {
		status, body := get(t, s, "/experiments/sweeps/hyperparameters?"+query)
		if status != http.StatusOK || command(body) != "" || !strings.Contains(html.UnescapeString(body), want) || strings.Contains(body, "no such file") {
			t.Errorf("%s: %d, %q; lacks %s", query, status, command(body), want)
		}
	}
	// The file of a spec that reads one cannot be named either.
	_, body := get(t, s, "/experiments/paper/figure1?set.dataset.path=/etc/passwd")
	if command(body) != "" || !strings.Contains(body, "dataset.path: names a file") || strings.Contains(body, `name="set.dataset.path"`) {
		t.Error("a file can be named")
	}
	many := url.Values{}
	for i := range 101 {
		many.Set("set.k"+strings.Repeat("x", i), "1")
	}
	for query, want := range map[string]int{many.Encode(): 400, "set.name=" + strings.Repeat("x", 1001): 400} {
		if status, _ := get(t, s, "/experiments/sweeps/hyperparameters?"+query); status != want {
			t.Errorf("%.30s…: %d, expected %d", query, status, want)
		}
	}
}
