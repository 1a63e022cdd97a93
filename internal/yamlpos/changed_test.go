package yamlpos

import "testing"

type shared struct {
	Steps int `spec:"steps" default:"10" range:"[1,100]"`
}

type amount struct {
	L2    *float64 `spec:"l2" range:"[0,inf)"`
	Sigma *float64 `spec:"sigma" range:"[0,inf)"`
}

type config struct {
	shared
	Path   string `spec:"path" default:"\"\"" file:"true"`
	Widths []int  `spec:"widths" default:"[1, 2]"`
	Noise  amount `spec:"noise" default:"{l2: 0}" oneof:"true"`
	Train  struct {
		LR float64 `spec:"lr" default:"1e-3" range:"(0,inf)"`
	} `spec:"train"`
	Name string `spec:"name" required:"true"`
}

// Defaults leave no trace, however they are written, and neither do paths of files.
func TestChanged(t *testing.T) {
	for text, want := range map[string]string{
		"{name: a}": `{"name":"a"}`,
		"{name: a, steps: 1e1, widths: [1, 2], noise: {l2: 0.0}, train: {lr: 0.001}, path: here}": `{"name":"a"}`,
		"{name: a, steps: 11}":                `{"steps":11,"name":"a"}`,
		"{name: a, widths: [1]}":              `{"widths":[1],"name":"a"}`,
		"{name: a, noise: {sigma: 0}}":        `{"noise":{"sigma":0},"name":"a"}`,
		"{name: a, train: {lr: 2e-3}}":        `{"train":{"lr":0.002},"name":"a"}`,
		"{name: a, steps: 3, noise: {l2: 1}}": `{"steps":3,"noise":{"l2":1},"name":"a"}`,
	} {
		var c config
		var errs Errors
		d := Decoder{Errs: &errs}
		d.Decode(ParseValue(text, "text", &errs), "", &c)
		if err := errs.Err(); err != nil {
			t.Fatal(err)
		}
		got, err := Changed(&c).MarshalJSON()
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v; expected %s", text, got, err, want)
		}
	}
}

// Canonical text tells values apart that are written alike, also where no field gives
// their type.
func TestCanonicalTellsTypesApart(t *testing.T) {
	type free struct {
		Where map[string]any `spec:"where"`
		Raw   *Node          `spec:"raw"`
	}
	seen := map[string]string{}
	for _, text := range []string{
		`{where: {a: 1}}`, `{where: {a: "1"}}`, `{where: {a: true}}`, `{where: {a: "true"}}`,
		`{raw: 1}`, `{raw: "1"}`, `{raw: true}`, `{raw: "true"}`, `{raw: [1]}`, `{raw: ["1"]}`,
	} {
		var c free
		var errs Errors
		d := Decoder{Errs: &errs}
		d.Decode(ParseValue(text, "text", &errs), "", &c)
		if err := errs.Err(); err != nil {
			t.Fatal(err)
		}
		got := string(Changed(&c).Canonical())
		if other, known := seen[got]; known {
			t.Errorf("%s and %s are both %s", other, text, got)
		}
		seen[got] = text
	}
}
