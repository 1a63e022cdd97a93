package plan_test

import (
	"fmt"
	"testing"

	"sedlab/framework/plan"
)

// blocks returns the number of keys in each block.
func blocks(p *plan.Plan) map[string]int {
	sizes := map[string]int{}
	for _, c := range p.Cells {
		sizes[c.Block()]++
	}
	return sizes
}

// Sweeps that share most cells share most blocks, wherever they differ; and there are enough
// blocks for many processes.
func TestBlocksOfOverlappingSweeps(t *testing.T) {
	sweep := func(from, to int) *plan.Plan {
		return newPlan(t, fmt.Sprintf(`
name: x
dataset: {source: synthetic, size: 100}
priors: {zero: {kind: zero}}
problem: {operator: denoising}
evaluate: {signals: 1, keep: 0}
sweep: {problem.noise.l2: {from: %d, to: %d, step: 1}}
`, from, to))
	}
	for _, test := range []struct{ cells, most int }{{128, 1}, {1000, 16}, {3000, 32}} {
		one := blocks(sweep(10, test.cells+9))
		for _, other := range []*plan.Plan{sweep(10, test.cells+11), sweep(12, test.cells+9), sweep(5, test.cells+14)} {
			shared := 0
			for name, size := range blocks(other) {
				if one[name] > 0 {
					shared += size
				}
			}
			if shared < test.cells*9/10 {
				t.Errorf("%d cells: %d are in a block of both sweeps", test.cells, shared)
			}
		}
		if len(one) < 90 {
			t.Errorf("%d cells have %d blocks", test.cells, len(one))
		}
		for _, size := range one {
			if size > test.most {
				t.Errorf("%d cells: a block of %d", test.cells, size)
			}
		}
	}
}
