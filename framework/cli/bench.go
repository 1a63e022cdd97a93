package cli

import (
	"fmt"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/bench"
)

// benchTime is about how long a bench takes.
const benchTime = 10 * time.Second

func (a *app) benchCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure the speed of this machine's kernels, against its own peak",
		Long: "Bench measures this machine's fused multiply-adds, the matrix products, a training step and a solver\n" +
			"iteration of the paper's setting, on one thread and on all. It takes about 10 seconds; each number is\n" +
			"of the best of many short trials. docs/performance.md explains them. SEDLAB_KERNEL=avx512, avx2 or\n" +
			"generic in the environment forces a kernel.",
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			r, err := bench.Run(c.Context(), runtime.GOMAXPROCS(0), benchTime)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a.stdout, r)
			}
			return a.printBench(r)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) printBench(r *bench.Result) error {
	fmt.Fprintf(a.stdout, "%s, kernel %s, %d threads\n\n", r.CPU, r.Kernel, r.Workers)
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
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
	if err := w.Flush(); err != nil {
		return err
	}
	if r.Busy() {
		fmt.Fprintf(a.stdout, "\n%d threads had only %.1f times the multiply-adds of one: other work shares the processor, and shares say little\n",
			r.Workers, r.FMAPeak/r.FMAPeak1T)
	}
	_, err := fmt.Fprintf(a.stdout, "\ntraining step, batch of 64: %.1f ms on 1 thread, %.1f ms on %d\n"+
		"solver iteration, 100 signals: %.1f ms on 1 thread, %.1f ms on %d, as part of a sweep\n",
		r.StepMS1T, r.StepMS, r.Workers, r.IterationMS1T, r.IterationMS, r.Workers)
	return err
}
