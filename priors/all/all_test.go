package all

import (
	"reflect"
	"testing"

	"sedlab/internal/yamlpos"
)

func TestKindsAreUsable(t *testing.T) {
	names := map[string]bool{}
	for _, k := range Kinds() {
		if k.Name == "" || k.Doc == "" || names[k.Name] {
			t.Errorf("kind %q: no name, no doc, or listed twice", k.Name)
		}
		names[k.Name] = true
		if k.Version < 1 || k.Open == nil {
			t.Errorf("kind %s: version %d, can be opened: %v; expected a version from 1, and Open", k.Name, k.Version, k.Open != nil)
		}
		a, b := k.New(), k.New()
		if v := reflect.ValueOf(a); v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
			t.Errorf("kind %s: New returns %T, expected a pointer to a struct", k.Name, a)
		}
		if reflect.TypeOf(a).Elem().Size() > 0 && a == b {
			t.Errorf("kind %s: New returns the same config twice", k.Name)
		}
	}
}

// A section that names only its kind is a prior ready to be trained.
func TestDefaultsPassCheck(t *testing.T) {
	for _, k := range Kinds() {
		errs, config := new(yamlpos.Errors), k.New()
		decoder := yamlpos.Decoder{Errs: errs}
		decoder.Decode(yamlpos.Parse([]byte("{}"), k.Name, errs), "", config)
		if err := errs.Err(); err != nil {
			t.Errorf("kind %s: %v", k.Name, err)
		}
		for _, e := range config.Check(3600, 1000) {
			t.Errorf("kind %s: %s: %s", k.Name, e.Key, e.Problem)
		}
	}
}
