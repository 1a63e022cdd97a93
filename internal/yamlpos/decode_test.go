package yamlpos_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"sedlab/internal/yamlpos"
)

// config has a field of each type.
type config struct {
	Name   string         `spec:"name" required:"true"`
	Seed   uint64         `spec:"seed" default:"7"`
	Share  float64        `spec:"share" default:"0.5" range:"[0,1)"`
	Steps  int            `spec:"steps" default:"1000" range:"[1,inf)"`
	Small  int8           `spec:"small" default:"0"`
	On     bool           `spec:"on" default:"true"`
	Mode   string         `spec:"mode" default:"fast" enum:"fast|slow"`
	Source string         `spec:"source" default:"a" enum:"@sources"`
	Keep   int            `spec:"keep" default:"4" range:"[0,10]" words:"all=-1"`
	Widths []int          `spec:"widths" default:"[8, 8]" range:"[1,100]"`
	Rates  []float64      `spec:"rates" default:"[]" range:"(0,1]"`
	Inner  inner          `spec:"inner"`
	Choice choice         `spec:"choice" default:"{left: 1}" oneof:"true"`
	Limit  *int           `spec:"limit" range:"[1,9]"`
	Where  map[string]any `spec:"where"`
	Other  string         // not part of the format
}

type inner struct {
	Depth  int     `spec:"depth" default:"3"`
	Weight float64 `spec:"weight" default:"1e-5"`
}

type choice struct {
	Left  *float64 `spec:"left" range:"[0,inf)"`
	Right *float64 `spec:"right"`
}

func ptr[T any](v T) *T { return &v }

func defaults() config {
	return config{
		Name: "x", Seed: 7, Share: 0.5, Steps: 1000, On: true, Mode: "fast", Source: "a", Keep: 4,
		Widths: []int{8, 8}, Rates: []float64{}, Inner: inner{3, 1e-5}, Choice: choice{Left: ptr(1.0)},
	}
}

func decode(text string) (config, error) {
	var errs yamlpos.Errors
	var c config
	if root := yamlpos.Parse([]byte(text), "f.yaml", &errs); root != nil {
		d := yamlpos.Decoder{Names: map[string][]string{"sources": {"a", "b"}}, Errs: &errs}
		d.Decode(root, "", &c)
	}
	return c, errs.Err()
}

func TestDecode(t *testing.T) {
	tests := []struct {
		text   string
		change func(*config)
	}{
		{"name: x", func(*config) {}},
		{"name: yes", func(c *config) { c.Name = "yes" }},
		{`name: "12"`, func(c *config) { c.Name = "12" }},
		{"name: 12:30", func(c *config) { c.Name = "12:30" }},
		{"name: x\nseed: 18446744073709551615", func(c *config) { c.Seed = math.MaxUint64 }},
		{"name: x\nseed: +1", func(c *config) { c.Seed = 1 }},
		{"name: x\nshare: 1e-5", func(c *config) { c.Share = 1e-5 }},
		{"name: x\nsteps: 1e3", func(*config) {}},
		{"name: x\nsteps: 0.0640E4", func(c *config) { c.Steps = 640 }},
		{"name: x\nsteps: 64.0", func(c *config) { c.Steps = 64 }},
		{"name: x\nsmall: -1.20e+2", func(c *config) { c.Small = -120 }},
		{"name: x\nsmall: 0e-9", func(*config) {}},
		{"name: x\nseed: 1.8446744073709551615e19", func(c *config) { c.Seed = math.MaxUint64 }},
		{"name: x\nshare: .25", func(c *config) { c.Share = 0.25 }},
		{"name: x\nshare: 0", func(c *config) { c.Share = 0 }},
		{"name: x\nsmall: -128", func(c *config) { c.Small = -128 }},
		{"name: x\non: false", func(c *config) { c.On = false }},
		{"name: x\nmode: slow", func(c *config) { c.Mode = "slow" }},
		{"name: x\nsource: b", func(c *config) { c.Source = "b" }},
		{"name: x\nkeep: all", func(c *config) { c.Keep = -1 }},
		{"name: x\nwidths: [1, 100]", func(c *config) { c.Widths = []int{1, 100} }},
		{"name: x\nwidths: []", func(c *config) { c.Widths = []int{} }},
		{"name: x\nrates: [1, 1e-3]", func(c *config) { c.Rates = []float64{1, 1e-3} }},
		{"name: x\ninner: {depth: 4}", func(c *config) { c.Inner.Depth = 4 }},
		{"name: x\nchoice: {right: -2}", func(c *config) { c.Choice = choice{Right: ptr(-2.0)} }},
		{"name: x\nlimit: 9", func(c *config) { c.Limit = ptr(9) }},
		{"name: x\nwhere: {a.b: 1, c: x, d: true}", func(c *config) {
			c.Where = map[string]any{"a.b": 1.0, "c": "x", "d": true}
		}},
		{"name: &n x\nmode: fast\ninner: {depth: 5}", func(c *config) { c.Inner.Depth = 5 }},
		{"rates: &r [0.5, 1]\nname: x\nwidths: &w [3]\nwhere: {a: &s fast}\nmode: *s", func(c *config) {
			c.Rates, c.Widths, c.Where = []float64{0.5, 1}, []int{3}, map[string]any{"a": "fast"}
		}},
	}
	for _, test := range tests {
		want := defaults()
		test.change(&want)
		got, err := decode(test.text)
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: -want +got\n%s", test.text, diff)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{"seed: 1", "f.yaml:1:1: name: missing; expected text"},
		{"name: x\nshare: 1", "f.yaml:2:8: share: got 1; expected a number in [0, 1)"},
		{"name: x\nshare: -0.1", "f.yaml:2:8: share: got -0.1; expected a number in [0, 1)"},
		{"name: x\nshare: .NaN", "f.yaml:2:8: share: got .NaN; expected a number in [0, 1), finite"},
		{"name: x\nseed: -1", "f.yaml:2:7: seed: got -1; expected a whole number"},
		{"name: x\nseed: 18446744073709551616", "f.yaml:2:7: seed: got 18446744073709551616; expected a whole number"},
		{"name: x\nsmall: 128", "f.yaml:2:8: small: got 128; expected a whole number"},
		{"name: x\nsteps: 64.5", "f.yaml:2:8: steps: got 64.5; expected a whole number ≥ 1"},
		{"name: x\nsteps: 1e-3", "f.yaml:2:8: steps: got 1e-3; expected a whole number ≥ 1"},
		{"name: x\nsteps: 1.0000000000000000000001", "f.yaml:2:8: steps: got 1.0000000000000000000001; expected a whole number ≥ 1"},
		{"name: x\nsteps: 1e999999999", "f.yaml:2:8: steps: got 1e999999999; expected a whole number ≥ 1, finite"},
		{"name: x\nsteps: 1e99999999999999999999", "f.yaml:2:8: steps: got 1e99999999999999999999; expected a whole number ≥ 1, finite"},
		{"name: x\nsteps: 0x10", "f.yaml:2:8: steps: got 0x10; expected a whole number ≥ 1, in plain decimal digits"},
		{"name: x\non: \"true\"", "f.yaml:2:5: on: got text \"true\"; expected true or false"},
		{"name: x\non: True", "f.yaml:2:5: on: got text \"True\"; expected true or false"},
		{"name: x\nmode: sloww", `f.yaml:2:7: mode: got text "sloww"; did you mean "slow"?`},
		{"name: x\nsource: zzz", `f.yaml:2:9: source: got text "zzz"; expected one of a, b`},
		{"name: x\nkeep: -1", "f.yaml:2:7: keep: got -1; expected a whole number in [0, 10], or all"},
		{"name: x\nrates: [0]", "f.yaml:2:9: rates[0]: got 0; expected a number in (0, 1]"},
		{"name: x\nwidths: [[1]]", "f.yaml:2:10: widths[0]: got a list; expected a whole number in [1, 100]"},
		{"name: x\nchoice: {left: 1, right: 2}", "f.yaml:2:9: choice: has 2 of left, right; expected exactly one"},
		{"name: x\nlimit: ~", "f.yaml:2:8: limit: has no value; expected a whole number in [1, 9]"},
		{"name: x\nwhere: {a: ~}", "f.yaml:2:12: where.a: has no value; expected a number, text, true or false"},
		{"name: x\nOther: 1", `f.yaml:2:1: Other: unknown key; expected one of name, seed, share, steps, small, on, mode, source, keep, widths, rates, inner, choice, limit, where`},
		{"name: x\nweight: 1", `f.yaml:2:1: weight: unknown key; did you mean inner: {weight: 1}?`},
		{"name: x\ninner.depth: 5", "f.yaml:2:1: inner.depth: unknown key; write it nested: inner: {depth: 5}"},
		{"name: x\nchoice.left: [1]", "f.yaml:2:1: choice.left: unknown key; write it nested: choice: {left: […]}"},
		{"name: x\nwhere.a.b: \"1\"", `f.yaml:2:1: where.a.b: unknown key; write it nested: where: {a.b: "1"}`},
		{"name: x\ninner.dpth: 5", "f.yaml:2:1: inner.dpth: unknown key; did you mean inner: {depth: 5}?"},
		{"name: x\ninner.zzz.y: 5", "f.yaml:2:1: inner.zzz.y: unknown key; write it nested: inner: {zzz: {y: 5}}"},
		{"name: x\n? [a]\n: 1", "f.yaml:2:3: has a key that is not a word; expected key: value"},
		{"name: x\n" + strings.Repeat("k", 101) + ": 1", "f.yaml:2:1: has a key of 101 bytes; expected at most 100"},
		{"name: x\nname: y", "f.yaml:2:1: name: given twice; the first is at f.yaml:1:1"},
		{"name: x\nwidths: [" + strings.Repeat("1,", 1001) + "]", "f.yaml:2:9: widths: has 1001 elements; expected at most 1000"},
		{"name: \"" + strings.Repeat("é", 60) + "\"\nmode: " + strings.Repeat("é", 60),
			"f.yaml:2:7: mode: got text \"" + strings.Repeat("é", 30) + "…\"; expected one of fast, slow"},
		{strings.Repeat(" ", yamlpos.MaxBytes+1), "f.yaml:1:1: is 1048577 bytes long; expected at most 1048576"},
	}
	for _, test := range tests {
		_, err := decode(test.text)
		if err == nil || err.Error() != test.want {
			t.Errorf("%.60q:\ngot  %v\nwant %s", test.text, err, test.want)
		}
	}
}

func TestErrorsAreBounded(t *testing.T) {
	text := "name: x\nwidths: [" + strings.Repeat("0,", 500) + "]"
	_, err := decode(text)
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != yamlpos.MaxErrors+1 || lines[yamlpos.MaxErrors] != "and 400 more" {
		t.Errorf("got %d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

func TestPrintPointsAtTheColumn(t *testing.T) {
	var errs yamlpos.Errors
	root := yamlpos.Parse([]byte("name: x\ninner:\n  {depth:\tx, \"weight\": é}\n"), "f.yaml", &errs)
	d := yamlpos.Decoder{Errs: &errs}
	d.Decode(root.Without("name"), "", &struct {
		Inner inner `spec:"inner"`
	}{})
	var got strings.Builder
	if err := errs.Print(&got); err != nil {
		t.Fatal(err)
	}
	want := "f.yaml:3:11: inner.depth: got text \"x\"; expected a whole number\n" +
		"     3 |   {depth:\tx, \"weight\": é}\n" +
		"       |          \t^\n" +
		"f.yaml:3:24: inner.weight: got text \"é\"; expected a number\n" +
		"     3 |   {depth:\tx, \"weight\": é}\n" +
		"       |          \t             ^\n"
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

// TestEncodeRoundTrip checks that YAML and JSON of a struct decode to the struct.
func TestEncodeRoundTrip(t *testing.T) {
	odd := defaults()
	odd.Name = "yes: \"no\"\n\t#é\u2028<&>"
	odd.Share, odd.Steps, odd.Keep = math.SmallestNonzeroFloat64, math.MaxInt, -1
	odd.Rates = []float64{0.1 + 0.2, 1e-300, 1}
	odd.Limit, odd.Choice = ptr(3), choice{Right: ptr(-1e300)}
	odd.Where = map[string]any{"null": "null", "a.b": 1e21, "t": true, "quoted": "0.5"}
	plain := defaults()
	plain.Name = "on"
	for _, want := range []config{defaults(), odd, plain} {
		tree := yamlpos.Encode(&want)
		asYAML, err := yaml.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		asJSON, err := tree.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{asYAML, asJSON} {
			got, err := decode(string(text))
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: -want +got\n%s", text, diff)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	bomb := "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
	for c := 'b'; c < 'l'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+",", 10) + "]\n"
	}
	tests := map[string]string{
		bomb:                               "more than 100000 values",
		"a: &a {b: *a}":                    "nested more than 64 levels deep",
		strings.Repeat("[", 20000):         "not YAML",
		"a: 1\n---\nb: 1":                  "a second document begins here",
		"a: 1\n---\nb: [":                  "not YAML",
		"\xff\xfe\x00":                     "not YAML",
		"a: *nowhere":                      "not YAML: unknown anchor",
		"a: \"\\ud800\"":                   "not YAML",
		strings.Repeat("? ", 5000) + "a":   "",
		"%YAML 9.9\n---\na: 1":             "not YAML",
		"a: !!binary zzz":                  "has the tag !!binary",
		"a: {<<: {b: 1}}":                  "merge keys are not supported",
		"# only a comment":                 "is empty",
		strings.Repeat("a: {", 2000) + "x": "not YAML",
	}
	for text, want := range tests {
		var errs yamlpos.Errors
		yamlpos.Parse([]byte(text), "f.yaml", &errs)
		if err := errs.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want an error with %q", text, err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"name: x", "name: x\nwidths: [1, 2]\nchoice: {left: 2}", "a: &a [*a]", "{}", "- 1", "? a\n: b",
		"name: !!str 1", "name: |\n  x\nshare: 1e-5", "where: {a: 1, b: [1]}", "\"\\x00\": 1", "--- a\n--- b", "%TAG ! x\n---\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := decode(text)
		if err != nil {
			var b strings.Builder
			if err.(*yamlpos.Errors).Print(&b); b.Len() == 0 {
				t.Fatal("an error without text")
			}
			return
		}
		again, err := yamlpos.Encode(c).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decode(string(again)); err != nil || !cmp.Equal(c, got) {
			t.Fatalf("%q\nencoded as %s\ndecodes to %+v, %v\nwant %+v", text, again, got, err, c)
		}
	})
}

// A value is refused, or can be written as JSON, which is read as the same value.
func FuzzParseValue(f *testing.F) {
	for _, seed := range []string{
		"1", "1e-5", "-.5", "0x10", "007", ".nan", "true", "~", "\"null\"", "[1, [2, x], {a: [b]}]", "{a.b: 1, \"\": 2}",
		"a: &a [1]\nb: *a", "|\n  x\n", "# nothing", "1 # one", "'\u007f\u2028<'", "2026-01-02", "1_000",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var errs yamlpos.Errors
		n := yamlpos.ParseValue(text, "--set", &errs)
		if errs.Added() > 0 || n == nil {
			if errs.Err() == nil || errs.Err().Error() == "" {
				t.Fatalf("%q: neither a value nor an error", text)
			}
			return
		}
		written, err := n.MarshalJSON()
		if err != nil || !json.Valid(written) {
			t.Fatalf("%q is written as %s, %v", text, written, err)
		}
		again := yamlpos.ParseValue(string(written), "again", &errs)
		if err := errs.Err(); err != nil {
			t.Fatalf("%q is written as %s, which cannot be read: %v", text, written, err)
		}
		if d := cmp.Diff(plain(n), plain(again)); d != "" {
			t.Errorf("%q is written as %s (-want +got):\n%s", text, written, d)
		}
	})
}

// plain returns what a tree without fields says, without places.
func plain(n *yamlpos.Node) any {
	switch n.Kind {
	case yamlpos.Mapping:
		entries := [][2]any{}
		for _, e := range n.Entries {
			entries = append(entries, [2]any{e.Key, plain(e.Value)})
		}
		return entries
	case yamlpos.Sequence:
		items := []any{}
		for _, item := range n.Items {
			items = append(items, plain(item))
		}
		return items
	}
	if v, ok := n.Scalar(); ok || n.IsNull() {
		return v
	}
	return n.Value // a number that no spec can have, such as 0x10
}
