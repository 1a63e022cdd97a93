package bench

import "testing"

// BenchmarkIteration times an iteration of the solver on one worker.
func BenchmarkIteration(b *testing.B) {
	t, err := iteration(1)
	if err != nil {
		b.Fatal(err)
	}
	calls := 0
	for b.Loop() {
		if _, err := t.trial(b.Context()); err != nil {
			b.Fatal(err)
		}
		calls += iterations + 1
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(calls), "ms/iteration")
	b.ReportMetric(t.flops*float64(calls)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
