package spec_test

import (
	"reflect"
	"slices"
	"testing"

	"sedlab/framework/spec"
)

// Points that are made one by one are those that are made all at once.
func TestPointsAt(t *testing.T) {
	for name, text := range map[string]string{
		"no sweep": "name: a\npriors: {pca: {kind: pca}}\nproblem: {operator: inpainting}\n",
		"grid":     "name: a\npriors: {pca: {kind: pca}, zero: {kind: zero}}\nproblem: {operator: denoising}\nsweep: {problem.noise.l2: [1, 2, 3], seeds.problem: [1, 2], priors.pca.code_dim: [3, 4]}\n",
		"blocks": `name: a
priors: {pca: {kind: pca}}
problem: {operator: inpainting}
sweep:
- {problem.missing_fraction: [0, 0.5], zip: {seed: [1, 2, 3], solver.lr: [1, 2, 3]}}
- {repeat: 3}
- points: [{problem.noise.l2: 1}, {problem.operator: denoising, evaluate.signals: 7}]
- random: {count: 5, space: {problem.missing_fraction: {uniform: [0.1, 0.9]}}}
`,
	} {
		whole, err := spec.Parse([]byte(text), "a.yaml", shipped())
		if err != nil {
			t.Fatal(name, err)
		}
		options := shipped()
		options.Later = true
		later, err := spec.Parse([]byte(text), "a.yaml", options)
		if err != nil {
			t.Fatal(name, err)
		}
		if later.Hash() != whole.Hash() || len(later.Points()) > 0 {
			t.Errorf("%s: another file, or %d points", name, len(later.Points()))
		}
		want := whole.Points()
		if later.Size() != len(want) {
			t.Fatalf("%s: %d points, want %d", name, later.Size(), len(want))
		}
		for i := range slices.Backward(want) { // in any order
			got, err := later.PointsAt([]int{i})
			if err != nil {
				t.Fatal(name, err)
			}
			if a, b := got[0].Spec, want[i].Spec; !reflect.DeepEqual(got[0].Values, want[i].Values) || string(mustJSON(t, a)) != string(mustJSON(t, b)) || a.Seeds != b.Seeds {
				t.Errorf("%s: point %d: %v, want %v", name, i, got[0].Values, want[i].Values)
			}
		}
		if all, err := later.PointsAt([]int{0, 0}); err != nil || all[0].Spec.Dataset != all[1].Spec.Dataset {
			t.Errorf("%s: sections are not shared, %v", name, err)
		}
	}
}

func mustJSON(t *testing.T, s *spec.Spec) []byte {
	t.Helper()
	text, err := s.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
