package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/bench"
	"sedlab/framework/store"
)

func (t *terminal) benchCommand() *cobra.Command {
	return answering(t, &cobra.Command{
		Use:   "bench",
		Short: "Measure the speed of this machine's kernels, relative to its peak",
		Long: "Bench measures this machine's fused multiply-adds, the matrix products, a training step and a solver\n" +
			"iteration of the paper's setting, on one thread and on all. It takes about 10 seconds; each number is\n" +
			"the best of many short trials. docs/performance.md explains them. SEDLAB_KERNEL=avx512, avx2 or\n" +
			"generic in the environment forces a kernel.",
	}, func(ctx context.Context, _ []string) (*bench.Result, error) { return app.Bench(ctx) }, printBench)
}

func printBench(out io.Writer, r *bench.Result) {
	fmt.Fprintf(out, "%s, kernel %s, %d threads\n\n", r.CPU, r.Kernel, r.Workers)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "GFLOP/s\t1 thread\tshare\t%d threads\tshare\t\n", r.Workers)
	for _, row := range []struct {
		name     string
		one, all float64
	}{
		{"multiply-adds (peak)", r.FMAPeak1T, r.FMAPeak},
		{"product: forward", r.GemmForward1T, r.GemmForward},
		{"product: gradient by inputs", r.GemmDX1T, r.GemmDX},
		{"product: gradient by weights", r.GemmDW1T, r.GemmDW},
		{"training step", r.StepPeakShare1T * r.FMAPeak1T, r.StepPeakShare * r.FMAPeak},
		{"solver iteration", r.IterationPeakShare1T * r.FMAPeak1T, r.IterationPeakShare * r.FMAPeak},
	} {
		fmt.Fprintf(w, "%s\t%.0f\t%.0f %%\t%.0f\t%.0f %%\t\n", row.name,
			row.one, 100*row.one/r.FMAPeak1T, row.all, 100*row.all/r.FMAPeak)
	}
	_ = w.Flush() // out keeps its error
	if r.Busy() {
		fmt.Fprintf(out, "\n%d threads had only %.1f times the multiply-adds of one: other work uses the processor too, so the shares mean little\n",
			r.Workers, r.FMAPeak/r.FMAPeak1T)
	}
	fmt.Fprintf(out, "\ntraining step, batch of 64: %.1f ms on 1 thread, %.1f ms on %d\n"+
		"solver iteration, 100 signals: %.1f ms on 1 thread, %.1f ms on %d, as part of a sweep\n",
		r.StepMS1T, r.StepMS, r.Workers, r.IterationMS1T, r.IterationMS, r.Workers)
}

func (t *terminal) versionCommand() *cobra.Command {
	return answering(t, &cobra.Command{Use: "version", Short: "Print the version"},
		func(context.Context, []string) (store.Module, error) { return app.Version(), nil },
		printVersion)
}

// printVersion names the program, if it is a user's own, and sedlab.
func printVersion(out io.Writer, v store.Module) {
	if v.Program != "" {
		fmt.Fprintf(out, "%s with ", v.Program)
	}
	fmt.Fprintf(out, "%s %s (%s)\n", v.Path, v.Version, v.Go)
}
