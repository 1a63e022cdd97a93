package schema

import (
	"sedlab/framework/spec"
	"sedlab/internal/yamlpos"
)

// sweep writes the parts of a sweep.
func (w *writer) sweep() {
	w.heading("`sweep`: keys with lists of values")
	w.text("A sweep is a section, or a list of sections whose points are joined. Each entry of a section is a key of the spec with a list of\n" +
		"values, one value, or a range. All entries together make a grid, the first one slowest. Entries can also be these words:")
	w.list(spec.SweepWords())
	w.text("```yaml\n" + sweepExample + "```")
	w.text("### A range of numbers")
	w.table(yamlpos.Fields(spec.Range{}), "", true)
	w.text("### `random`")
	w.table(yamlpos.Fields(spec.RandomSearch{}), "random", true)
	w.text("Each key of `space` has exactly one of these:")
	w.table(yamlpos.Fields(spec.Distribution{}), "", true)
	w.text("### `halving`")
	w.text("It needs a section `select`, and its sweep has a single block, whose other entries make the settings: `random`, lists, `points`.")
	w.table(yamlpos.Fields(spec.Halving{}), "halving", true)
}

const sweepExample = `sweep:
  - problem.missing_fraction: {from: 0.1, to: 0.9, step: 0.1}     # a grid: 9 × 2 points
    evaluate.split: [test, train]
  - zip: {problem.operator: [inpainting, denoising], problem.missing_fraction: [0.4, 0]}
  - points: [{solver.steps: 100, solver.lr: 0.1}, {solver.steps: 1000, solver.lr: 0.01}]
    repeat: 5                                                     # 2 × 5 points
  - random: {count: 20, space: {solver.lr: {log_uniform: [1e-3, 1]}, solver.steps: {integer: [100, 1000]}}}
`

// report writes the keys of each kind of figure.
func (w *writer) report(figure spec.Slot) {
	w.heading("`report`: a list of figures")
	w.kinds(figure, "")
}
